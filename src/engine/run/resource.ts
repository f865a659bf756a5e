import type { PlanContext, ResourceModule, SourceRequest } from '../module.ts';
import { makeChange, type Place, type Planned, planContext } from './change.ts';
import type { Outcome } from './result.ts';
import type { Transaction } from './transaction.ts';

export interface ResourceTask extends Place {
  readonly module: ResourceModule<unknown, unknown>;
  readonly params: unknown;
  /** What later tasks of the play will want to know, read along with what this one needs */
  readonly hints: () => readonly SourceRequest[];
}

/** Observe → goal → plan → apply → verify: the one way a resource module acts. Runs in the machine's turn. */
export async function runResource(task: ResourceTask): Promise<Outcome> {
  const requests = await observe(task);
  return makeChange({
    ...task,
    requests,
    planFor: planner(task, planContext(task)),
    report: (before, after) => reportOf(task, before, after),
  });
}

/**
 * The same inside an atomic block, but for doing it: the task becomes part of the transaction, and its outcome is what
 * is predicted.
 */
export async function gatherResource(task: ResourceTask, transaction: Transaction): Promise<Outcome> {
  const { machine, settings } = task;
  transaction.join(machine, settings);
  const requests = await observe(task);
  const before = transaction.predict(machine.state);
  const wish = { requests, planFor: planner(task, planContext(task, true)) };
  const { plan } = wish.planFor(before);
  transaction.add(wish);
  return {
    status: plan.steps.length > 0 ? 'changed' : 'ok',
    diff: plan.diff,
    data: reportOf(task, before, plan.predicted),
    uncommitted: (done) => reportOf(task, before, done ? machine.state : before),
  };
}

async function observe({ module, params, settings, machine, hints, shell }: ResourceTask) {
  const requests = module.sources(params, settings);
  await machine.need(requests, hints, shell);
  return requests;
}

const planner =
  ({ module, params, settings, world }: ResourceTask, context: PlanContext) =>
  (state: unknown): Planned => {
    const goal = module.goal(params, state, settings);
    return { goal, plan: world.plan(state, goal, context) };
  };

const reportOf = ({ module, params, settings }: ResourceTask, before: unknown, after: unknown) => ({
  before: module.view(params, before, settings),
  after: module.view(params, after, settings),
  ...module.result?.(params, after, settings),
});
