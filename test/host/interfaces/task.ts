import type { Goal, Plan, PlanContext, ResourceModule } from '../../../src/engine/module.ts';
import { interfacesPlanner } from '../../../src/host/interfaces/planner.ts';
import type { HostState } from '../../../src/host/state.ts';
import { bond } from '../../../src/modules/bond/index.ts';
import { bridge } from '../../../src/modules/bridge/index.ts';
import { iface } from '../../../src/modules/iface/index.ts';
import { vlan } from '../../../src/modules/vlan/index.ts';

type Params = Record<string, unknown>;

export const modules = { bridge, bond, vlan, iface } as unknown as Record<
  'bridge' | 'bond' | 'vlan' | 'iface',
  ResourceModule<Params, HostState>
>;

/** A module and its parameters. */
export type Task = readonly [module: keyof typeof modules, params: Params];

const context: PlanContext = {
  settings: { libvirtUri: 'qemu:///system', networkBackend: undefined },
  sshAddress: undefined,
  check: false,
};

export function planTask(
  [name, params]: Task,
  state: HostState,
  sshAddress?: string,
): { goal: Goal<HostState>; plan: Plan<HostState> } {
  const goal = modules[name].goal(params, state, context.settings);
  return { goal, plan: interfacesPlanner.plan(state, goal, { ...context, sshAddress }) };
}

/** Several tasks as one change, as an atomic block is: each goal from what the one before leads to. */
export function planBlock(
  tasks: readonly Task[],
  state: HostState,
  sshAddress?: string,
): { goal: Goal<HostState>; plan: Plan<HostState> } {
  const goals: Goal<HostState>[] = [];
  let reached = state;
  for (const task of tasks) {
    const { goal, plan } = planTask(task, reached);
    goals.push(goal);
    reached = plan.predicted;
  }
  const goal = interfacesPlanner.merge(goals);
  return { goal, plan: interfacesPlanner.plan(state, goal, { ...context, sshAddress, atomic: true }) };
}

export const commandsOf = (plan: Plan<HostState>): string[] => plan.steps.map(({ argv }) => argv.join(' '));
