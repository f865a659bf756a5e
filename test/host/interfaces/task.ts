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

export const commandsOf = (plan: Plan<HostState>): string[] => plan.steps.map(({ argv }) => argv.join(' '));
