import { EngineError } from '../errors.ts';
import type { FieldDiff, Pending } from '../module.ts';
import { UNKNOWN } from '../unknown.ts';
import type { TaskResult, TaskStatus } from './events.ts';

/** What running a task once on a host came to, before conditions and reports have their say. */
export interface Outcome {
  readonly status: TaskStatus;
  readonly msg?: string | undefined;
  readonly error?: EngineError | undefined;
  /** Module keys of the result */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
  readonly diff?: readonly FieldDiff[];
  readonly pending?: readonly Pending[];
  readonly steps?: readonly string[];
  readonly undecided?: string | undefined;
  /** Check mode skipped something that would have changed the host */
  readonly inexact?: boolean;
  readonly warnings?: readonly string[];
  readonly lifeline?: string | undefined;
  /** Seconds until the host puts itself back unless confirmed */
  readonly guarded?: number | undefined;
  /**
   * Of a task in an atomic block, which is predicted: what it reports when the block is done, or has failed. Its
   * status and data are no more than a prediction until then
   */
  readonly uncommitted?: ((done: boolean) => Record<string, unknown>) | undefined;
}

export const skipped = (msg: string): Outcome => ({ status: 'skipped', msg, data: { skip_reason: msg } });

export const undecidedAt = (expression: string): Outcome => ({
  status: 'skipped',
  msg: 'check mode cannot know yet',
  undecided: expression,
});

export function failure(error: unknown): Outcome {
  if (!(error instanceof EngineError)) throw error;
  const unreachable = error.name === 'UnreachableError';
  const run = 'result' in error ? (error.result as Record<string, unknown>) : undefined;
  return {
    status: unreachable ? 'unreachable' : 'failed',
    msg: error.message,
    error,
    ...(run ? { data: { rc: run.status, stderr: run.stderr, cmd: run.argv } } : {}),
  };
}

/** As `register` sees it. */
export function registered(
  outcome: Outcome,
  extra: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const { status, msg } = outcome;
  return {
    ...outcome.data,
    ...extra,
    changed: status === 'changed' || (outcome.data?.changed ?? false),
    failed: status === 'failed',
    ...(status === 'skipped' ? { skipped: true } : {}),
    ...(status === 'unreachable' ? { unreachable: true } : {}),
    ...(msg === undefined ? {} : { msg }),
    ...(outcome.pending?.length ? { pending: outcome.pending } : {}),
    ...(outcome.diff?.length ? { diff: outcome.diff } : {}),
    ...(outcome.undecided === undefined ? {} : { undecided: outcome.undecided }),
  };
}

/** What an undecided task leaves in its register: nobody knows. */
export const undecidedRegister = (): Record<string, unknown> => ({
  changed: UNKNOWN,
  failed: UNKNOWN,
  skipped: UNKNOWN,
});

/** As reports see it. */
export function toResult(
  outcome: Outcome,
  data: Readonly<Record<string, unknown>>,
  context: {
    noLog: boolean;
    ignored: boolean;
    inexact: boolean;
    delegatedTo: string | undefined;
    durationMs: number;
  },
): TaskResult {
  const { status, error } = outcome;
  const common = {
    status,
    ignored: context.ignored,
    inexact: context.inexact,
    durationMs: context.durationMs,
    ...(context.delegatedTo === undefined ? {} : { delegatedTo: context.delegatedTo }),
    ...(outcome.uncommitted ? { atomic: 'pending commit' as const } : {}),
  };
  if (context.noLog) {
    const censored =
      "the output has been hidden due to the fact that 'no_log: true' was specified for this result";
    const kept = { changed: data.changed, ...(data.failed ? { failed: true } : {}) };
    return { ...common, data: { censored, ...kept }, diff: [], pending: [], steps: [], warnings: [] };
  }
  return {
    ...common,
    data,
    ...(outcome.msg === undefined ? {} : { msg: outcome.msg }),
    ...(error
      ? {
          error: {
            code: error.code,
            message: error.message,
            ...(error.hint === undefined ? {} : { hint: error.hint }),
            ...(error.location === undefined ? {} : { location: error.location }),
          },
        }
      : {}),
    diff: outcome.diff ?? [],
    pending: outcome.pending ?? [],
    steps: outcome.steps ?? [],
    ...(outcome.undecided === undefined ? {} : { undecided: outcome.undecided }),
    warnings: outcome.warnings ?? [],
    ...(outcome.lifeline === undefined ? {} : { lifeline: outcome.lifeline }),
    ...(outcome.guarded === undefined ? {} : { guarded: outcome.guarded }),
  };
}
