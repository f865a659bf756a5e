import { EngineError } from '../errors.ts';
import type {
  FieldDiff,
  Goal,
  Plan,
  PlanContext,
  ResourceModule,
  Settings,
  SourceRequest,
  World,
} from '../module.ts';
import type { Shell } from '../transport/types.ts';
import { isUnknown } from '../unknown.ts';
import type { Machine } from './machine.ts';
import { failure, type Outcome } from './result.ts';

type Resource = ResourceModule<unknown, unknown>;

export interface ResourceTask {
  readonly module: Resource;
  readonly params: unknown;
  readonly settings: Settings;
  readonly machine: Machine;
  readonly shell: Shell;
  readonly world: World<unknown>;
  readonly check: boolean;
  /** What later tasks of the play will want to know, read along with what this one needs */
  readonly hints: () => readonly SourceRequest[];
}

/** Observe → goal → plan → apply → verify: the one way a resource module acts. Runs in the machine's turn. */
export async function runResource(task: ResourceTask): Promise<Outcome> {
  const { module, params, settings, machine, shell, world, check } = task;
  const requests = module.sources(params, settings);
  await machine.need(requests, task.hints, shell);

  const context: PlanContext = { settings, sshAddress: shell.info.sshConnection?.[2], check };
  const planFor = (state: unknown): { goal: Goal<unknown>; plan: Plan<unknown> } => {
    const goal = module.goal(params, state, settings);
    return { goal, plan: world.plan(state, goal, context) };
  };
  const view = (): unknown => module.view(params, machine.state, settings);

  let before = view();
  let { goal, plan } = planFor(machine.state);
  if (plan.steps.length > 0 && !check && !plan.refused) {
    const unchanged = await machine.lock(shell, requests);
    if (!unchanged) {
      before = view();
      ({ goal, plan } = planFor(machine.state));
    }
  }
  if (plan.refused) return { ...failure(plan.refused), diff: plan.diff, data: { before, after: before } };

  const { diff, pending } = plan;
  const steps = plan.steps.map(({ title }) => title);
  const report = (): Record<string, unknown> => ({
    before,
    after: view(),
    ...module.result?.(params, machine.state, settings),
  });
  const common = { diff, pending, steps, warnings: plan.warnings ?? [] };

  if (check) {
    machine.fold((state) => predict(state, planFor));
    return { ...common, status: steps.length > 0 ? 'changed' : 'ok', data: report() };
  }
  if (steps.length === 0) return { ...common, status: 'ok', data: report() };

  const { done, error } = await machine.apply(shell, plan);
  const titles = done.map(({ title }) => title);
  if (error) {
    const told =
      done.length === 0 ? error.message : `${error.message} (done before it: ${titles.join(', ')})`;
    return {
      ...failure(error),
      ...common,
      steps: titles,
      msg: told,
      data: { ...failure(error).data, before },
    };
  }
  const unread = world.failure(machine.state, requests);
  if (unread) return { ...failure(unread), ...common };
  const mismatches = world.verify(goal, plan, machine.state);
  if (mismatches.length > 0) return { ...failure(notConverged(mismatches)), ...common, data: report() };
  return { ...common, status: 'changed', data: report() };
}

/** The effect of a task on a newer reading, on which it may no longer be possible. */
function predict(state: unknown, planFor: (state: unknown) => { plan: Plan<unknown> }): unknown {
  try {
    return planFor(state).plan.predicted;
  } catch (error) {
    if (error instanceof EngineError) return state;
    throw error;
  }
}

function notConverged(mismatches: readonly FieldDiff[]): EngineError {
  const fields = mismatches.map(({ object, field, want, live, stored }) => {
    const have = live === undefined ? stored : live;
    return `${object}: ${field} is ${show(have)}, wanted ${show(want)}`;
  });
  return new EngineError('VERIFY', `did not converge: ${fields.join('; ')}`, {
    hint: 'something else on the host may have changed it back, or the kernel or libvirt did not take it',
  });
}

const show = (value: unknown): string => {
  if (value === undefined) return 'not set';
  return isUnknown(value) || typeof value === 'string' ? String(value) : JSON.stringify(value);
};
