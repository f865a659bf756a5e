import type { Step } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';
import { withoutPrefix } from '../interfaces/address.ts';
import { optionWords } from '../interfaces/backends/iproute2/options.ts';
import { followsPort, needsMiimon } from '../interfaces/bond-mode.ts';
import { allRoutes } from '../interfaces/compare.ts';
import type { Family, Link, Links, Route } from '../interfaces/link.ts';
import { vlanOperations } from '../interfaces/port-vlans.ts';
import { own } from '../own.ts';
import { below } from './path.ts';
import * as scripts from './scripts.ts';

/**
 * Steps that put live links back as they were, from whatever state a failed or half-done change left them in, be it of
 * our making or a daemon's. They look first and do only what is missing; one that fails does not hurt the others.
 * Links that Wirebook cannot make (a NIC, a guest's tap) are put back where they are there.
 * @param touched Names of the links to put back; those that were not there before are deleted
 */
export function restoreSteps(before: Links, touched: ReadonlySet<string>): readonly Step[] {
  const links = lowerFirst(
    before,
    Object.values(before).filter(({ name }) => touched.has(name)),
  );
  const made = links.flatMap(identity);
  const bonds = links.filter(({ kind }) => kind === 'bond');
  const ports = links.filter(({ controller }) => controller !== undefined);
  const mtus = (some: readonly Link[]): string[] =>
    some.flatMap(({ name, mtu }) => (isUnknown(mtu) ? [] : [name, String(mtu)]));
  const macs = (some: readonly Link[]): string[] =>
    some.flatMap((link) => (hasOwnMac(before, link) ? [link.name, String(link.mac)] : []));
  const named = (some: readonly Link[]): string[] => some.map(({ name }) => name);

  return [
    loop(
      'delete links that were not there',
      scripts.DELETE,
      [...touched].filter((name) => !own(before, name)),
    ),
    loop('delete links that became others', scripts.DELETE_OTHERS, made),
    loop('make links that are gone', scripts.MAKE, made),
    loop('put back the modes of bonds', scripts.BOND_MODES, bonds.flatMap(bondMode)),
    loop(
      'take ports out of other controllers',
      scripts.RELEASE,
      links.flatMap(({ name, controller = '' }) => [name, controller]),
    ),
    ...links.flatMap(optionSteps),
    // A NIC may be too small for a bond's MTU as it is now
    loop('put back the MTUs of bonds', scripts.MTUS, mtus(bonds)),
    loop(
      'put ports back into their controllers',
      scripts.JOIN,
      ports.flatMap((port) => joining(before, port)),
    ),
    loop(
      'put back port options',
      scripts.PORT_FLAGS,
      ports.filter(({ controller }) => kindOf(before, controller) === 'bridge').flatMap(portFlags),
    ),
    ...links.flatMap(portFlagStep),
    ...bonds.flatMap(primaryStep),
    loop('put back MTUs', scripts.MTUS, mtus(links)),
    loop('put back MACs', scripts.MACS, macs(links)),
    loop(
      'put back labels',
      scripts.LABELS,
      links.flatMap(({ name, label = '', promisc }) => [name, label, promisc ? 'on' : 'off']),
    ),
    loop('put back IPv6 settings', scripts.SYSCTLS, links.flatMap(sysctls)),
    loop('bring links up', scripts.UP_OR_DOWN, named(links.filter(({ up }) => up)), 'up'),
    loop('take links down', scripts.UP_OR_DOWN, named(links.filter(({ up }) => !up).reverse()), 'down'),
    loop(
      'put back VLAN tables',
      scripts.VLAN_TABLES,
      links.flatMap((link) => vlanEntries(before, link)),
    ),
    loop('take away IPv4 addresses', scripts.NO_IPV4, named(links.filter((link) => isBare(link, 'ipv4')))),
    loop('take away IPv6 addresses', scripts.NO_IPV6, named(links.filter((link) => isBare(link, 'ipv6')))),
    ...links.flatMap((link) => addressSteps(link)),
    ...links.flatMap((link) => routeSteps(link)),
    loop('tell the neighbours', scripts.NEIGHBOURS, links.flatMap(neighbours)),
  ].flat();
}

/** One step for all links; none for none. */
function loop(title: string, script: string, values: readonly string[], ...first: readonly string[]): Step[] {
  return values.length === 0 ? [] : [{ title, argv: ['sh', '-c', script, 'sh', ...first, ...values] }];
}

/** A link comes after what it stands on and its ports. */
function lowerFirst(all: Links, some: readonly Link[]): Link[] {
  const depth = (link: Link, seen: readonly Link[]): number =>
    seen.includes(link)
      ? 0
      : Math.max(0, ...below(all, link).map((other) => 1 + depth(other, [...seen, link])));
  const depths = new Map(some.map((link) => [link, depth(link, [])]));
  return [...some].sort((a, b) => depths.get(a)! - depths.get(b)!);
}

const kindOf = (links: Links, name: string | undefined): string | undefined => own(links, name ?? '')?.kind;

/** What makes a virtual link the one it is: name, kind, and of a VLAN its parent, protocol and ID. */
function identity({ name, kind, parent, vlan }: Link): string[] {
  if (kind === 'bridge' || kind === 'bond') return [name, kind, '', '', ''];
  // A VLAN on a link of another network namespace could not be made again
  if (kind !== 'vlan' || parent === undefined || typeof vlan?.id !== 'number') return [];
  return [name, kind, parent, vlan.protocol === '802.1ad' ? '802.1ad' : '802.1Q', String(vlan.id)];
}

const bondMode = ({ name, bond = {} }: Link): string[] =>
  typeof bond.mode === 'string'
    ? [name, bond.mode, text(bond.fail_over_mac) || 'none', text(bond.lacp_rate) || 'slow']
    : [];

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A bridge that lost its ports has none but zeros, and of some bonds the kernel deals out the MACs itself. */
function hasOwnMac(before: Links, { mac, bond = {}, controller }: Link): boolean {
  const { mode, fail_over_mac } = own(before, controller ?? '')?.bond ?? {};
  const dealt = mode === 'balance-alb' || mode === 'balance-tlb' || fail_over_mac === 'follow';
  return mac !== NO_MAC && MAC.test(text(mac)) && !followsPort(bond) && !dealt;
}

const NO_MAC = '00:00:00:00:00:00';
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

function joining(before: Links, { name, controller = '', mac, permanentMac }: Link): string[] {
  const kind = kindOf(before, controller);
  if (kind === undefined) return [];
  return [name, controller, kind === 'bond' ? kind : 'other', text(permanentMac ?? mac)];
}

/** Each a command of its own where the kernel may refuse one for what another is. */
function optionSteps(link: Link): Step[] {
  const { name, kind, bridge, bond, vlan } = link;
  const set = (options: Readonly<Record<string, unknown>>): Step[] => {
    const known = Object.entries(options).filter(([, value]) => value !== undefined && !isUnknown(value));
    if (known.length === 0) return [];
    return [
      {
        title: `put back ${known.map(([option]) => option).join(', ')} of ${name}`,
        argv: [
          'ip',
          'link',
          'set',
          'dev',
          name,
          'type',
          kind,
          ...optionWords(kind, Object.fromEntries(known)),
        ],
      },
    ];
  };
  if (bridge) {
    const { stp, ...rest } = bridge;
    // The kernel takes a forward delay of less than two seconds only while STP is off
    return stp === true ? [...set(rest), ...set({ stp })] : [...set({ stp }), ...set(rest)];
  }
  if (bond) {
    const { miimon, updelay, downdelay, use_carrier, xmit_hash_policy } = bond;
    const { arp_interval, arp_targets, arp_validate } = bond;
    // Either monitor turns the other off
    const mii = miimon === 0 ? set({ miimon }) : set({ miimon, updelay, downdelay });
    const arp = needsMiimon(text(bond.mode)) ? [] : [...set({ arp_interval }), ...set({ arp_validate })];
    return [...mii, ...set({ arp_targets }), ...arp, ...set({ use_carrier }), ...set({ xmit_hash_policy })];
  }
  return vlan ? set({ reorder_hdr: vlan.reorder_hdr }) : [];
}

/** Guests that are isolated from each other must stay so. In the order of the script, with what the kernel has. */
const PORT_FLAGS: readonly (readonly [flag: string, usual: boolean])[] = [
  ...([
    ['hairpin', false],
    ['guard', false],
    ['root_block', false],
    ['fastleave', false],
  ] as const),
  ...([
    ['learning', true],
    ['flood', true],
    ['mcast_flood', true],
    ['isolated', false],
  ] as const),
];

const onOff = (value: boolean): string => (value ? 'on' : 'off');

const portFlags = ({ name, portFlags: have = {} }: Link): string[] => [
  name,
  ...PORT_FLAGS.map(([flag, usual]) => onOff(have[flag] ?? usual)),
];

/** Those that not every kernel has. */
function portFlagStep({ name, portFlags: have = {} }: Link): Step[] {
  const rare = Object.entries(have).filter(([flag]) => !PORT_FLAGS.some(([other]) => other === flag));
  if (rare.length === 0) return [];
  const words = rare.flatMap(([flag, on]) => [flag, onOff(on)]);
  const argv = ['ip', 'link', 'set', 'dev', name, 'type', 'bridge_slave', ...words];
  return [{ title: `put back port options of ${name}`, argv }];
}

const SET_PRIMARY = `file=/sys/class/net/$1/bonding/primary
read -r have <"$file"
[ "$have" = "$2" ] || printf '%s\\n' "$2" >"$file"`;

/** Only these modes have one. */
function primaryStep({ name, bond = {} }: Link): Step[] {
  if (!['active-backup', 'balance-tlb', 'balance-alb'].includes(text(bond.mode))) return [];
  const argv = ['sh', '-c', SET_PRIMARY, 'sh', name, text(bond.primary)];
  return [{ title: `put back the primary of ${name}`, argv }];
}

/** What had IPv6 addresses had IPv6. */
function sysctls({ name, ipv6 }: Link): string[] {
  const { accept_ra, autoconf, addresses, dynamic, linkLocal } = ipv6;
  const had = addresses.length + dynamic.length > 0 || (!isUnknown(linkLocal) && linkLocal.length > 0);
  return [
    ...(had ? [name, 'disable_ipv6', '0'] : []),
    ...(typeof accept_ra === 'number' ? [name, 'accept_ra', String(accept_ra)] : []),
    ...(typeof autoconf === 'boolean' ? [name, 'autoconf', autoconf ? '1' : '0'] : []),
  ];
}

const ALL_VLANS = Array.from({ length: 4094 }, (_, index) => index + 1);

/**
 * All other VLANs go, which nobody notices where there are none, and those that were there are set. An empty table is
 * read as none at all, as long as the host has tables.
 */
function vlanEntries(before: Links, given: Link): string[] {
  const hasTable = given.kind === 'bridge' || kindOf(before, given.controller) === 'bridge';
  const empty = hasTable && Object.values(before).some(({ vlans }) => vlans !== undefined);
  const link = empty ? { vlans: { tagged: [], untagged: [] }, ...given } : given;
  const from = (tagged: readonly number[]): Link => ({ ...link, vlans: { tagged, untagged: [] } });
  const gone = vlanOperations(link, from(ALL_VLANS)).filter(({ op }) => op === 'delete-vlans');
  return [...gone, ...vlanOperations(link, from([]))].flatMap((entry) => [
    entry.op === 'set-vlans' ? 'add' : 'del',
    entry.link,
    entry.first === entry.last ? String(entry.first) : `${entry.first}-${entry.last}`,
    entry.self ? 'self' : '',
    entry.op === 'set-vlans' && entry.pvid ? 'pvid' : '',
    entry.op === 'set-vlans' && entry.untagged ? 'untagged' : '',
  ]);
}

const FAMILIES = ['ipv4', 'ipv6'] as const;
const flag = (family: Family): string => (family === 'ipv4' ? '-4' : '-6');

/** No addresses and routes, so that all of them can go at once. */
const isBare = (link: Link, family: Family): boolean => {
  const { addresses, dynamic, learned } = link[family];
  return addresses.length + dynamic.length + learned.length + allRoutes(link[family]).length === 0;
};

function addressSteps(link: Link): Step[] {
  const { name } = link;
  return FAMILIES.filter((family) => !isBare(link, family)).flatMap((family) => {
    const { addresses, dynamic } = link[family];
    // The kernel puts the latest of IPv6 first
    const inOrder = family === 'ipv6' ? addresses.toReversed() : addresses;
    const values = [name, flag(family), String(dynamic.length), ...dynamic, ...inOrder];
    return loop(`put back the addresses of ${name}`, scripts.ADDRESSES, values);
  });
}

function routeSteps(link: Link): Step[] {
  const { name, up } = link;
  return FAMILIES.filter((family) => up && !isBare(link, family)).flatMap((family) => {
    const routes = [
      ...allRoutes(link[family]).map((route) => [route, 'p'] as const),
      ...link[family].learned.map((route) => [route, 'l'] as const),
    ];
    // What a gateway is reached over comes before it
    const direct = routes.filter(([{ via }]) => via === undefined);
    const sorted = [...direct, ...routes.filter((route) => !direct.includes(route))];
    const values = [name, flag(family), ...sorted.flatMap(([route, kind]) => [...routeWords(route), kind])];
    return loop(`put back the routes of ${name}`, scripts.ROUTES, values);
  });
}

const routeWords = ({ to, via = '', table, metric, src = '' }: Route): string[] => [
  to,
  via,
  table === undefined ? '' : String(table),
  metric === undefined ? '' : String(metric),
  src,
];

/** For each address of a link (IPv6 needs none, its neighbours ask), the first one with the gateway. */
function neighbours({ name, kind, up, ipv4, ipv6 }: Link): string[] {
  if (!up || kind === 'loopback') return [];
  const gateway = ipv4.gateway ?? ipv4.learned.find(({ to }) => to === 'default')?.via ?? ipv6.gateway ?? '';
  const addresses = [...ipv4.addresses, ...ipv4.dynamic].map(withoutPrefix);
  const told = gateway === '' || addresses.length > 0 ? addresses : [''];
  return told.flatMap((address, index) => [name, index === 0 ? gateway : '', address]);
}
