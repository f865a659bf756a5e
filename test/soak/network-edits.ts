/** Random edits of networks: of any field, between any modes the kernel can do, with guests on them and without. */
import type { NetworkParams } from '../../src/modules/network/index.ts';
import type { Random } from './random.ts';

/** Networks that the edits are of; guests are on the first. */
export const edited = ['soak0', 'soak1', 'soak2'] as const;

const ranges = [
  { start: 10, end: 20 },
  { start: 30, end: 40, lease: 3600 },
  { start: 50, end: 60, lease: 0 },
];
const macs = ['52:54:00:aa:00:01', '52:54:00:AA:00:02', '52:54:00:aa:00:03'];
const names = ['web', 'db', 'mail'];

/** A task for one of the networks. Each has a subnet and bridge of its own, and now and then another. */
export function randomEdit(random: Random): NetworkParams {
  const index = random.below(edited.length);
  const name = edited[index]!;
  const fields = Object.assign({}, ...some(random, fieldsOf(random, index), 1 + random.below(3)));
  const state = random.pick(['active', 'active', 'active', 'active', 'defined', 'inactive'] as const);
  if (random.chance(6)) return { name, state: 'absent', force: index > 0 };
  return {
    name,
    state,
    ...(random.chance(20) && { autostart: random.chance(50) }),
    ...(random.chance(35) && { restart: random.pick(['allow', 'never'] as const) }),
    ...fields,
  };
}

function some<T>(random: Random, list: readonly (() => T)[], count: number): T[] {
  return Array.from({ length: count }, () => random.pick(list)());
}

type Fields = Omit<NetworkParams, 'name'>;

function fieldsOf(random: Random, index: number): readonly (() => Fields)[] {
  const subnet = 10 * (index + 1) + random.below(2);
  const dhcp = () => ({
    ranges: ranges
      .filter(() => random.chance(40))
      .map(({ start, end, ...lease }) => ({
        start: `10.${subnet}.1.${start}`,
        end: `10.${subnet}.1.${end}`,
        ...lease,
      })),
    hosts: shuffled(random, macs)
      .filter(() => random.chance(50))
      .map((mac, at) => ({
        ip: `10.${subnet}.1.${100 + at}`,
        mac,
        ...(random.chance(50) && { name: names[at] }),
        ...(random.chance(30) && { lease: 600 }),
      })),
  });
  const ips = (): Fields => ({
    ips: [
      { address: `10.${subnet}.1.1/24`, ...(random.chance(80) && { dhcp: dhcp() }) },
      ...(random.chance(30) ? [{ address: `fd00:${subnet}::1/64` }] : []),
    ],
  });
  const own = (mode: 'nat' | 'route' | 'open' | 'isolated') => (): Fields => ({
    forward: { mode },
    bridge: { name: `virbr9${index}` },
    ...ips(),
  });
  return [
    own('nat'),
    own('route'),
    own('open'),
    own('isolated'),
    () => ({ forward: { mode: 'bridge' }, bridge: { name: 'br0' } }),
    () => ({ forward: { mode: 'bridge', interfaces: some(random, [() => 'eth1'], 1) } }),
    () => ({ forward: { mode: random.pick(['private', 'vepa', 'passthrough'] as const), dev: 'eth1' } }),
    ...Array.from({ length: 8 }, () => ips),
    () => ({ mtu: random.pick([1280, 1400, 1500, 9000]) }),
    () => ({ bridge: { name: `virbr9${index}`, stp: random.chance(50), delay: random.below(4) } }),
    () => ({ domain: { name: random.pick(['a.test', 'b.test']), local_only: random.chance(50) } }),
    () => ({ ipv6: random.chance(50) }),
    () => ({ mac: random.pick(['52:54:00:00:99:01', '52:54:00:00:99:02']) }),
    () => ({ trust_guest_rx_filters: random.chance(50) }),
    () => ({ port_isolated: random.chance(50) }),
    () => ({ routes: random.chance(50) ? [] : [{ to: '10.200.0.0/16', via: `10.${subnet}.1.9` }] }),
    () => ({ dnsmasq_options: random.chance(50) ? [] : ['log-queries'] }),
    () => ({ dns: { txt: names.filter(() => random.chance(50)).map((name) => ({ name, value: 'a, b' })) } }),
    () => ({
      dns: {
        hosts: names
          .filter(() => random.chance(50))
          .map((one, at) => ({ ip: `10.3.3.${at}`, hostnames: [one] })),
        srv: random.chance(50) ? [] : [{ service: 'ldap', protocol: 'tcp', target: 'db', port: 389 }],
      },
    }),
    () => ({ dns: { forwarders: random.chance(50) ? [] : [{ addr: '192.0.2.53', domain: 'x.test' }] } }),
    () => ({
      portgroups: names
        .filter(() => random.chance(50))
        .map((name, at) => ({ name, default: at === 0, trust_guest_rx_filters: random.chance(50) })),
    }),
    () => ({}),
  ];
}

const shuffled = <T>(random: Random, list: readonly T[]): T[] =>
  list
    .map((item) => [random.below(1000), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
