import { EngineError } from '../errors.ts';
import type { Goal, Plan, PlanContext, Settings, SourceRequest, World } from '../module.ts';
import type { Shell } from '../transport/types.ts';
import { applyPlan } from './apply.ts';
import type { Machine } from './machine.ts';
import { failure, type Outcome } from './result.ts';

/** A goal, and the way there. */
export interface Planned {
  readonly goal: Goal<unknown>;
  readonly plan: Plan<unknown>;
}

/** What is to be said before steps run. */
export interface Caution {
  /** How they touch the path of the very connection they are run over */
  readonly lifeline?: string;
  /** Seconds until the host puts itself back unless the change is confirmed */
  readonly guarded?: number;
}

/** Where a change is made, and how. */
export interface Place {
  readonly settings: Settings;
  readonly machine: Machine;
  readonly shell: Shell;
  /** The shell as it is after a guarded change, which leaves the machine with a new connection */
  readonly reopen: () => Promise<Shell>;
  readonly world: World<unknown>;
  readonly check: boolean;
  /** The whole run is a check run: later tasks see what this one would have changed */
  readonly rehearsal: boolean;
  readonly caution: (caution: Caution) => void;
}

/** What planners must know of a place. */
export const planContext = ({ settings, shell, check }: Place, atomic = false): PlanContext => ({
  settings,
  sshAddress: shell.info.sshConnection?.[2],
  check,
  ...(atomic && { atomic }),
});

/** Something that a host should become. */
export interface Change extends Place {
  /** Sources that `planFor` looks at; they have been read */
  readonly requests: readonly SourceRequest[];
  /** Pure. @throws EngineError where the state cannot become so */
  readonly planFor: (state: unknown) => Planned;
  /** Keys of the result, from the state before and after */
  readonly report: (before: unknown, after: unknown) => Record<string, unknown>;
}

/** Plan → lock → apply → verify, or in check mode only the prediction. Runs in the machine's turn. */
export async function makeChange(change: Change): Promise<Outcome> {
  const { machine, shell, check, requests, planFor, report } = change;
  let before = machine.state;
  let { goal, plan } = planFor(before);
  if (plan.steps.length > 0 && !check && !plan.refused) {
    const unchanged = await machine.lock(shell, requests);
    if (!unchanged) {
      before = machine.state;
      ({ goal, plan } = planFor(before));
    }
  }
  const told = machine.warnings();
  if (plan.refused) {
    const said = { ...cautionOf(plan), warnings: told, diff: plan.diff, data: report(before, before) };
    return { ...failure(plan.refused), ...said };
  }

  const { diff, pending } = plan;
  const caution = plan.steps.length > 0 ? cautionOf(plan) : {};
  const planned = { diff, pending, ...caution, warnings: [...told, ...(plan.warnings ?? [])] };
  const steps = plan.steps.map(({ title }) => title);
  if (caution.lifeline !== undefined || caution.guarded !== undefined) change.caution(caution);

  if (check) {
    const effect = (state: unknown): unknown => predict(state, planFor);
    if (change.rehearsal) machine.fold(effect);
    const status = steps.length > 0 ? 'changed' : 'ok';
    const after = change.rehearsal ? machine.state : effect(before);
    return { ...planned, steps, status, data: report(before, after) };
  }
  if (steps.length === 0) return { ...planned, steps, status: 'ok', data: report(before, before) };

  const applied = await applyPlan({ ...change, goal, plan });
  const { done, error, log } = applied;
  const common = {
    ...planned,
    steps: done.map(({ title }) => title),
    warnings: [...planned.warnings, ...applied.warnings],
  };
  if (!error) return { ...common, status: 'changed', data: report(before, machine.state) };
  const found = error.code === 'VERIFY' ? report(before, machine.state) : without(report(before, before));
  const data = { ...failure(error).data, ...found, ...(log.length > 0 ? { log } : {}) };
  return { ...failed(error, common.steps, plan), ...common, data };
}

/** Where it is not known what a host has come to, only what it was. */
const without = ({ after: _, ...rest }: Record<string, unknown>): Record<string, unknown> => rest;

/** A step that failed leaves what was done before it, but under a guard nothing. */
function failed(error: EngineError, done: readonly string[], { guard }: Plan<unknown>): Outcome {
  const outcome = failure(error);
  if (guard || error.code === 'VERIFY' || done.length === 0) return outcome;
  return { ...outcome, msg: `${error.message} (done before it: ${done.join(', ')})` };
}

const cautionOf = ({ lifeline, guard }: Plan<unknown>): Caution => ({
  ...(lifeline === undefined ? {} : { lifeline }),
  ...(guard === undefined ? {} : { guarded: guard.timeout }),
});

/** The effect of a change on a newer reading, on which it may no longer be possible. */
function predict(state: unknown, planFor: (state: unknown) => Planned): unknown {
  try {
    return planFor(state).plan.predicted;
  } catch (error) {
    if (error instanceof EngineError) return state;
    throw error;
  }
}
