import { type EngineError, SourceErrors } from '../errors.ts';
import type { Play, Task } from '../playbook/types.ts';
import type { Variables } from '../template/types.ts';
import { batches, ordered } from './batches.ts';
import { truthy } from './connection.ts';
import type { PlayRef } from './events.ts';
import type { Fleet } from './fleet.ts';
import { playHints } from './hints.ts';
import { HostWalk } from './host-walk.ts';
import type { RunOptions } from './options.ts';
import type { Stats } from './stats.ts';
import { strategies } from './strategy.ts';
import { TaskRunner } from './task-runner.ts';
import type { PlayScope, VariableStore } from './variables.ts';
import { readVarsFiles } from './vars-files.ts';

/** What the plays of a run share. */
export interface RunState {
  readonly options: RunOptions;
  readonly store: VariableStore;
  readonly fleet: Fleet;
  readonly stats: Stats;
  /** Hosts that failed or could not be reached: later plays leave them out */
  readonly lost: Set<string>;
  /** Hosts that `meta: end_host` took out of the play that runs */
  readonly ended: Set<string>;
  /** Whether the task to start at has been met */
  reachedStart: boolean;
  /** Whether each task is asked for */
  stepping: boolean;
}

/** Runs a play on its hosts, batch by batch. @returns whether the run may go on with the next play */
export async function runPlay(play: Play, file: string, ref: PlayRef, run: RunState): Promise<boolean> {
  const { options, lost } = run;
  const pattern = hostPattern(play, options);
  const chosen = ordered(selectHosts(pattern, options), play.order, Math.random);
  const hosts = chosen.filter((host) => !lost.has(host));
  if (hosts.length === 0) {
    options.emit({ type: 'play-start', play: ref, hosts });
    options.emit({ type: 'no-hosts', play: ref });
    options.emit({ type: 'play-end', play: ref });
    return true;
  }
  run.ended.clear();
  const full = withFacts(play, options);
  let goOn = true;
  const sizes = play.serial.map((size) => render(size, options));
  for (const batch of batches(hosts, sizes, play)) {
    options.emit({ type: 'play-start', play: ref, hosts: batch });
    goOn = await runBatch(full, file, ref, hosts, batch, run);
    options.emit({ type: 'play-end', play: ref });
    if (!goOn || options.signal.aborted) break;
  }
  await run.fleet.unlock();
  return goOn && !options.signal.aborted;
}

async function runBatch(
  play: Play,
  file: string,
  ref: PlayRef,
  all: readonly string[],
  batch: readonly string[],
  run: RunState,
): Promise<boolean> {
  const { options, store, lost } = run;
  const forced = options.forceHandlers || truthy(render(play.forceHandlers, options));
  const files = new Map<string, Readonly<Record<string, unknown>>>();
  const scope: PlayScope = {
    play,
    file,
    all,
    batch,
    takesPart: (host) => !lost.has(host) && !run.ended.has(host),
    fileVars: (host) => files.get(host) ?? {},
  };
  const walks = batch.map((host) => new HostWalk(host, play, options, forced));
  for (const walk of walks) {
    try {
      files.set(walk.host, readVarsFiles(play, walk.host, scope, store, options));
    } catch (error) {
      for (const problem of problemsOf(error)) {
        options.emit({
          type: 'warning',
          host: walk.host,
          message: `vars_files: ${problem.message}`,
          ...(problem.location ? { location: problem.location } : {}),
        });
      }
      walk.failed = true;
      lost.add(walk.host);
      run.stats.broken(walk.host);
      walk.stop();
    }
  }
  const runner = new TaskRunner(ref, scope, walks, playHints(options, store, scope), run);
  const outcome = await strategies[play.strategy](walks, runner, options);
  await runner.end();
  return outcome === 'go-on' && walks.some(({ failed, unreachable }) => !failed && !unreachable);
}

function problemsOf(error: unknown): readonly EngineError[] {
  if (error instanceof SourceErrors) return error.problems;
  if (error instanceof Error && 'code' in error) return [error as EngineError];
  throw error;
}

/** A play's hosts as one pattern. */
export function hostPattern(play: Play, options: Pick<RunOptions, 'templar' | 'extraVars'>): string {
  const value = render(play.hosts, options);
  return Array.isArray(value) ? value.join(',') : String(value);
}

/** No host is fine here: the pattern was checked before the run, so it is the limit that leaves none. */
function selectHosts(pattern: string, options: RunOptions): readonly string[] {
  try {
    return options.inventory.select(pattern, options.limit);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'PATTERN_EMPTY') return [];
    throw error;
  }
}

/** Keywords of a play see extra variables only. */
function render(value: unknown, options: Pick<RunOptions, 'templar' | 'extraVars'>): unknown {
  const variables: Variables = [{ name: 'extra vars', values: options.extraVars, templated: true }];
  return typeof value === 'string' || Array.isArray(value) ? options.templar.render(value, variables) : value;
}

/** The play with "Gathering Facts" before its first task, unless gather_facts is false. */
function withFacts(play: Play, options: RunOptions): Play {
  const gather = play.gatherFacts === undefined ? true : truthy(render(play.gatherFacts, options));
  if (!gather) return play;
  const task: Task = {
    ...play,
    kind: 'task',
    id: 0,
    name: 'Gathering Facts',
    module: 'setup',
    args: {},
    argsAt: play.at,
    vars: [],
    tags: ['always'],
    when: [],
    loop: undefined,
    until: undefined,
    retries: undefined,
    delay: undefined,
    register: undefined,
    changedWhen: undefined,
    failedWhen: undefined,
    notify: [],
    delegateFacts: undefined,
    at: play.at,
  };
  return { ...play, sections: [[task], ...play.sections] };
}

export const playName = (play: Play): string =>
  play.name ?? (Array.isArray(play.hosts) ? play.hosts.join(',') : String(play.hosts));
