import { isDeepStrictEqual } from 'node:util';
import type { EngineError } from '../../errors.ts';
import type { FieldDiff, Observation, Plan } from '../../module.ts';
import type { Shell } from '../../transport/types.ts';
import type { Machine } from '../machine.ts';
import { notConverged } from '../not-converged.ts';
import { pause } from './reach.ts';
import type { Progress } from './requests.ts';

/** Milliseconds between readings while a host gets where it should. */
const PAUSE = 1000;

/** Milliseconds before the end of the time in which only confirming has its place. */
const LAST_MOMENT = 3000;

export type Verify = (state: unknown) => readonly FieldDiff[];

interface Read {
  readonly machine: Machine;
  readonly shell: Shell;
  readonly plan: Plan<unknown>;
  readonly verify: Verify;
  readonly reading: Observation<unknown> | undefined;
  readonly guard: { readonly timeout: number };
  /** When the host puts itself back (performance.now) */
  readonly end: number;
}

/**
 * Whether the host has come to what was wanted: from what was read along first, and from further readings as long as
 * it may still get there.
 * @param liveOnly nothing is stored yet, so what is stored cannot be as wanted
 */
export async function settled(
  { machine, shell, plan, verify, reading, guard, end }: Read,
  first: Progress,
  liveOnly: boolean,
): Promise<{ error: EngineError | undefined; mismatches: readonly FieldDiff[] }> {
  const stepsOver = end - 1000 * guard.timeout;
  const until = Math.min(stepsOver + 1000 * (plan.settle ?? 0), end - LAST_MOMENT);
  let output = first.reading;
  for (;;) {
    const unread = output && machine.take(plan, reading, output);
    const mismatches = unread ? [] : verify(machine.state).filter((diff) => !liveOnly || !onlyStored(diff));
    if (!unread && mismatches.length === 0) return { error: undefined, mismatches };
    if (performance.now() >= until || !reading) {
      return { error: unread ?? notConverged(mismatches), mismatches };
    }
    await pause(Math.min(PAUSE, until - performance.now()));
    output = await shell.run({ script: reading.script });
  }
}

const onlyStored = ({ stored, live, want }: FieldDiff): boolean =>
  stored !== undefined && (live === undefined || isDeepStrictEqual(live, want));
