/** How a host is reached before a fault, and what is changed about that. */

/** Where a host answers. With a gateway: only by way of the helper, from an address that the gateway leads to. */
export interface Place {
  readonly address: string;
  readonly prefix: number;
  readonly gateway?: string;
}

/** The addresses that are kept for a host. */
export interface Places {
  /** On the segment that this machine is on too */
  readonly direct: Place;
  readonly other: Place;
  readonly routed: Place;
  /** In VLAN 10 */
  readonly tagged: Place;
  /** Of another segment: nobody finds it here */
  readonly elsewhere: Place;
}

/** Module and parameters of a task. */
export interface Task {
  readonly module: 'iface' | 'bridge' | 'bond' | 'vlan';
  readonly params: Readonly<Record<string, unknown>>;
}

/** What carries the address before the change. */
export type Base = 'nic' | 'bridge' | 'bond' | 'stack';

export interface Change {
  readonly title: string;
  readonly base: Base;
  readonly from: keyof Places;
  readonly to: keyof Places;
  /** One task, or an atomic block of several */
  readonly tasks: readonly Task[];
  /** Of a change that must not come about: the right one, which is made afterwards */
  readonly right?: readonly Task[];
}

const task = (module: Task['module'], name: string, params: object): Task => ({
  module,
  params: { name, ...params },
});
const absent = (module: Task['module'], name: string): Task => task(module, name, { state: 'absent' });

const at = ({ address, prefix, gateway }: Place) => ({
  ipv4: { addresses: [`${address}/${prefix}`], ...(gateway === undefined ? {} : { gateway }) },
});

const nic = (place: Place, params: object = {}): Task => task('iface', 'eth1', { ...at(place), ...params });
const bridge = (place: Place, ports = ['eth1'], params: object = {}): Task =>
  task('bridge', 'br0', { stp: false, forward_delay: 2, ports, ...at(place), ...params });
const bond = (params: object): Task =>
  task('bond', 'bond0', { mode: 'active-backup', miimon: 100, ports: ['eth1', 'eth2'], ...params });
const stack = (place: Place, id: number, params: object = {}): Task[] => [
  bond({}),
  task('vlan', 'bond0.10', { parent: 'bond0', id }),
  task('bridge', 'br10', { stp: false, forward_delay: 2, ports: ['bond0.10'], ...at(place), ...params }),
];
const vlan = (place: Place, id: number): Task[] => [
  task('iface', 'eth1', { ipv4: { addresses: [], gateway: 'none' } }),
  task('vlan', 'eth1.10', { parent: 'eth1', id, ...at(place) }),
];

const onBase = (base: 'nic' | 'bridge' | 'bond', place: Place, params: object = {}): Task =>
  base === 'nic'
    ? nic(place, params)
    : base === 'bridge'
      ? bridge(place, ['eth1'], params)
      : bond({ ...at(place), ...params });

const CARRIERS = ['nic', 'bridge', 'bond'] as const;

/** Changes that come about unless something goes wrong. */
export function goodChanges({ direct, other, routed, tagged }: Places): Change[] {
  const here = { from: 'direct', to: 'direct' } as const;
  return [
    { title: 'NIC → bridge', base: 'nic', ...here, tasks: [bridge(direct)] },
    { title: 'NIC → bond', base: 'nic', ...here, tasks: [bond(at(direct))] },
    { title: 'bridge → NIC', base: 'bridge', ...here, tasks: [absent('bridge', 'br0'), nic(direct)] },
    { title: 'bond → NIC', base: 'bond', ...here, tasks: [absent('bond', 'bond0'), nic(direct)] },
    { title: 'bond under bridge', base: 'bridge', ...here, tasks: [bond({}), bridge(direct, ['bond0'])] },
    { title: 'bond mode', base: 'bond', ...here, tasks: [bond({ mode: 'balance-xor', ...at(direct) })] },
    ...CARRIERS.map((base) => ({
      title: `${base} renumbered`,
      base,
      from: 'direct' as const,
      to: 'other' as const,
      tasks: [onBase(base, other)],
    })),
    ...CARRIERS.map((base) => ({
      title: `${base} MTU`,
      base,
      ...here,
      tasks: [
        ...(base === 'bridge' ? [task('iface', 'eth1', { mtu: 1400 })] : []),
        onBase(base, direct, { mtu: 1400 }),
      ],
    })),
    { title: 'NIC → VLAN', base: 'nic', from: 'routed', to: 'tagged', tasks: vlan(tagged, 10) },
    {
      title: 'NIC → bond, VLAN, bridge',
      base: 'nic',
      from: 'routed',
      to: 'tagged',
      tasks: stack(tagged, 10),
    },
    {
      title: 'bond, VLAN, bridge → NIC',
      base: 'stack',
      from: 'tagged',
      to: 'routed',
      tasks: [
        absent('bridge', 'br10'),
        absent('vlan', 'bond0.10'),
        absent('bond', 'bond0'),
        nic(routed, { confirm_host: routed.address }),
      ],
    },
  ];
}

/** What can be wrong with a change itself, after which the host would not be found. */
export const MISTAKES = [
  'wrong VLAN',
  'wrong address',
  'wrong prefix',
  'gateway gone',
  'wrong port',
] as const;
export type Mistake = (typeof MISTAKES)[number];

export function wrongChanges(mistake: Mistake, places: Places): Change[] {
  const { direct, other, routed, tagged, elsewhere } = places;
  const here = { from: 'direct', to: 'direct' } as const;
  const moved = { from: 'direct', to: 'other' } as const;
  switch (mistake) {
    case 'wrong VLAN': {
      const way = { base: 'nic', from: 'routed', to: 'tagged' } as const;
      return [
        { title: 'NIC → VLAN', ...way, tasks: vlan(tagged, 99), right: vlan(tagged, 10) },
        { title: 'NIC → bond, VLAN, bridge', ...way, tasks: stack(tagged, 99), right: stack(tagged, 10) },
      ];
    }
    case 'wrong address':
      return [
        ...CARRIERS.map((base) => ({
          title: `${base} renumbered`,
          base,
          ...moved,
          tasks: [onBase(base, elsewhere)],
          right: [onBase(base, other)],
        })),
        { title: 'NIC → bridge', base: 'nic', ...here, tasks: [bridge(elsewhere)], right: [bridge(direct)] },
      ];
    case 'wrong prefix':
      return CARRIERS.map((base) => ({
        title: `${base} renumbered`,
        base,
        ...moved,
        tasks: [onBase(base, { ...direct, prefix: 32 })],
        right: [onBase(base, other)],
      }));
    case 'gateway gone': {
      const way = { base: 'nic', from: 'routed', to: 'routed' } as const;
      const right = [nic({ ...routed, gateway: OTHER_GATEWAY })];
      return ['none', '10.30.0.77'].map((gateway) => ({
        title: gateway === 'none' ? 'NIC without gateway' : 'NIC with another gateway',
        ...way,
        tasks: [nic({ ...routed, gateway })],
        right,
      }));
    }
    case 'wrong port':
      return [
        {
          title: 'NIC → bridge',
          base: 'nic',
          ...here,
          // Else it would be found where it was
          tasks: [task('iface', 'eth1', { ipv4: { addresses: [] } }), bridge(direct, ['eth3'])],
          right: [bridge(direct)],
        },
        {
          title: 'port of bridge',
          base: 'bridge',
          ...here,
          tasks: [bridge(direct, ['eth3'])],
          right: [bond({}), bridge(direct, ['bond0'])],
        },
      ];
  }
}

/** The helper's second address as a router. */
export const OTHER_GATEWAY = '10.30.0.2';

const EVERYTHING: readonly Task[] = [
  absent('bridge', 'br0'),
  absent('bridge', 'br10'),
  absent('vlan', 'eth1.10'),
  absent('vlan', 'bond0.10'),
  absent('bond', 'bond0'),
  absent('iface', 'eth2'),
  absent('iface', 'eth3'),
];

/** Tasks that bring a host from wherever the changes leave it to a base. */
export function baseTasks(base: Base, place: Place): readonly Task[] {
  const plain = { mtu: 1500, ipv4: { addresses: [], gateway: 'none' } };
  const still = { gateway: 'none', ...place };
  // Else it would have the one of whatever had the address before
  const mac = `02:77:62:ff:00:${Number(place.address.split('.')[3]).toString(16).padStart(2, '0')}`;
  const own: Record<Base, Task[]> = {
    nic: [nic(still, { mtu: 1500 })],
    bridge: [task('iface', 'eth1', plain), bridge(still, ['eth1'], { mtu: 1500, mac })],
    bond: [task('iface', 'eth1', plain), bond({ ...at(still), mtu: 1500 })],
    stack: [task('iface', 'eth1', plain), ...stack(still, 10, { mac })],
  };
  const kept = new Set(own[base].map(({ params }) => params.name));
  if (base === 'bond' || base === 'stack') kept.add('eth2');
  return [...EVERYTHING.filter(({ params }) => !kept.has(params.name)), ...own[base]];
}
