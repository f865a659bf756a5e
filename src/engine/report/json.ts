import type { PlayRef, Report, RunEvent, TaskRef, TaskResult } from '../run/events.ts';
import type { ReportOptions } from './options.ts';
import { taskPath } from './problem.ts';
import { sortedHosts } from './recap.ts';
import { pythonJson } from './text.ts';
import { formatWarning } from './warning.ts';

interface Duration {
  start: string;
  end?: string;
}

interface TaskEntry {
  task: { name: string; id: string; path: string; duration: Duration };
  hosts: Map<string, unknown>;
}

interface PlayEntry {
  play: { name: string; id: string; duration: Duration };
  tasks: TaskEntry[];
}

/** One JSON document at the end, in the shape of Ansible's json callback; what only we have is under `wirebook`. */
export class JsonReport implements Report {
  readonly #options: ReportOptions;
  readonly #plays: PlayEntry[] = [];
  readonly #playById = new Map<number, PlayEntry>();
  readonly #taskById = new Map<number, TaskEntry>();
  readonly #warnings: string[] = [];
  #check = false;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  on(event: RunEvent): void {
    switch (event.type) {
      case 'run-start':
        this.#check = event.check;
        break;
      case 'play-start':
        this.#play(event.play);
        break;
      case 'task-start':
        this.#task(event.task);
        break;
      case 'host-result':
        this.#result(event.task, event.host, event.result);
        break;
      case 'task-end':
        this.#taskById.delete(event.task.id);
        break;
      case 'play-end':
        this.#playById.get(event.play.id)!.play.duration.end = now();
        break;
      case 'warning':
        this.#warnings.push(formatWarning(event));
        break;
      case 'run-end':
        this.#end(event);
        break;
    }
  }

  #play({ id, name }: PlayRef): void {
    const entry: PlayEntry = { play: { name, id: String(id), duration: { start: now() } }, tasks: [] };
    this.#plays.push(entry);
    this.#playById.set(id, entry);
  }

  #task(task: TaskRef): TaskEntry {
    const { id, name } = task;
    const entry: TaskEntry = {
      task: { name, id: String(id), path: taskPath(task), duration: { start: now() } },
      hosts: new Map(),
    };
    this.#playById.get(task.play.id)?.tasks.push(entry);
    this.#taskById.set(id, entry);
    return entry;
  }

  #result(task: TaskRef, host: string, result: TaskResult): void {
    const entry = this.#taskById.get(task.id) ?? this.#task(task);
    const { status, diff, pending, steps, error, undecided, inexact, warnings, delegatedTo } = result;
    const { lifeline, guarded, atomic } = result;
    const { failed: _failed, skipped: _skipped, ...data } = result.data;
    entry.hosts.set(host, {
      ...Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith('_ansible_'))),
      ...(status === 'failed' ? { failed: true } : {}),
      ...(status === 'skipped' ? { skipped: true } : {}),
      ...(status === 'unreachable' ? { unreachable: true } : {}),
      ...(result.ignored ? { ignored: true } : {}),
      ...(diff.length > 0 ? { diff } : {}),
      ...(pending.length > 0 ? { pending } : {}),
      ...(steps.length > 0 ? { steps } : {}),
      ...(warnings.length > 0 ? { warnings } : {}),
      ...(lifeline === undefined ? {} : { lifeline }),
      ...(guarded === undefined ? {} : { guarded }),
      ...(atomic === undefined ? {} : { atomic }),
      ...(error ? { error } : {}),
      ...(undecided === undefined ? {} : { undecided }),
      ...(inexact ? { inexact } : {}),
      ...(delegatedTo === undefined ? {} : { delegated_to: delegatedTo }),
      action: task.module,
    });
    const end = now();
    entry.task.duration.end = end;
    this.#playById.get(task.play.id)!.play.duration.end = end;
  }

  #end({ recap, exitCode, interrupted, durationMs }: Extract<RunEvent, { type: 'run-end' }>): void {
    const stats = sortedHosts(recap).map(([host, { failed, ...counts }]) => [
      host,
      { ...counts, failures: failed },
    ]);
    const document = {
      plays: this.#plays.map(({ play, tasks }) => ({
        play,
        tasks: tasks.map(({ task, hosts }) => ({ task, hosts: Object.fromEntries(hosts) as unknown })),
      })),
      stats: Object.fromEntries(stats) as unknown,
      custom_stats: {},
      global_custom_stats: {},
      wirebook: {
        check: this.#check,
        exit_code: exitCode,
        interrupted,
        duration_ms: Math.round(durationMs),
        warnings: this.#warnings,
      },
    };
    this.#options.stream.write(`${pythonJson(document, 4)}\n`);
  }
}

const now = (): string => new Date().toISOString();
