import type { Random } from './random.ts';

/** Ends of veths play the NICs; n1 to n4 are bridges, bonds and VLANs of any kind; t1 is a guest's tap. */
const NICS = ['e1', 'e2', 'e3', 'e4'];
const OWN = ['n1', 'n2', 'n3', 'n4'];
/** All of which the mess makes something. */
export const ALL = [...NICS, ...OWN];

export const DEVICES = [
  ...NICS.flatMap((nic) => [
    `ip link add ${nic} type veth peer name p${nic}`,
    `ip link set dev p${nic} up`,
    `ip link set dev ${nic} up`,
  ]),
  'ip tuntap add t1 mode tap',
  'ip link set dev t1 up',
].join('\n');

/** Hosts as there are many, for things to happen to. */
export const HOSTS: readonly string[] = [
  '',
  `ip link add name n1 type bond mode active-backup miimon 100
ip link set dev e1 down
ip link set dev e2 down
ip link set dev e1 master n1
ip link set dev e2 master n1
ip link set dev n1 up
ip link set dev n1 type bond primary e2
ip link add link n1 name n2 type vlan id 20
ip link set dev n2 up
ip link add name n3 type bridge forward_delay 0
ip link set dev n2 master n3
ip link set dev t1 master n3
ip link set dev n3 up
ip addr add 10.0.0.1/24 dev n3
ip addr add 10.0.0.2/24 dev n3
ip addr add fd00:0::1/64 dev n3 nodad
ip route add default via 10.0.0.9 dev n3
ip route add 10.9.0.0/16 via 10.0.0.8 dev n3 table 100 metric 5`,
  `ip link add name n1 type bridge vlan_filtering 1 stp_state 1
ip link set dev e1 master n1
ip link set dev e2 master n1
ip link set dev t1 master n1
bridge vlan add dev e1 vid 10-12
bridge vlan add dev t1 vid 10 pvid untagged
bridge vlan add dev n1 vid 12 self
ip link set dev t1 type bridge_slave isolated on learning off
ip link set dev n1 up
ip link add link n1 name n2 type vlan id 12
ip link set dev n2 up mtu 1400
ip addr add 10.0.1.1/24 dev n2 valid_lft 500 preferred_lft 400
ip route add default via 10.0.1.9 dev n2 proto dhcp metric 20
ip addr add 10.0.2.1/24 dev n1`,
  `ip link add name n1 type bond mode 802.3ad lacp_rate fast xmit_hash_policy layer3+4
ip link set dev n1 mtu 9000
ip link set dev e1 down
ip link set dev e2 down
ip link set dev e1 master n1
ip link set dev e2 master n1
ip link add name n2 type bridge
ip link set dev n1 master n2
ip link set dev n1 up
ip link set dev n2 up
ip addr add 10.0.0.1/24 dev n2
ip -6 addr add fd00:1::1/64 dev n2 nodad
ip -6 route add default via fd00:1::9 dev n2
ip link add link e3 name n3 type vlan id 5
ip link add link n3 name n4 type vlan id 6
ip link set dev n4 address 02:00:00:00:00:77 up
ip addr add 10.0.1.1/24 dev n4`,
];

/** Every kind of damage to each of these hosts. */
export const DAMAGE: readonly string[] = [
  '',
  `ip link add name n4 type bridge
ip link set dev n1 type bond primary e1
ip link set dev e2 nomaster
ip link set dev e2 master n4
ip link set dev e1 nomaster
ip link set dev n1 down
ip link set dev n1 type bond mode balance-xor
ip link set dev n1 type bond miimon 0
ip link set dev n1 type bond arp_ip_target 10.0.0.7
ip link set dev n1 type bond arp_interval 300
ip link set dev n1 type bond xmit_hash_policy layer3+4
ip link set dev n1 mtu 1400
ip link set dev n1 address 02:00:00:00:00:55
ip link set dev e4 master n1
ip link delete dev n2
ip link add name n2 type bridge
ip link set dev n2 up
ip addr flush dev n3
ip addr add 10.0.0.2/24 dev n3
ip link set dev n3 type bridge stp_state 1 ageing_time 100 mcast_snooping 0
ip link set dev n3 alias mess
ip link set dev n3 promisc on
ip link set dev e3 down
ip addr add 10.0.0.1/24 dev e3
ip addr add fd00:0::1/64 dev e3 nodad
ip route add 10.9.0.0/16 dev e3 table 100 metric 5
echo 0 >/proc/sys/net/ipv6/conf/n3/accept_ra
echo 1 >/proc/sys/net/ipv6/conf/n3/disable_ipv6
ip route add 10.7.0.0/16 dev n3`,
  `bridge vlan del dev e1 vid 11
bridge vlan add dev e1 vid 20-30
bridge vlan add dev t1 vid 1 pvid untagged
bridge vlan del dev n1 vid 12 self
ip link set dev n1 type bridge stp_state 0 vlan_filtering 0 forward_delay 0
ip link set dev t1 nomaster
ip link set dev e2 nomaster
ip link set dev n2 mtu 1500
ip addr replace 10.0.1.1/24 dev n2
ip route replace default via 10.0.1.8 dev n2 proto dhcp metric 20
ip route add 10.6.0.0/16 via 10.0.1.8 dev n2 table 7
ip link delete dev n2
ip link add link n1 name n2 type vlan id 13
ip link set dev n2 up
ip link set dev n2 type vlan reorder_hdr off
ip link set dev e3 up mtu 1000
ip link set dev e4 address 02:00:00:00:00:66
ip link set dev e4 master n1
ip link set dev n1 down`,
  `ip link set dev n1 nomaster
ip link set dev n1 down
ip link set dev n1 type bond lacp_rate slow
ip link set dev n1 up
ip link set dev n1 mtu 1500
ip link set dev e1 mtu 1400
ip link set dev e2 address 02:00:00:00:00:57
ip link set dev n2 down
ip link set dev n3 up
ip link set dev n4 down
ip link set dev n4 address 02:00:00:00:00:78
ip link set dev n3 type vlan reorder_hdr off
ip link delete dev n4
ip link add link n1 name n4 type vlan id 6
ip link set dev n4 up
ip addr add fd00:2::1/64 dev n4 nodad
ip -6 route add fd0b::/64 via fd00:2::9 dev n4
ip -6 route replace default via fd00:2::8 dev n4 metric 5
ip -6 addr add fd00:5::1/64 dev e4 nodad`,
];

/** One line for ip, for bridge, or for a shell. */
export function script(lines: readonly string[]): string {
  const groups: { program: string; lines: string[] }[] = [];
  for (const line of lines) {
    const [, program = 'sh', rest = line] = /^(ip|bridge) (.*)$/.exec(line) ?? [];
    const last = groups.at(-1);
    if (last?.program === program) last.lines.push(rest);
    else groups.push({ program, lines: [rest] });
  }
  return groups
    .map(({ program, lines: some }) => {
      const command = program === 'sh' ? 'sh' : `${program} -force -batch -`;
      return `${command} 2>/dev/null <<'END'\n${some.join('\n')}\nEND`;
    })
    .join('\n');
}

/** Some command, which may well be refused. */
export function anyCommand(random: Random): string[] {
  const link = random.one(ALL);
  const made = random.one(OWN);
  const net = random.below(3);
  const set = (...words: string[]): string => `ip link set dev ${words.join(' ')}`;
  const choices: (() => string | string[])[] = [
    () => `ip link delete dev ${made}`,
    () => makeLink(random, made),
    () => makeLink(random, made),
    () => set(link, 'down'),
    () => set(link, 'up'),
    () => set(link, 'up'),
    () => set(link, 'nomaster'),
    () => set(link, 'type', 'bridge_slave', random.one(['isolated', 'hairpin']), 'on'),
    () => join(random, random.one([...ALL, 't1']), made),
    () => join(random, link, made),
    () => set(link, 'mtu', random.one(['1000', '1400', '1500', '9000'])),
    () => set(link, 'address', `02:00:00:00:0${random.below(4)}:0${random.below(9)}`),
    () => set(link, 'alias', random.one([`'a "b" $c'`, 'lan', `''`])),
    () => set(link, 'promisc', random.one(['on', 'off'])),
    () => set(made, 'type', 'bridge', ...bridgeOption(random)),
    () => set(made, 'type', 'bond', ...bondOption(random)),
    () => set(made, 'type', 'vlan', 'reorder_hdr', random.one(['on', 'off'])),
    () =>
      `ip addr add 10.0.${net}.${1 + random.below(4)}/${random.one(['24', '24', '32', '16'])} dev ${link} ${random.one(['', '', 'valid_lft 500 preferred_lft 400'])}`,
    () => `ip addr add 10.1.0.${random.below(3)} peer 10.1.0.9/32 dev ${link}`,
    () =>
      `ip addr add fd00:${net}::${1 + random.below(4)}/64 dev ${link} nodad ${random.one(['', '', 'valid_lft 500 preferred_lft 400'])}`,
    () => `ip addr flush dev ${link}`,
    () => `ip addr del 10.0.${net}.${1 + random.below(4)}/24 dev ${link}`,
    () => route(random, link, net),
    () => route(random, link, net),
    () => `ip route flush dev ${link}`,
    () =>
      `bridge vlan ${random.one(['add', 'add', 'del'])} dev ${link} vid ${random.one(['1', '5', '7-9', '10'])} ${random.one(['', '', 'pvid', 'untagged', 'pvid untagged'])}`,
    () => `bridge vlan ${random.one(['add', 'del'])} dev ${made} vid ${random.one(['1', '5', '9'])} self`,
    () => {
      const key = random.one([
        'accept_ra',
        'autoconf',
        'disable_ipv6',
        'use_tempaddr',
        'forwarding',
        'proxy_ndp',
      ]);
      return `echo ${random.below(2)} >/proc/sys/net/ipv6/conf/${link}/${key}`;
    },
    () => {
      const key = random.one(['rp_filter', 'arp_ignore', 'arp_announce', 'proxy_arp', 'forwarding', 'tag']);
      return `echo ${random.below(2)}${key === 'tag' ? '2' : ''} >/proc/sys/net/ipv4/conf/${link}/${key}`;
    },
    () => rule(random, link),
    () => rule(random, link),
    () =>
      `ip neigh replace 10.0.${net}.${7 + random.below(2)} lladdr 02:00:00:00:09:0${random.below(3)} dev ${link} nud permanent`,
    () => `ip neigh ${random.one(['add', 'del'])} proxy 10.0.${net}.7 dev ${link}`,
    () =>
      `ip neigh replace fd00:${net}::7 lladdr 02:00:00:00:09:0${random.below(3)} dev ${link} router nud permanent`,
    () => `ip neigh del 10.0.${net}.7 dev ${link}`,
    () =>
      `bridge fdb ${random.one(['replace', 'replace', 'del'])} 02:00:00:00:08:0${random.below(3)} dev ${random.one([link, 't1'])} master static ${random.one(['', 'vlan 5'])}`,
    () => `ip link property ${random.one(['add', 'add', 'del'])} dev ${link} altname alt${random.below(4)}`,
    () => manyWays(random, link, net),
  ];
  return [random.one(choices)()].flat();
}

function makeLink(random: Random, name: string): string {
  const mode = random.one(['balance-rr', 'active-backup', 'balance-xor', '802.3ad', 'balance-alb']);
  return random.one([
    `ip link add name ${name} type bridge forward_delay ${random.one(['0', '400', '1500'])}`,
    `ip link add name ${name} type bond mode ${mode} miimon ${random.one(['50', '100'])}`,
    `ip link add link ${random.one(ALL)} name ${name} type vlan id ${5 + random.below(3)} protocol ${random.one(['802.1Q', '802.1Q', '802.1ad'])}`,
  ]);
}

const join = (random: Random, port: string, controller: string): string[] => [
  ...(random.chance(50) ? [`ip link set dev ${port} down`] : []),
  `ip link set dev ${port} master ${controller}`,
];

const bridgeOption = (random: Random): string[] =>
  random.one([
    ['stp_state', random.one(['0', '1'])],
    ['forward_delay', random.one(['0', '400', '1500'])],
    ['vlan_filtering', random.one(['0', '1'])],
    ['priority', '4096'],
    ['ageing_time', '10000'],
    ['group_fwd_mask', '16384'],
    ['mcast_snooping', '0'],
  ]);

const bondOption = (random: Random): string[] =>
  random.one([
    ['mode', random.one(['1', '2', '4'])],
    ['primary', random.one(NICS)],
    ['miimon', random.one(['0', '50', '100'])],
    ['updelay', '200'],
    ['downdelay', '100'],
    ['arp_interval', random.one(['0', '200'])],
    ['arp_ip_target', random.one(['10.0.0.9', '10.0.0.8,10.0.0.9', `''`])],
    ['arp_validate', random.one(['none', 'all'])],
    ['lacp_rate', random.one(['fast', 'slow'])],
    ['xmit_hash_policy', random.one(['layer2', 'layer3+4'])],
    ['fail_over_mac', random.one(['none', 'active', 'follow'])],
  ]);

function route(random: Random, link: string, net: number): string {
  const to = random.one(['default', 'default', '10.9.0.0/16', '192.0.2.1', '10.8.0.0/16']);
  const more = random.one(['', '', 'metric 50', 'table 100', 'proto dhcp metric 20', 'proto static']);
  const via = random.chance(70) ? `via 10.0.${net}.9` : '';
  const to6 = random.one(['default', 'fd09::/64', 'fd0a::1']);
  const more6 = random.one(['', '', 'metric 50', 'table 100', 'proto ra', 'proto static']);
  const via6 = random.chance(70) ? `via fd00:${net}::9` : '';
  const most = random.one(['', '', '', 'mtu 1400', 'mtu lock 1300 advmss 1200']);
  return random.one([
    `ip route replace ${to} ${via} dev ${link} ${more} ${most}`,
    `ip -6 route replace ${to6} ${via6} dev ${link} ${more6}`,
  ]);
}

function rule(random: Random, link: string): string {
  const which = random.one([`iif ${link}`, `oif ${link}`, 'from 10.0.1.0/24', 'fwmark 0x1/0xff']);
  const table = random.one(['100', 'main', '7']);
  const choices = [`lookup ${table}`, `lookup ${table} suppress_prefixlength 0`, 'prohibit'];
  const verb = random.one(['add', 'add', 'del']);
  return `ip ${random.one(['-4', '-6'])} rule ${verb} pref ${100 + random.below(3)} ${which} ${random.one(choices)}`;
}

/** A route with two ways. */
function manyWays(random: Random, link: string, net: number): string {
  const other = random.one(ALL);
  const more = random.one(['', 'metric 7', 'table 100', 'proto static metric 8']);
  return random.one([
    `ip route replace 10.7.0.0/16 ${more} nexthop via 10.0.${net}.9 dev ${link} nexthop via 10.0.${(net + 1) % 3}.8 dev ${other} weight 3`,
    `ip -6 route replace fd0c::/64 ${more} nexthop via fd00:${net}::9 dev ${link} nexthop via fd00:${(net + 1) % 3}::8 dev ${other}`,
  ]);
}
