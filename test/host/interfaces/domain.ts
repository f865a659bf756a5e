import { ModelKernel } from './kernel/model-kernel.ts';
import type { Task } from './task.ts';

/** Ways to set up one part of the host; a state is one of each. */
const parts: Record<string, readonly string[][]> = {
  devices: [['ip link add e1 type veth peer name p1', 'ip link add e2 type veth peer name p2']],
  e1: [
    [],
    ['ip link set dev e1 up', 'ip addr add 10.0.0.1/24 dev e1', 'ip addr add 10.0.0.2/24 dev e1'],
    [
      ...['ip link set dev e1 mtu 9000', 'ip link set dev e1 up', 'ip addr add fd00::1/64 dev e1'],
      ...['ip addr add 10.0.0.1/24 dev e1', 'ip -4 route replace default via 10.0.0.9 dev e1'],
    ],
  ],
  x: [
    [],
    ['ip link add name x type bridge forward_delay 0'],
    [
      ...['ip link add name x type bridge', 'ip link set dev e1 master x', 'ip link set dev e2 master x'],
      ...['ip link set dev x up', 'ip link set dev x type bridge stp_state 1'],
      ...['ip addr add 10.0.1.1/24 dev x', 'ip -4 route replace 10.9.0.0/16 via 10.0.1.9 dev x metric 5'],
    ],
    ['ip link add name x type bond mode 802.3ad lacp_rate fast', 'ip link set dev e2 master x'],
    [
      ...[
        'ip link add name x type bond mode active-backup miimon 100 updelay 200',
        'ip link set dev e1 down',
      ],
      ...[
        'ip link set dev e1 master x',
        'ip link set dev e2 master x',
        'ip link set dev x type bond primary e1',
      ],
      ...['ip link set dev x mtu 8000', 'ip link set dev x up', 'ip addr add fd00:1::1/64 dev x'],
    ],
    [
      ...['ip link add name x type bond mode balance-xor arp_interval 200 arp_ip_target 10.0.0.9'],
      ...['ip link set dev e1 down', 'ip link set dev e1 master x', 'ip link set dev x up'],
      ...['ip addr add 10.0.0.3/24 dev x', 'ip -4 route replace default via 10.0.0.9 dev x'],
    ],
    ['ip link set dev e1 up', 'ip link add link e1 name x type vlan id 7', 'ip link set dev x mtu 1400'],
    [
      ...['ip link set dev e2 up', 'ip link add link e2 name x type vlan id 7', 'ip link set dev x up'],
      ...['ip link set dev x alias seven', 'ip addr add 10.0.1.1/24 dev x'],
    ],
  ],
  v: [
    [],
    [
      ...['ip link set dev x up', 'ip link add link x name v type vlan id 5', 'ip link set dev v up'],
      ...['ip addr add 10.0.2.1/24 dev v', 'ip -4 route replace default via 10.0.2.9 dev v'],
      "sh -c 'echo${IFS}$1>$2' sh 0 /proc/sys/net/ipv6/conf/v/accept_ra",
    ],
    ['ip link add link e1 name v type vlan id 5', 'ip link set dev v address 02:00:00:00:00:99'],
  ],
  y: [
    [],
    [
      ...['ip link add name y type bridge vlan_filtering 1', 'ip link set dev y up'],
      ...['ip link set dev v master y', 'bridge vlan add dev v vid 20 pvid untagged'],
      'bridge vlan add dev v vid 10-12',
    ],
    ['ip link add name y type bridge', 'ip link set dev y mtu 1300', 'ip link set dev e2 master y'],
    [
      ...['ip link add name y type bridge', 'ip link set dev y up', 'ip link set dev x master y'],
      'ip addr add 10.0.0.1/24 dev y',
    ],
    [
      'ip link set dev x up',
      'ip link add link x name y type vlan id 9 protocol 802.1ad',
      'ip link set dev y up',
    ],
    [
      ...['ip link add name y type bond mode active-backup fail_over_mac active', 'ip link set dev e2 down'],
      ...['ip link set dev e2 master y', 'ip link set dev y mtu 1400'],
    ],
  ],
};

export const tasks: readonly Task[] = [
  ['bridge', { name: 'x' }],
  ['bridge', { name: 'x', state: 'absent' }],
  ['bridge', { name: 'x', state: 'inactive' }],
  ['bridge', { name: 'x', ports: [] }],
  ['bridge', { name: 'x', ports: ['e1'], ipv4: { addresses: ['10.0.0.1/24'], gateway: '10.0.0.9' } }],
  ['bridge', { name: 'x', ports: ['e1', 'e2'], mtu: 1400, stp: false, forward_delay: 0 }],
  ['bridge', { name: 'x', ports: ['e2'], mac: '02:00:00:00:00:77', stp: true, forward_delay: 4, mtu: 9000 }],
  ['bridge', { name: 'x', stp: true, ipv6: { addresses: ['fd00:5::1/64'], accept_ra: false } }],
  ['bridge', { name: 'y', ports: ['v'] }],
  [
    'bridge',
    { name: 'y', ports: ['x'], vlan_filtering: true, vlans: { x: { pvid: 10, tagged: ['20-22'] } } },
  ],
  ['bridge', { name: 'y', ports: ['e1', 'e2'], ipv4: { addresses: [] }, label: 'why' }],
  ['bond', { name: 'x' }],
  ['bond', { name: 'x', state: 'absent' }],
  ['bond', { name: 'x', state: 'inactive' }],
  ['bond', { name: 'x', ports: ['e1', 'e2'], mode: 1, primary: 'e2', miimon: 100 }],
  ['bond', { name: 'x', ports: ['e1'], mode: '802.3ad', lacp_rate: 'slow', xmit_hash_policy: 'layer3+4' }],
  ['bond', { name: 'x', mode: 'balance-alb', ports: ['e2'], mtu: 9000 }],
  ['bond', { name: 'x', mode: 'balance-xor', arp_interval: 200, arp_targets: ['10.0.0.9'] }],
  ['bond', { name: 'x', mode: 1, fail_over_mac: 'active', mtu: 1300 }],
  ['bond', { name: 'x', mode: 1, mac: '02:00:00:00:00:77', ports: ['e1', 'e2'] }],
  ['bond', { name: 'x', mode: 1, miimon: 50, updelay: 100, downdelay: 50, ports: ['e1', 'e2'] }],
  ['bond', { name: 'x', ports: ['e1', 'e2'], ipv4: { addresses: ['10.0.0.1/24'] } }],
  ['bond', { name: 'x', ports: [] }],
  ['bond', { name: 'y', ports: ['e1', 'v'], mac: '02:00:00:00:00:78' }],
  ['vlan', { name: 'x', parent: 'e1', id: 7 }],
  ['vlan', { name: 'x', parent: 'e2', id: 8, mac: '02:00:00:00:00:77', mtu: 1300 }],
  ['vlan', { name: 'x', id: 9 }],
  ['vlan', { name: 'x', state: 'absent' }],
  ['vlan', { name: 'v', parent: 'x', id: 5, mtu: 1500 }],
  ['vlan', { name: 'v', parent: 'x', id: 6, protocol: '802.1ad', reorder_hdr: false }],
  ['vlan', { name: 'v', parent: 'e1', tag: 5, ipv4: { addresses: ['10.0.2.1/24', '10.0.2.2/24'] } }],
  ['vlan', { name: 'v', device: 'y', tag: 5 }],
  ['vlan', { name: 'v', state: 'inactive' }],
  ['vlan', { name: 'v', state: 'absent' }],
  ['iface', { name: 'e1' }],
  ['iface', { name: 'e1', state: 'absent' }],
  ['iface', { name: 'e1', state: 'inactive' }],
  ['iface', { name: 'e1', mtu: 1000, promisc: true }],
  ['iface', { name: 'e1', mtu: 1400, mac: '02:00:00:00:00:66' }],
  ['iface', { name: 'e1', ipv4: { addresses: ['10.0.0.2/24', '10.0.0.3/24'], gateway: '10.0.0.8' } }],
  ['iface', { name: 'e1', ipv4: { gateway: 'none' }, ipv6: { addresses: [], autoconf: false } }],
  [
    'iface',
    { name: 'e1', ipv4: { addresses: ['10.0.5.1/24'], routes: [{ to: '10.8.0.0/16', via: '10.0.5.9' }] } },
  ],
];

const all: string[] = Object.values(parts).reduce<string[]>(
  (all, options) => all.flatMap((state) => options.map((more) => [state, ...more].join('\n'))),
  [''],
);

export function kernelIn(state: string): ModelKernel | undefined {
  try {
    return new ModelKernel(state);
  } catch {
    return undefined;
  }
}

/** Commands that make each state of the domain. */
export const states: readonly string[] = all.filter((state) => kernelIn(state));
