/** Runs tasks about networks on a real libvirtd the way the engine does, and compares the dry run with what came of it. */
import type { FieldDiff, Plan, Settings } from '../src/engine/module.ts';
import { world } from '../src/host/index.ts';
import { differences } from '../src/host/libvirt/network-diff.ts';
import { findNetwork } from '../src/host/libvirt/network-goal.ts';
import type { HostState } from '../src/host/state.ts';
import { type NetworkParams, network } from '../src/modules/network/index.ts';
import { apply, observe } from './libvirt-tasks.ts';
import type { LibvirtHost } from './libvirtd.ts';

const uri = 'qemu:///system';
const settings: Settings = { libvirtUri: uri, networkBackend: undefined };
const context = { settings, sshAddress: undefined, check: false };

export interface NetworkRun {
  readonly before: HostState;
  readonly plan: Plan<HostState>;
  readonly after: HostState;
  /** Of the step that failed */
  readonly stderr: string;
  readonly unmet: readonly FieldDiff[];
  /** Where the dry run was wrong: fields of the network, and ports of bridges */
  readonly unforetold: readonly string[];
  /** What a second run would do */
  readonly again: Plan<HostState>;
}

const lookAtNetwork = (host: LibvirtHost, params: NetworkParams): Promise<HostState> =>
  observe(host, network.sources(params, settings));

/** Plans a task on a state. @throws EngineError where it cannot be */
function planNetwork(state: HostState, params: NetworkParams) {
  const goal = network.goal(params, state, settings);
  return { goal, plan: world.plan(state, goal, context) };
}

/** Takes the steps of a task on a host as it is. @throws EngineError where there is no plan for it */
export async function runNetwork(host: LibvirtHost, params: NetworkParams): Promise<NetworkRun> {
  const before = await lookAtNetwork(host, params);
  const { goal, plan } = planNetwork(before, params);
  let stderr = '';
  for (const step of plan.steps) {
    const output = await apply(host, step);
    if (output.status === 0) continue;
    stderr = `${step.title}: ${output.stderr || `status ${output.status}`}`;
    break;
  }
  const after = await lookAtNetwork(host, params);
  const unmet = plan.refused ? [] : world.verify(goal, plan, after);
  const again = planNetwork(after, params).plan;
  const unforetold = [
    ...networkDifferences(plan.predicted, after, params.name!),
    ...portDifferences(plan.predicted, after),
  ];
  return { before, plan, after, stderr, unmet, unforetold, again };
}

function networkDifferences(predicted: HostState, after: HostState, name: string): string[] {
  const view = (state: HostState) => {
    const one = findNetwork(state, uri, name);
    return one && { stored: one.stored?.model, live: one.live?.model, autostart: one.autostart };
  };
  return differences(view(predicted), view(after)).map((path) => path.join('.'));
}

/** Links that are on another bridge than was said. */
const portDifferences = (predicted: HostState, after: HostState): string[] =>
  Object.values(after.links)
    .filter(({ kind }) => kind === 'tun')
    .filter(({ name, controller }) => predicted.links[name]?.controller !== controller)
    .map(({ name, controller }) => `${name} is on ${controller ?? 'no bridge'}`);
