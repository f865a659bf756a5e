import { describe, expect, it } from 'vitest';
import type { Pending, Settings } from '../../../src/engine/module.ts';
import { UNKNOWN } from '../../../src/engine/unknown.ts';
import type { Link } from '../../../src/host/interfaces/link.ts';
import { differences, sameValue } from '../../../src/host/libvirt/network-diff.ts';
import { networksPlanner } from '../../../src/host/libvirt/network-planner.ts';
import type { HostState, NetworkState } from '../../../src/host/state.ts';
import { type NetworkParams, network } from '../../../src/modules/network/index.ts';
import { ModelLibvirt } from './model-libvirt.ts';

const settings: Settings = { libvirtUri: 'model', networkBackend: undefined };
const context = { settings, sshAddress: undefined, check: false };

const none = { addresses: [], dynamic: [], linkLocal: [], routes: [], learned: [] };
const link = (name: string, kind: string, more: Partial<Link>): Link => ({
  name,
  kind,
  index: 9,
  up: true,
  mac: UNKNOWN,
  mtu: 1500,
  promisc: false,
  ipv4: none,
  ipv6: none,
  ...more,
});
const guests = {
  vnet0: link('vnet0', 'tun', { controller: 'virbr50' }),
  vnet1: link('vnet1', 'tun', { controller: 'br0' }),
  macvtap0: link('macvtap0', 'macvtap', { parent: 'eth1' }),
};

const view = (one: NetworkState | undefined) =>
  one && { stored: one.stored?.model, live: one.live?.model, autostart: one.autostart };

/** Runs the task on the model. All steps must be taken, the outcome be as wanted and predicted, and a second run empty. */
function converge(
  libvirt: ModelLibvirt,
  task: NetworkParams,
  links: HostState['links'],
): 'refused' | 'pending' | 'done' {
  const before = libvirt.state(links);
  const goal = network.goal(task, before, settings);
  const plan = networksPlanner.plan(before, goal, context);
  if (plan.refused) {
    expect(plan.steps).toEqual([]);
    return 'refused';
  }
  for (const step of plan.steps) if (step.argv[0] === 'virsh') libvirt.run(step);
  const after = libvirt.state(links);
  expect(networksPlanner.verify(goal, plan, after)).toEqual([]);
  const name = task.name!;
  expect(
    differences(
      view(plan.predicted.libvirt.model!.networks[name]),
      view(after.libvirt.model!.networks[name]),
    ),
  ).toEqual([]);
  const again = networksPlanner.plan(after, network.goal(task, after, settings), context);
  expect(again.steps).toEqual([]);
  expect(again.diff).toEqual([]);
  const byField = (a: Pending, b: Pending) => (a.field < b.field ? -1 : 1);
  expect(sameValue(again.pending.toSorted(byField), plan.pending.toSorted(byField))).toBe(true);
  return plan.pending.length > 0 ? 'pending' : 'done';
}

const ip = (more: object = {}) => [{ address: '10.9.1.1/24', ...more }];
const bridge = { name: 'virbr50' };

const definitions: Omit<NetworkParams, 'name'>[] = [
  { forward: { mode: 'nat' }, bridge, ips: ip() },
  {
    forward: { mode: 'nat', dev: 'eth1' },
    bridge,
    ips: ip({ dhcp: { ranges: [{ start: '10.9.1.9', end: '10.9.1.20' }] } }),
  },
  { forward: { mode: 'route' }, ips: ip() },
  { forward: { mode: 'open' }, bridge: { ...bridge, stp: false, delay: 2 }, ips: ip({ local_ptr: true }) },
  {
    forward: { mode: 'isolated' },
    bridge,
    mtu: 1400,
    domain: { name: 'x.test' },
    dns: { enable: true, txt: [{ name: 'a', value: 'b' }] },
  },
  { forward: { mode: 'isolated' }, mac: '52:54:00:AA:00:01', ips: [], dns: { enable: false } },
  {
    forward: { mode: 'bridge' },
    bridge: { name: 'br0' },
    portgroups: [{ name: 'a' }, { name: 'b', default: true }],
  },
  { forward: { mode: 'bridge', interfaces: ['eth1', 'eth2'] }, portgroups: [{ name: 'a', default: true }] },
  { forward: { mode: 'passthrough', dev: 'eth2' }, trust_guest_rx_filters: true },
  { forward: { mode: 'vepa', interfaces: ['eth2', 'eth1'] }, port_isolated: true },
];
const restarts = [undefined, 'never', 'allow'] as const;
const states = ['active', 'defined', 'inactive', 'absent'] as const;

describe('a network converges on a model of libvirt', () => {
  it('from any definition and state to any other, with guests and without', () => {
    const outcomes = { refused: 0, pending: 0, done: 0 };
    for (const first of definitions) {
      for (const firstState of ['active', 'inactive'] as const) {
        const start = new ModelLibvirt();
        converge(start, { name: 'm', ...first, state: firstState }, {});
        for (const second of definitions) {
          for (const state of states) {
            for (const links of [{}, guests]) {
              const autostart = state === 'defined';
              for (const restart of links === guests ? restarts : [undefined]) {
                const task = { name: 'm', ...second, state, autostart, ...(restart && { restart }) };
                outcomes[converge(start.copy(), task, links)]++;
              }
            }
          }
        }
      }
    }
    expect(outcomes).toMatchInlineSnapshot(`
      {
        "done": 2253,
        "pending": 449,
        "refused": 498,
      }
    `);
  });

  it('in every field by itself, from every other value of it', () => {
    const base: NetworkParams = { name: 'm', forward: { mode: 'nat' }, bridge, ips: ip() };
    const hosts = [
      { mac: '52:54:00:00:00:01', ip: '10.9.1.2', name: 'a' },
      { mac: '52:54:00:00:00:02', ip: '10.9.1.3', name: 'b' },
      { mac: '52:54:00:00:00:01', ip: '10.9.1.3' },
      { ip: '10.9.1.2', name: 'b' },
      { ip: '10.9.1.4', name: 'c', lease: 300 },
    ];
    const ranges = [
      { start: '10.9.1.10', end: '10.9.1.19' },
      { start: '10.9.1.20', end: '10.9.1.29', lease: 600 },
      { start: '10.9.1.30', end: '10.9.1.39' },
    ];
    const dnsHosts = [
      { ip: '10.9.1.2', hostnames: ['a'] },
      { ip: '10.9.1.2', hostnames: ['b', 'a'] },
      { ip: '10.9.1.3', hostnames: ['b'] },
    ];
    const srv = [
      { service: 's', protocol: 'tcp' as const },
      { service: 's', protocol: 'tcp' as const, target: 't', port: 1 },
      { service: 's', protocol: 'tcp' as const, target: 't', port: 2 },
    ];
    const groups = [
      { name: 'a' },
      { name: 'a', default: true },
      { name: 'b', default: true },
      { name: 'b', trust_guest_rx_filters: true },
    ];
    const fields: Partial<NetworkParams>[][] = [
      choices(hosts, ['mac', 'ip', 'name']).map((list) => ({ ips: ip({ dhcp: { hosts: list } }) })),
      choices(hosts.slice(0, 3), ['mac', 'ip', 'name']).map((list) => ({
        ips: [{ address: '10.8.1.1/24' }, { address: 'fd00::1/64' }, ...ip({ dhcp: { hosts: list } })],
      })),
      choices(ranges, [], true).map((list) => ({ ips: ip({ dhcp: { ranges: list } }) })),
      choices(dnsHosts, ['ip']).map((list) => ({ dns: { hosts: list } })),
      choices(srv, []).map((list) => ({ dns: { srv: list } })),
      choices(groups, ['name', 'default']).map((list) => ({ portgroups: list })),
      [{ mtu: 1400 }, { mtu: 9000 }],
      [{ bridge: { stp: true } }, { bridge: { stp: false } }, { bridge: { delay: 3 } }],
      [
        { routes: [] },
        { routes: [{ to: '10.0.0.0/16', via: '10.9.1.2' }] },
        { routes: [{ to: '10.0.0.0/16', via: '10.9.1.3', metric: 2 }] },
      ],
      [
        { forward: { mode: 'nat', nat: { ports: { start: 1, end: 9 } } } },
        { forward: { mode: 'nat', dev: 'eth1' } },
        { forward: { mode: 'route' } },
      ],
    ];
    const outcomes = { refused: 0, pending: 0, done: 0 };
    for (const values of fields) {
      for (const from of values) {
        const start = new ModelLibvirt();
        converge(start, { ...base, ...from }, {});
        for (const to of values) {
          outcomes[converge(start.copy(), { name: 'm', ...to, restart: 'never' }, guests)]++;
        }
      }
    }
    expect(outcomes).toMatchInlineSnapshot(`
      {
        "done": 617,
        "pending": 55,
        "refused": 0,
      }
    `);
  });
});

/** All choices of items of which no two have the same value of a key; in every order, if it means something. */
function choices<T extends object>(items: readonly T[], keys: readonly string[], inOrder = false): T[][] {
  const clash = (a: T, b: T) =>
    keys.some((key) => Reflect.get(a, key) !== undefined && Reflect.get(a, key) === Reflect.get(b, key));
  const extend = (list: T[], rest: readonly T[]): T[][] => [
    list,
    ...rest.flatMap((item, index) => {
      const left = inOrder ? rest.filter((other) => other !== item) : rest.slice(index + 1);
      return list.some((other) => clash(item, other)) ? [] : extend([...list, item], left);
    }),
  ];
  return extend([], items);
}
