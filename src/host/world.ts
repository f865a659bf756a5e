/** The world as the engine asks for it: reads sources in one script, and hands goals to the planner of their part. */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { EngineError } from '../engine/errors.ts';
import type {
  FieldDiff,
  Goal,
  Observation,
  Plan,
  PlanContext,
  ShellOutput,
  SourceRequest,
  World,
} from '../engine/module.ts';
import type { Reader } from './observe/reader.ts';
import { keysKept, keysRead, mergeRequests, requestKeys } from './observe/sources.ts';
import { own } from './own.ts';
import { emptyState, type HostState } from './state.ts';

/** A planner of one part of the state. Pure. */
export interface Planner {
  plan(state: HostState, goal: Goal<HostState>, context: PlanContext): Plan<HostState>;
  verify(goal: Goal<HostState>, plan: Plan<HostState>, after: HostState): readonly FieldDiff[];
  /** Left out: its tasks cannot be in an atomic block */
  merge?(goals: readonly Goal<HostState>[]): Goal<HostState>;
}

export function createWorld(
  readers: readonly Reader[],
  planners: Readonly<Record<Goal<HostState>['part'], Planner>>,
): World<HostState> {
  const readerOf = (request: SourceRequest): Reader =>
    readers.find(({ source }) => source === request.source)!;

  return {
    empty: emptyState,

    observe(state, requests): Observation<HostState> | undefined {
      const missing = mergeRequests(requests, (key) => state.reads[key] !== undefined);
      if (missing.length === 0) return undefined;
      const marker = `@wb-${randomBytes(8).toString('hex')}`;
      return {
        script: sections(
          missing.map((request) => readerOf(request).script(request)),
          marker,
        ),
        parse: (output) => parseSections(output, marker, missing, state, readerOf),
      };
    },

    forget(state, requests) {
      if (!requests) return emptyState;
      const kept = keysKept(Object.keys(state.reads), requests);
      return { ...state, reads: Object.fromEntries(kept.map((key) => [key, state.reads[key]!])) };
    },

    failure(state, requests) {
      for (const key of requests.flatMap(requestKeys)) {
        const read = state.reads[key];
        if (read instanceof EngineError) return read;
      }
      return undefined;
    },

    same: (a, b, requests) =>
      requests.every((request) => isDeepStrictEqual(partOf(a, request), partOf(b, request))),

    merge: (goals) => {
      const planner = planners[goals[0]!.part];
      if (!planner.merge) throw new Error(`goals of ${goals[0]!.part} are not merged`);
      return planner.merge(goals);
    },
    plan: (state, goal, context) => planners[goal.part].plan(state, goal, context),
    verify: (goal, plan, after) => planners[goal.part].verify(goal, plan, after),
  };
}

/** What a request speaks of, in a state. */
function partOf(state: HostState, { source, uri = '', names }: SourceRequest): unknown {
  switch (source) {
    case 'links':
      return state.links;
    case 'profiles':
      return state.stored;
    case 'networks':
      return own(state.libvirt, uri)?.networks;
    case 'leases':
      return own(state.libvirt, uri)?.leases;
    case 'agents':
      return own(state.libvirt, uri)?.agents;
    case 'domains':
      if (!names) return own(state.libvirt, uri)?.domains;
      return names.map((name) => own(own(state.libvirt, uri)?.domains, name));
  }
}

/** Each section's stdout, then its status and stderr behind markers; descriptor 3 keeps the two apart. */
function sections(scripts: readonly string[], marker: string): string {
  const runs = scripts.map(
    (script) => `wb_err=$( {
${script}
} 2>&1 >&3 3>&- )
printf '\\n%s %s\\n%s\\n%s\\n' ${marker} "$?" "$wb_err" ${marker}`,
  );
  return `LC_ALL=C
PATH="$PATH:/usr/sbin:/sbin"
export LC_ALL PATH
exec 3>&1
${runs.join('\n')}`;
}

function parseSections(
  output: ShellOutput,
  marker: string,
  requests: readonly SourceRequest[],
  state: HostState,
  readerOf: (request: SourceRequest) => Reader,
): HostState {
  const pieces = output.stdout.split(marker);
  let result = state;
  for (const [index, request] of requests.entries()) {
    const stdout = pieces[2 * index];
    const tail = pieces[2 * index + 1];
    const reads = { ...result.reads };
    try {
      if (stdout === undefined || tail === undefined) {
        throw new EngineError(
          'OBSERVE',
          `reading the ${request.source} of the host ended early: ${output.stderr.trim()}`,
        );
      }
      const end = tail.indexOf('\n');
      const status = Number(tail.slice(0, end).trim());
      const stderr = tail.slice(end + 1).trim();
      result = readerOf(request).parse(
        { stdout: stdout.replace(/^\n/, '').replace(/\n$/, ''), stderr, status },
        result,
        request,
      );
      for (const key of keysRead(request, result)) reads[key] = 'read';
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      for (const key of requestKeys(request)) reads[key] = error;
    }
    result = { ...result, reads };
  }
  return result;
}
