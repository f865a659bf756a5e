import { EngineError, UnreachableError } from '../../errors.ts';
import type { FieldDiff, GuardPlan, Step } from '../../module.ts';
import type { Connection } from '../../transport/types.ts';
import { JOURNALS, type Transaction } from './begin.ts';
import { leftOver, type Progress, reasonOf } from './requests.ts';

/** What became of a guarded change: it holds as a whole, or the host is as it was before. */
export interface GuardedOutcome {
  /** All steps, or none when the host was put back */
  readonly done: readonly Step[];
  /** ROLLED_BACK, GUARD_LOGIN, REQUIREMENT, COMMAND_FAILED; UnreachableError when nobody knows */
  readonly error: EngineError | undefined;
  /** What did not come about, where that is why */
  readonly mismatches: readonly FieldDiff[];
  readonly warnings: readonly string[];
}

export const failed = (error: EngineError, more: Partial<GuardedOutcome> = {}): GuardedOutcome => ({
  done: [],
  error,
  mismatches: [],
  warnings: [],
  ...more,
});

/** Why nothing confirmed the change, for all that was tried. */
export function inVain({ dial, timeout }: GuardPlan, notes: ReadonlySet<string>): EngineError {
  const where = dial === 'same' ? '' : ` at ${dial.join(' or ')}`;
  const why = notes.size === 0 ? '' : ` (${[...notes].join('; ')})`;
  const what = `the host could not be reached over a new connection${where} within ${timeout} s${why}`;
  return new EngineError('TIMEOUT', what);
}

/** What the host says of its steps counts more than what the controller saw. */
export function rolledBack(
  progress: Progress,
  transaction: Transaction,
  seen: { readonly reason: EngineError; readonly mismatches: readonly FieldDiff[] },
): GuardedOutcome {
  const said = reasonOf(progress, transaction);
  const cause = said ?? seen.reason;
  const error = new EngineError('ROLLED_BACK', `rolled back: ${cause.message}`, { hint: cause.hint, cause });
  return failed(error, {
    mismatches: said ? [] : seen.mismatches,
    warnings: leftOver(progress).map((line) => `not all could be put back: ${line}`),
  });
}

/** Nobody knows how the host is. */
export function unreachable(
  description: string,
  reason: EngineError,
  notes: ReadonlySet<string>,
  { id }: Transaction,
): UnreachableError {
  const now = `it was to put itself back, but does not answer where it did before (${[...notes].join('; ')})`;
  return new UnreachableError(
    'CONNECTION_LOST',
    `${description} is not reachable since a guarded change: ${reason.message}; ${now}`,
    { hint: `look at the host's console; the journal is there: ${JOURNALS}/${id}` },
  );
}

/** The host has moved: has known_hosts know, and says what the inventory does not. */
export function whereNow(description: string, address: string, connection: Connection): string[] {
  const warning = `${description} is at ${address} now: say so in the inventory (ansible_host)`;
  try {
    connection.learn?.();
    return [warning];
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return [warning, error.message];
  }
}
