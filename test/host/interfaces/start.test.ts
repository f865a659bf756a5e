import { describe, expect, it } from 'vitest';
import type { BondOptions, Link } from '../../../src/host/interfaces/link.ts';
import type { BackendName, Profile } from '../../../src/host/interfaces/profile.ts';
import { interfacesPlanner } from '../../../src/host/interfaces/planner.ts';
import type { Network } from '../../../src/host/libvirt/network.ts';
import type { HostState, NetworkState } from '../../../src/host/state.ts';
import { hostWith, link, profile } from './stored-host.ts';
import { modules, planTask, type Task } from './task.ts';

const settings = { libvirtUri: '', networkBackend: undefined };
const NETWORKD = ['networkd'] as const;
const addresses = (...list: string[]) => ({
  ipv4: { addresses: list, dynamic: [], linkLocal: [], routes: [], learned: [] },
});
const br0 = profile('br0', 'networkd', {
  kind: 'bridge',
  mtu: 1400,
  bridge: { stp: false, forward_delay: 15 },
  ipv4: { addresses: ['192.0.2.1/24'], gateway: '192.0.2.9' },
});
const port = (name: string, controller = 'br0') => profile(name, 'networkd', { controller });
const bridge = (fields: Partial<Link> = {}) =>
  link('br0', { kind: 'bridge', bridge: { stp: false, forward_delay: 15 }, mtu: 1400, ...fields });

const liveGoal = (profiles: readonly Profile[], links: readonly Link[], [module, params]: Task) =>
  modules[module].goal(params, hostWith(NETWORKD, profiles, links), settings).state.links;

describe('what is down or not there comes up as it is defined', () => {
  it('a bridge, with the ports that there are', () => {
    const links = liveGoal(
      [br0, port('eth1'), port('eth2')],
      [link('eth1'), link('eth3', { controller: 'br0' })],
      ['bridge', { name: 'br0' }],
    );
    expect(links.br0).toMatchObject({ up: true, mtu: 1400, ipv4: { addresses: ['192.0.2.1/24'] } });
    expect(links.br0?.ipv4.gateway).toBe('192.0.2.9');
    expect(links.eth1?.controller).toBe('br0');
  });

  it('a VLAN, though the task says neither parent nor id', () => {
    const v5 = profile('v5', 'networkd', { kind: 'vlan', parent: 'eth1', vlan: { id: 5 } });
    const links = liveGoal([v5], [link('eth1')], ['vlan', { name: 'v5' }]);
    expect(links.v5).toMatchObject({ up: true, parent: 'eth1', vlan: { id: 5 } });
  });

  it('a bond, with its options', () => {
    const bond: BondOptions = { mode: 'active-backup', miimon: 50 };
    const bond0 = profile('bond0', 'networkd', { kind: 'bond', bond });
    const links = liveGoal([bond0], [], ['bond', { name: 'bond0' }]);
    expect(links.bond0).toMatchObject({ up: true, bond });
  });

  it('a NIC that is down, but for what the task says itself', () => {
    const stored = profile('eth1', 'networkd', {
      mtu: 1400,
      ipv4: { addresses: ['192.0.2.1/24'], gateway: '192.0.2.9' },
    });
    const task: Task = ['iface', { name: 'eth1', ipv4: { addresses: ['198.51.100.1/24'] } }];
    const links = liveGoal([stored], [link('eth1', { up: false })], task);
    expect(links.eth1).toMatchObject({ up: true, mtu: 1400, ipv4: { addresses: ['198.51.100.1/24'] } });
    expect(links.eth1?.ipv4).not.toHaveProperty('gateway');
  });

  it('one that is up keeps what the task does not state', () => {
    const links = liveGoal([br0], [bridge({ mtu: 1500 })], ['bridge', { name: 'br0', stp: true }]);
    expect(links.br0).toMatchObject({ mtu: 1500, bridge: { stp: true }, ipv4: { addresses: [] } });
  });

  it('the diff shows what is stored, though the task changes nothing of it', () => {
    const { plan } = planTask(['bridge', { name: 'br0' }], hostWith(NETWORKD, [br0], []));
    expect(plan.diff).toContainEqual({ object: 'bridge br0', field: 'mtu', want: 1400, stored: 1400 });
    expect(plan.diff).toContainEqual({
      object: 'bridge br0',
      field: 'state',
      want: 'active',
      stored: 'defined',
      live: 'absent',
    });
  });
});

describe('pending', () => {
  const pendingOf = (profiles: readonly Profile[], links: readonly Link[], task: Task): string[] =>
    planTask(task, hostWith(NETWORKD, profiles, links)).plan.pending.map(
      ({ object, field, want, live, until }) =>
        `${object} ${field}: ${JSON.stringify(live)} -> ${JSON.stringify(want)} until ${until}`,
    );
  const DEFINED = { name: 'br0', state: 'defined' };

  it.each<[string, readonly Profile[], readonly Link[], Task, readonly string[]]>([
    [
      'what is not there says so once, not for each of its ports',
      [br0, port('eth1')],
      [link('eth1')],
      ['bridge', { ...DEFINED, ports: ['eth1'] }],
      ['bridge br0 state: "absent" -> "active" until restart of br0 or the next boot'],
    ],
    [
      'what is down says so, and not in what else',
      [profile('eth1', 'networkd', { mtu: 9000, ipv4: { addresses: ['192.0.2.1/24'] } })],
      [link('eth1', { up: false })],
      ['iface', { name: 'eth1', state: 'defined' }],
      ['interface eth1 state: "inactive" -> "active" until restart of eth1 or the next boot'],
    ],
    [
      'what is not to start at boot may be down',
      [profile('eth1', 'networkd', { onboot: 'none', mtu: 9000 })],
      [link('eth1', { up: false })],
      ['iface', { name: 'eth1', state: 'defined' }],
      [],
    ],
    [
      'what is wanted inactive',
      [br0, port('eth1')],
      [link('eth1')],
      ['bridge', { name: 'br0', state: 'inactive' }],
      [],
    ],
    [
      'ports, in the words of their controller',
      [br0, port('eth1')],
      [
        bridge({ ipv4: { ...addresses('192.0.2.1/24').ipv4, gateway: '192.0.2.9' } }),
        link('eth1'),
        link('eth2', { controller: 'br0' }),
      ],
      ['bridge', { ...DEFINED, ports: ['eth1'] }],
      ['bridge br0 ports: ["eth2"] -> ["eth1"] until restart of br0 or the next boot'],
    ],
    [
      'not the taps of guests, and links that container runtimes add',
      [br0],
      [
        bridge({ ipv4: { ...addresses('192.0.2.1/24').ipv4, gateway: '192.0.2.9' } }),
        link('vnet0', { kind: 'tun', controller: 'br0' }),
        link('veth7', { kind: 'veth', controller: 'br0' }),
      ],
      ['bridge', DEFINED],
      [],
    ],
    [
      'a gateway that is not there',
      [br0],
      [bridge(addresses('192.0.2.1/24'))],
      ['bridge', DEFINED],
      ['bridge br0 ipv4.gateway: "none" -> "192.0.2.9" until restart of br0 or the next boot'],
    ],
    [
      'the MAC that a bond gives its port',
      [
        profile('bond0', 'networkd', { kind: 'bond', bond: { mode: 'active-backup' } }),
        profile('eth1', 'networkd', { mac: '02:00:00:00:00:99', controller: 'bond0' }),
      ],
      [
        link('bond0', { kind: 'bond', bond: { mode: 'active-backup' } }),
        link('eth1', { controller: 'bond0' }),
      ],
      ['iface', { name: 'eth1', state: 'defined' }],
      [],
    ],
  ])('%s', (_, profiles, links, task, expected) => {
    expect(pendingOf(profiles, links, task)).toEqual(expected);
  });
});

it('what is to be inactive, and was gone, may be there and down afterwards', () => {
  const { goal, plan } = planTask(
    ['bridge', { name: 'br0', state: 'inactive', mtu: 1300 }],
    hostWith(NETWORKD, [br0], []),
  );
  const after = (up: boolean) =>
    interfacesPlanner.verify(goal, plan, { ...plan.predicted, links: { br0: bridge({ up }) } });
  expect(after(false)).toEqual([]);
  expect(after(true)).toMatchObject([{ field: 'state' }]);
});

describe('a NIC that is called something else now', () => {
  const renamed = link('enp3s0', { mac: '02:00:00:00:00:07' });
  const named = (profiles: readonly Profile[], found: Link, task: Task) => () =>
    modules[task[0]].goal(task[1], hostWith(NETWORKD, profiles, [found]), settings);

  it.each<[string, readonly Profile[], Link, Task, string]>([
    [
      'by its MAC',
      [profile('eth1', 'networkd', { mac: '02:00:00:00:00:07' })],
      renamed,
      ['iface', { name: 'eth1' }],
      'enp3s0 has the MAC of eth1, so it may be called that now; it has enp3s0; eth1 is defined by networkd, in /etc/networkd/eth1:3',
    ],
    [
      'by the MAC the task wants',
      [],
      renamed,
      ['iface', { name: 'eth1', mac: '02:00:00:00:00:07' }],
      'enp3s0 has the MAC of eth1, so it may be called that now; it has enp3s0',
    ],
    [
      'by an alternative name',
      [],
      link('eth1', { altnames: ['enp3s0'] }),
      ['bridge', { name: 'br0', ports: ['enp3s0'] }],
      'enp3s0 is another name of eth1: use that; it has eth1',
    ],
    ['not at all', [], renamed, ['vlan', { name: 'v5', parent: 'eth1', id: 5 }], 'it has enp3s0'],
  ])('%s', (_, profiles, found, task, hint) => {
    expect(named(profiles, found, task)).toThrowError(expect.objectContaining({ code: 'REQUIREMENT', hint }));
  });

  it('may be defined before it is there', () => {
    expect(named([], renamed, ['iface', { name: 'eth1', state: 'defined' }])).not.toThrow();
  });
});

describe('in use by a guest', () => {
  const tap = link('vnet0', { kind: 'tun', controller: 'br0' });
  const inactive = (backends: readonly BackendName[], backend: BackendName) => () =>
    modules.bridge.goal(
      { name: 'br0', state: 'inactive', backend },
      hostWith(backends, [], [bridge(), tap]),
      settings,
    );

  it.each<[BackendName, readonly BackendName[]]>([
    ['networkmanager', ['networkmanager']],
    ['netplan', ['netplan', 'networkmanager']],
  ])('%s deletes a bridge that is inactive, and with it who its ports are', (backend, backends) => {
    expect(inactive(backends, backend)).toThrowError(
      `bridge br0 has the port vnet0 of a guest, and ${backend} deletes what is inactive`,
    );
  });

  it.each<[BackendName, readonly BackendName[]]>([
    ['networkd', ['networkd']],
    ['netplan', ['netplan', 'networkd']],
    ['ifupdown', ['ifupdown']],
  ])('%s keeps it', (backend, backends) => {
    expect(inactive(backends, backend)().warnings).toEqual(['vnet0 of a guest is cut off while br0 is down']);
  });

  it("libvirt's networks, where they have been read", () => {
    const network = (fields: object): NetworkState => ({
      live: { xml: '', model: { name: 'lan', ...fields } as Network },
      autostart: true,
    });
    const host = (fields: object): HostState => ({
      ...hostWith([], [], [bridge(), link('eth1')]),
      libvirt: { 'qemu:///system': { version: '9.0.0', networks: { lan: network(fields) }, domains: {} } },
    });
    const absent = (name: string, module: 'bridge' | 'iface', fields: object) => () =>
      modules[module].goal({ name, state: 'absent' }, host(fields), settings);
    expect(absent('br0', 'bridge', { forward: { mode: 'nat' }, bridge: { name: 'br0' } })).toThrowError(
      "bridge br0 belongs to libvirt's network lan",
    );
    expect(
      absent('br0', 'bridge', { forward: { mode: 'bridge' }, bridge: { name: 'br0' } })().warnings,
    ).toEqual(["libvirt's network lan uses br0"]);
    expect(absent('eth1', 'iface', { forward: { mode: 'bridge', interfaces: ['eth1'] } })().warnings).toEqual(
      ["libvirt's network lan uses eth1"],
    );
  });
});
