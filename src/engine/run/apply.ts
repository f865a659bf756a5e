import { EngineError } from '../errors.ts';
import type { FieldDiff, Goal, Plan, SourceRequest, Step, World } from '../module.ts';
import { escapeControls } from '../transport/escape.ts';
import { quoteAll } from '../transport/quote.ts';
import type { Shell } from '../transport/types.ts';
import { runGuarded } from './guard.ts';
import type { Machine } from './machine.ts';
import { notConverged } from './not-converged.ts';

/** Milliseconds between readings while a host gets where it should: growing from one to the other. */
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 2000;

/** How much of a log is shown: lines, characters of each, and seconds it may take to get it. */
const LOG_LINES = 20;
const LOG_WIDTH = 300;
const LOG_TIMEOUT = 10;

export interface PlanToApply {
  readonly machine: Machine;
  readonly shell: Shell;
  readonly reopen: () => Promise<Shell>;
  readonly world: World<unknown>;
  readonly goal: Goal<unknown>;
  readonly plan: Plan<unknown>;
  /** Sources that the goal was made from */
  readonly requests: readonly SourceRequest[];
}

/** What became of a plan on its host. */
export interface Applied {
  /** Steps that ran to success */
  readonly done: readonly Step[];
  readonly error: EngineError | undefined;
  readonly warnings: readonly string[];
  /** Last lines of the log of whoever was to bring it about, safe to print, when it did not come about */
  readonly log: readonly string[];
}

/** Runs the steps of a plan, guarded where it says so, and verifies that they led to the goal. */
export async function applyPlan(work: PlanToApply): Promise<Applied> {
  const { machine, shell, world, goal, plan } = work;
  const verify = (state: unknown): readonly FieldDiff[] => world.verify(goal, plan, state);
  const ran = plan.guard
    ? await runGuarded(machine, shell, plan, verify)
    : { warnings: [], ...(await runUnguarded(work, verify)) };
  const { done, mismatches, warnings } = ran;
  const error = ran.error ?? (mismatches.length > 0 ? notConverged(mismatches) : undefined);
  const log = mismatches.length > 0 && plan.evidence ? await lastLines(plan.evidence, work) : [];
  return { done, error, warnings, log };
}

async function runUnguarded(
  { machine, shell, world, plan, requests }: PlanToApply,
  verify: (state: unknown) => readonly FieldDiff[],
): Promise<{
  done: readonly Step[];
  error: EngineError | undefined;
  mismatches: readonly FieldDiff[];
}> {
  const { done, error } = await machine.apply(shell, plan);
  const failure = error ?? world.failure(machine.state, requests);
  if (failure) return { done, error: failure, mismatches: [] };
  let mismatches = verify(machine.state);
  const end = performance.now() + 1000 * (plan.settle ?? 0);
  for (let pause = FIRST_PAUSE; mismatches.length > 0; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    const left = end - performance.now();
    if (left <= 0) break;
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, left)));
    machine.forget();
    await machine.need([...requests, ...plan.touches], () => [], shell);
    mismatches = verify(machine.state);
  }
  return { done, error: undefined, mismatches };
}

/** The end of what a command prints. It only explains a failure, so its own is none. */
async function lastLines(argv: readonly string[], { reopen }: PlanToApply): Promise<readonly string[]> {
  try {
    const shell = await reopen();
    const { stdout, stderr } = await shell.run({ script: quoteAll(argv), timeout: LOG_TIMEOUT });
    const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
    return lines.slice(-LOG_LINES).map((line) => escapeControls(line).slice(0, LOG_WIDTH));
  } catch (error) {
    if (error instanceof EngineError) return [];
    throw error;
  }
}
