import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FieldDiff, Plan, Settings } from '../../../src/engine/module.ts';
import { checkParams } from '../../../src/engine/params.ts';
import { differences } from '../../../src/host/libvirt/network-diff.ts';
import { networksPlanner } from '../../../src/host/libvirt/network-planner.ts';
import type { HostState } from '../../../src/host/state.ts';
import { network, type NetworkParams } from '../../../src/modules/network/index.ts';
import { apply, observe } from '../../libvirt-tasks.ts';
import { type LibvirtHost, libvirtdMissing, startLibvirtd } from '../../libvirtd.ts';

const uri = 'qemu:///system';
const settings: Settings = { libvirtUri: uri, networkBackend: undefined };
const context = { settings, sshAddress: undefined, check: false };

interface Run {
  readonly plan: Plan<HostState>;
  readonly after: HostState;
  readonly unmet: readonly FieldDiff[];
}

describe.skipIf(libvirtdMissing)(`networks on a real libvirtd (${libvirtdMissing ?? 'ready'})`, () => {
  let host: LibvirtHost;

  beforeAll(async () => {
    host = await startLibvirtd();
    const { stderr } = await host.exec(
      'ip link add br0 type bridge; ip link set br0 up; for n in 1 2 3; do ip link add eth$n type veth peer name peer$n; ip link set eth$n up; done',
    );
    if (stderr !== '') throw new Error(stderr);
  });
  afterAll(() => host?.stop());

  const look = (params: NetworkParams) => observe(host, network.sources(params, settings));

  async function planned(params: NetworkParams) {
    const state = await look(params);
    const goal = network.goal(params, state, settings);
    return { state, goal, plan: networksPlanner.plan(state, goal, context) };
  }

  async function run(params: NetworkParams): Promise<Run> {
    expect(
      checkParams(network.schema, params, { label: 'network', mode: 'runtime', check: network.check! })
        .problems,
    ).toEqual([]);
    const { goal, plan } = await planned(params);
    if (plan.refused) throw plan.refused;
    for (const step of plan.steps) {
      const output = await apply(host, step);
      if (output.status !== 0)
        throw new Error(`${step.title}: ${output.stderr}\n${step.stdin ?? step.argv.join(' ')}`);
    }
    const after = await look(params);
    return { plan, after, unmet: networksPlanner.verify(goal, plan, after) };
  }

  /** Applies the task; then all is as wanted and as predicted, and a second run has nothing to do. */
  async function converge(params: NetworkParams): Promise<Run & { titles: string[] }> {
    const done = await run(params);
    expect(done.unmet).toEqual([]);
    const predicted = done.plan.predicted.libvirt[uri]!.networks[params.name];
    const found = done.after.libvirt[uri]!.networks[params.name];
    const view = (one: typeof found) =>
      one && { stored: one.stored?.model, live: one.live?.model, autostart: one.autostart };
    expect(differences(view(predicted), view(found))).toEqual([]);
    const again = await planned(params);
    expect(again.plan.steps).toEqual([]);
    expect(again.plan.diff).toEqual([]);
    expect(again.plan.pending.map(({ field }) => field)).toEqual(done.plan.pending.map(({ field }) => field));
    return { ...done, titles: done.plan.steps.map(({ title }) => title) };
  }

  const lan: NetworkParams = {
    name: 'lan',
    forward: { mode: 'nat' },
    bridge: { name: 'virbr20' },
    ips: [
      { address: '192.168.20.1/24', dhcp: { ranges: [{ start: '192.168.20.100', end: '192.168.20.200' }] } },
    ],
  };

  it('creates, stops, starts, autostarts and removes a network', async () => {
    expect((await converge(lan)).titles).toEqual(['define network lan', 'start network lan']);
    expect((await converge({ name: 'lan', autostart: true })).titles).toEqual(['autostart network lan']);
    expect((await converge({ name: 'lan', state: 'inactive' })).titles).toEqual(['stop network lan']);
    expect((await converge({ name: 'lan', state: 'defined' })).titles).toEqual([]);
    expect((await converge({ name: 'lan' })).titles).toEqual(['start network lan']);
    expect((await converge({ name: 'lan', autostart: false })).titles).toEqual([
      'do not autostart network lan',
    ]);
    expect((await converge({ name: 'lan', state: 'absent' })).titles).toEqual([
      'stop network lan',
      'remove network lan',
    ]);
    expect((await converge({ name: 'lan', state: 'absent' })).titles).toEqual([]);
  });
});
