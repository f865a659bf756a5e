/** Runs tasks on a real libvirtd the way the engine does: observe, goal, plan, apply, observe, verify. */
import type { FieldDiff, Plan, Settings, SourceRequest, Step } from '../src/engine/module.ts';
import { quoteAll } from '../src/engine/transport/quote.ts';
import { world } from '../src/host/index.ts';
import type { HostState } from '../src/host/state.ts';
import { domainNic } from '../src/modules/domain-nic/index.ts';
import type { LibvirtHost } from './libvirtd.ts';

export type NicTask = Parameters<typeof domainNic.goal>[0];

export interface NicRun {
  readonly plan: Plan<HostState>;
  readonly after: HostState;
  /** Of the step that failed, if one did */
  readonly stderr: string;
  readonly unmet: readonly FieldDiff[];
  /** What a second run would do */
  readonly again: Plan<HostState>;
  readonly result: {
    readonly nic: {
      readonly config: unknown;
      readonly live: unknown;
      readonly actual: Record<string, unknown> | null;
    };
    readonly xml: { readonly stored: string | null; readonly live: string | null };
  };
}

const settings: Settings = { libvirtUri: 'qemu:///system', networkBackend: undefined };
const context = { settings, sshAddress: undefined, check: false };

export async function observe(host: LibvirtHost, requests: readonly SourceRequest[]): Promise<HostState> {
  const observation = world.observe(world.empty, requests)!;
  const state = observation.parse(await host.exec(observation.script));
  const failure = world.failure(state, requests);
  if (failure) throw failure;
  return state;
}

export async function apply(host: LibvirtHost, step: Step) {
  const stdin = Buffer.from(step.stdin ?? '').toString('base64');
  return host.exec(
    `printf %s ${stdin} | base64 -d >/run/step-stdin\n${quoteAll(step.argv)} </run/step-stdin\n`,
  );
}

/** What a task's result would show of the NIC, as it is. */
export async function look(host: LibvirtHost, task: NicTask): Promise<NicRun['result']> {
  const state = await observe(host, domainNic.sources(task, settings));
  return domainNic.result!(task, state, settings) as NicRun['result'];
}

/** What a task would do, on the host as it is. */
export async function planTask(host: LibvirtHost, task: NicTask): Promise<Plan<HostState>> {
  const state = await observe(host, domainNic.sources(task, settings));
  return world.plan(state, domainNic.goal(task, state, settings), context);
}

export async function runTask(host: LibvirtHost, task: NicTask): Promise<NicRun> {
  const sources = domainNic.sources(task, settings);
  const before = await observe(host, sources);
  const goal = domainNic.goal(task, before, settings);
  const plan = world.plan(before, goal, context);
  let stderr = '';
  for (const step of plan.steps) {
    const output = await apply(host, step);
    if (output.status === 0) continue;
    stderr = output.stderr || `status ${output.status}`;
    break;
  }
  const after = await observe(host, sources);
  const unmet = world.verify(goal, plan, after);
  const result = domainNic.result!(task, after, settings) as NicRun['result'];
  const again = world.plan(after, domainNic.goal(task, after, settings), context);
  return { plan, after, stderr, unmet, again, result };
}
