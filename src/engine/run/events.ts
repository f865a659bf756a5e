import type { ErrorCode } from '../errors.ts';
import type { FieldDiff, Pending } from '../module.ts';
import type { Location } from '../source.ts';

/** Everything that a run tells; reports know nothing else. Plain data, serialisable. */
export type RunEvent =
  | {
      readonly type: 'run-start';
      readonly playbooks: readonly string[];
      readonly check: boolean;
      readonly diff: boolean;
    }
  | { readonly type: 'play-start'; readonly play: PlayRef; readonly hosts: readonly string[] }
  | { readonly type: 'no-hosts'; readonly play: PlayRef }
  | { readonly type: 'task-start'; readonly task: TaskRef; readonly hosts: readonly string[] }
  | { readonly type: 'host-start'; readonly task: TaskRef; readonly host: string }
  /** One turn of a loop; the whole follows as host-result */
  | {
      readonly type: 'item-result';
      readonly task: TaskRef;
      readonly host: string;
      readonly label: string;
      readonly result: TaskResult;
    }
  | {
      readonly type: 'retry';
      readonly task: TaskRef;
      readonly host: string;
      readonly left: number;
      readonly result: TaskResult;
    }
  /** Before steps run, or would: how they touch the path of their own connection, and that they are guarded */
  | {
      readonly type: 'caution';
      readonly task: TaskRef;
      readonly host: string;
      readonly lifeline?: string;
      readonly guarded?: number;
    }
  | {
      readonly type: 'host-result';
      readonly task: TaskRef;
      readonly host: string;
      readonly result: TaskResult;
    }
  | { readonly type: 'task-end'; readonly task: TaskRef }
  | { readonly type: 'play-end'; readonly play: PlayRef }
  | {
      readonly type: 'warning';
      readonly message: string;
      readonly host?: string;
      readonly location?: Location;
    }
  | {
      readonly type: 'run-end';
      readonly recap: Recap;
      readonly exitCode: number;
      readonly interrupted: boolean;
      readonly durationMs: number;
    };

export interface PlayRef {
  readonly id: number;
  readonly name: string;
}

export interface TaskRef {
  readonly id: number;
  /** `name:`, else the module's name */
  readonly name: string;
  readonly module: string;
  readonly play: PlayRef;
  readonly handler: boolean;
  readonly location: Location;
  /** For the report only: reduced when no_log is set on the task */
  readonly noLog: boolean;
}

export type TaskStatus = 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable';

/** What a task came to on one host. */
export interface TaskResult {
  readonly status: TaskStatus;
  /** Failed, but ignore_errors or ignore_unreachable says go on */
  readonly ignored: boolean;
  /** As `register` sees it: changed, failed, skipped, msg, module keys; censored when no_log is set */
  readonly data: Readonly<Record<string, unknown>>;
  readonly msg?: string;
  readonly error?: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly hint?: string;
    readonly location?: Location;
  };
  readonly diff: readonly FieldDiff[];
  readonly pending: readonly Pending[];
  /** Titles of the steps that ran, or would */
  readonly steps: readonly string[];
  /** The expression that check mode could not decide, with its position */
  readonly undecided?: string;
  /** A task before it would have changed the host in a way check mode cannot know */
  readonly inexact: boolean;
  readonly warnings: readonly string[];
  /** How the steps touch the path of the very connection they are run over */
  readonly lifeline?: string;
  /** Seconds after the steps until the host puts itself back unless the change is confirmed; left out: not guarded */
  readonly guarded?: number;
  /** A task of an atomic block: a prediction, done only with the block's commit, and counted with it */
  readonly atomic?: 'pending commit';
  /** Where it ran, when delegated */
  readonly delegatedTo?: string;
  readonly durationMs: number;
}

/** Counts for one host, in the words of PLAY RECAP, and ours behind them. */
export interface HostStats {
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failed: number;
  readonly skipped: number;
  readonly rescued: number;
  readonly ignored: number;
  readonly pending: number;
  readonly undecided: number;
  readonly inexact: boolean;
}

export type Recap = Readonly<Record<string, HostStats>>;

/** A report subscribes to the events of a run. */
export interface Report {
  on(event: RunEvent): void;
  /** After run-end: everything is written */
  close?(): Promise<void>;
}
