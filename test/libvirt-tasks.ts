/** Runs tasks on a real libvirtd the way the engine does: observe, goal, plan, apply, observe, verify. */
import { isDeepStrictEqual } from 'node:util';
import type { FieldDiff, Plan, Settings, SourceRequest, Step } from '../src/engine/module.ts';
import { quoteAll } from '../src/engine/transport/quote.ts';
import { UNKNOWN } from '../src/engine/unknown.ts';
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

/** What is not as it must be after a task: it failed, or did not do what it states, or not what the dry run foretold, or all. */
export function problemsOf(run: NicRun, domain: string): string[] {
  return [
    ...(run.stderr === '' ? [] : [run.stderr.trim()]),
    ...run.unmet.map(({ field }) => `${field} did not come about`),
    ...unforetold(run, domain),
    ...run.again.steps.map(({ title }) => `the second run would ${title}`),
  ];
}

/** Where the guest's NICs are not as the dry run said, all of them and every field; and MACs that two of them have. */
function unforetold({ plan, after }: NicRun, domain: string): string[] {
  return (['stored', 'live'] as const).flatMap((half) => {
    const nics = (state: HostState): readonly Record<string, unknown>[] =>
      state.libvirt['qemu:///system']!.domains[domain]![half].map(({ model }) => ({ ...model }));
    const [foretold, there] = [nics(plan.predicted), nics(after)];
    const macs = there.map(({ mac }) => String(mac));
    const doubled = macs.filter((mac, index) => macs.indexOf(mac) !== index);
    const lost = foretold.filter(({ mac }) => !macs.includes(String(mac)));
    const fields = there.flatMap((nic) => {
      const said = foretold.find(({ mac }) => mac === nic.mac);
      if (said === undefined) return [`${half} ${String(nic.mac)} was not foretold`];
      return [...new Set([...Object.keys(said), ...Object.keys(nic)])].flatMap((field) =>
        said[field] === UNKNOWN || isDeepStrictEqual(said[field], nic[field])
          ? []
          : [`${half} ${field}: foretold ${JSON.stringify(said[field])}, is ${JSON.stringify(nic[field])}`],
      );
    });
    return [
      ...doubled.map((mac) => `${half} has two NICs ${mac}`),
      ...lost.map(({ mac }) => `${half} NIC ${String(mac)} is lost`),
      ...fields,
    ];
  });
}
