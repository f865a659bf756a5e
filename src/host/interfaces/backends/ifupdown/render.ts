import { quote } from '../../../../engine/transport/quote.ts';
import { contains } from '../../address.ts';
import type { Family, Route } from '../../link.ts';
import type { Profile, StoredFamily6 } from '../../profile.ts';
import { ruleWords } from '../rules.ts';
import { insteadOf, unlessThere } from './commands.ts';
import { BOND_OPTIONS, BRIDGE_OPTIONS, spellOptions } from './options.ts';
import { MADE_HOTPLUG, MARKER } from './path.ts';
import { isPortList } from './ports.ts';

/** What a definition must know of others. */
export interface Surroundings {
  /** Ports of the bridge or bond */
  readonly ports: readonly string[];
  /** Whether an interface has a stanza, so that ifup can bring it up */
  hasStanza(name: string): boolean;
}

interface Draft {
  readonly family: 'inet' | 'inet6';
  readonly method: string;
  readonly options: string[];
}

/** The file of a definition. */
export function render(profile: Profile, around: Surroundings): string {
  const { name, kind, uuid, onboot = 'onboot', extra = [] } = profile;
  // A device that ifup makes never appears by itself, so nothing would bring it up
  const isMade = onboot === 'hotplug' && kind !== 'ethernet';
  const start = { onboot: ['auto'], hotplug: [isMade ? 'auto' : 'allow-hotplug'], none: [] }[onboot];
  const selections = [...start, ...extra.filter((text) => !text.includes(' '))];
  const whole = extra.filter((text) => text.startsWith('iface '));
  return [
    MARKER,
    ...(uuid === undefined ? [] : [`# uuid ${uuid}`]),
    ...(isMade ? [MADE_HOTPLUG] : []),
    ...selections.map((word) => `${word} ${name}`),
    ...stanzas(profile, around).flatMap(({ family, method, options }) => [
      `iface ${name} ${family} ${method}`,
      ...options.map((option) => `    ${option}`),
    ]),
    ...whole,
    '',
  ].join('\n');
}

function stanzas(profile: Profile, around: Surroundings): readonly Draft[] {
  const { name, ipv4 = {}, ipv6 = {}, extra = [] } = profile;
  const inet = inetStanzas(ipv4);
  const kept = (family: string): string[] =>
    extra.filter((text) => text.startsWith(`${family} `)).map((text) => text.slice(family.length + 1).trim());
  const inet6 = inet6Stanzas(profile, kept('inet6'));
  const first = inet[0]!;
  first.options.push(...linkOptions(profile, first.method, around), ...kept('inet'));
  first.options.push(...sysctls(name, ipv6, inet6));
  addRoutes(name, 'ipv4', ipv4, inet, first);
  addRoutes(name, 'ipv6', ipv6, inet6, first);
  return [...inet, ...inet6];
}

/** Options of the link stand in the first, whichever method it has. */
function inetStanzas({ dhcp, addresses = [], dns }: StoredFamily6): Draft[] {
  const drafts = [
    ...(dhcp ? [draft('inet', 'dhcp')] : []),
    ...addresses.map((address) => draft('inet', 'static', `address ${address}`)),
  ];
  if (drafts.length === 0) drafts.push(draft('inet', 'manual'));
  drafts[0]!.options.push(...dnsOptions(dns));
  return drafts;
}

const draft = (family: Draft['family'], method: string, ...options: string[]): Draft => ({
  family,
  method,
  options,
});

function inet6Stanzas({ kind, ipv6 = {} }: Profile, kept: readonly string[]): Draft[] {
  const { dhcp, autoconf, accept_ra, addresses = [], dns } = ipv6;
  const stated = autoconf === undefined ? [] : [`autoconf ${Number(autoconf)}`];
  // A bridge may have no carrier for long: ifup would wait for its addresses, and fail
  const isPatient = kind === 'bridge' && !kept.some((text) => text.startsWith('dad-attempts'));
  const statics = [...stated, ...(isPatient ? ['dad-attempts 0'] : [])];
  const drafts = [
    ...(dhcp ? [draft('inet6', 'dhcp', ...stated)] : []),
    ...(autoconf && !dhcp ? [draft('inet6', 'auto')] : []),
    ...addresses.map((address) => draft('inet6', 'static', `address ${address}`, ...statics)),
  ];
  if (accept_ra !== undefined) drafts[0]?.options.push(`accept_ra ${accept_ra}`);
  const others = [...dnsOptions(dns), ...kept];
  if (drafts.length === 0 && others.length > 0) drafts.push(draft('inet6', 'manual'));
  drafts[0]?.options.push(...others);
  return drafts;
}

export const dnsOptions = (dns: StoredFamily6['dns']): string[] => [
  ...(dns?.servers?.length ? [`dns-nameservers ${dns.servers.join(' ')}`] : []),
  ...(dns?.search?.length ? [`dns-search ${dns.search.join(' ')}`] : []),
];

/** Of methods that have no options for them. */
function sysctls(name: string, { autoconf, accept_ra }: StoredFamily6, inet6: readonly Draft[]): string[] {
  if (inet6.some(({ method }) => method !== 'manual')) return [];
  const line = (key: string, value: number): string =>
    `up echo ${value} > /proc/sys/net/ipv6/conf/${name}/${key}`;
  return [
    ...(accept_ra === undefined ? [] : [line('accept_ra', accept_ra)]),
    ...(autoconf === undefined ? [] : [line('autoconf', Number(autoconf))]),
  ];
}

function linkOptions(profile: Profile, method: string, around: Surroundings): string[] {
  const { name, kind, mtu, mac, label, promisc } = profile;
  // dhcp has no such option, and that of a bridge would become that of its ports, too
  const byCommand = method === 'dhcp' || kind === 'bridge';
  const set = (...words: string[]): string => ['up ip link set dev', name, ...words].join(' ');
  return [
    ...(mac === undefined ? [] : [`hwaddress ${mac}`]),
    ...(mtu === undefined || byCommand ? [] : [`mtu ${mtu}`]),
    ...kindOptions(profile, around),
    ...(mtu === undefined || !byCommand ? [] : [set('mtu', String(mtu))]),
    ...(promisc === undefined ? [] : [set('promisc', promisc ? 'on' : 'off')]),
    ...(label === undefined ? [] : [set('alias', quote(label))]),
  ];
}

function kindOptions(profile: Profile, { ports, hasStanza }: Surroundings): string[] {
  const { name, kind, bridge = {}, bond = {}, extra = [] } = profile;
  const first = ports.filter(hasStanza).map((port) => `pre-up ifup ${port} || true`);
  // A pattern that people have put there is kept as it is
  const hasPattern = extra.some((text) => isPortList(text.split(' ')[1] ?? ''));
  const list = (key: string): string[] => (hasPattern ? [] : [`${key} ${ports.join(' ') || 'none'}`]);
  switch (kind) {
    case 'ethernet':
      return [];
    case 'vlan':
      return vlanOptions(profile, hasStanza);
    case 'bond':
      return [...first, ...list('bond-slaves'), ...spellOptions(BOND_OPTIONS, bond)];
    case 'bridge': {
      const { group_fwd_mask: mask, mcast_snooping: snooping } = bridge;
      const words = [
        ...(mask === undefined ? [] : ['group_fwd_mask', String(mask)]),
        ...(snooping === undefined ? [] : ['mcast_snooping', snooping ? '1' : '0']),
      ];
      // The bridge's hook deletes ports whose names look like those of VLANs: ifup must know that they are gone
      const gone = ports.filter((port) => hasStanza(port) && port.includes('.'));
      return [
        ...first,
        ...list('bridge_ports'),
        ...spellOptions(BRIDGE_OPTIONS, bridge),
        ...(words.length > 0 ? [`up ip link set dev ${name} type bridge ${words.join(' ')}`] : []),
        ...gone.map((port) => `post-down ifdown ${port} || true`),
      ];
    }
  }
}

function vlanOptions(
  { name, parent = '', vlan = {} }: Profile,
  hasStanza: Surroundings['hasStanza'],
): string[] {
  const { id, protocol = '802.1q', reorder_hdr = true } = vlan;
  if (name === `${parent}.${String(id)}` && protocol === '802.1q' && reorder_hdr) {
    return [`vlan-raw-device ${parent}`];
  }
  const isDotted = /\.\d+$/.test(name);
  const add = [
    `ip link add link ${parent} name ${name} type vlan id ${String(id)} protocol ${String(protocol)}`,
    ...(reorder_hdr ? [] : ['reorder_hdr off']),
  ].join(' ');
  return [
    hasStanza(parent) ? `pre-up ifup ${parent} || true` : `pre-up ip link set dev ${parent} up`,
    `pre-up ${isDotted ? insteadOf(name) : unlessThere(name)}${add}`,
    ...(isDotted ? [] : [`post-down ip link delete dev ${name}`]),
  ];
}

function addRoutes(
  name: string,
  family: Family,
  { gateway, routes = [], rules = [] }: StoredFamily6,
  drafts: readonly Draft[],
  first: Draft,
): void {
  const ip = family === 'ipv6' ? 'ip -6' : 'ip';
  const last = drafts.at(-1) ?? first;
  const reaches = ({ options: [address = ''] }: Draft): boolean =>
    gateway !== undefined && contains(address.replace('address ', ''), gateway);
  const statics = drafts.filter(({ method }) => method === 'static');
  const near = statics.find(reaches) ?? statics[0];
  if (gateway !== undefined && near) near.options.splice(1, 0, `gateway ${gateway}`);
  const byCommand: Route[] = gateway === undefined || near ? [] : [{ to: 'default', via: gateway }];
  for (const route of [...byCommand, ...routes]) {
    last.options.push(`up ${ip} route replace ${routeWords(route, name)}`);
  }
  for (const rule of rules) {
    last.options.push(`up ${ip} rule add ${ruleWords(rule).join(' ')} || true`);
    last.options.push(`down ${ip} rule del ${ruleWords(rule).join(' ')} || true`);
  }
}

function routeWords({ to, via, table, metric, src }: Route, name: string): string {
  const via4 = via === undefined ? [] : ['via', via];
  const optional = Object.entries({ table, metric, src }).filter(([, value]) => value !== undefined);
  return [to, ...via4, 'dev', name, ...optional.flat()].join(' ');
}
