import { familyOf } from '../../address.ts';
import type { BackendFacts, Profile, StoredFamily6 } from '../../profile.ts';
import { ruleWords } from '../rules.ts';
import { BONDING, bridging, spell } from './options.ts';
import { MARKER, type Part } from './path.ts';
import { routeLine } from './routes.ts';
import { assignment } from './variables.ts';

/** Contents of the files of a definition; those that would be empty are left out. */
export function render(
  profile: Profile,
  controller: Profile | undefined,
  facts: BackendFacts,
): Partial<Record<Part, string>> {
  const { name, ipv4 = {}, ipv6 = {}, extra = [] } = profile;
  const lines = (part: string, items: readonly string[]): string | undefined => {
    const all = [
      ...items,
      ...extra.filter((text) => text.startsWith(`${part} `)).map((text) => text.slice(part.length + 1)),
    ];
    return all.length === 0 ? undefined : `${MARKER}\n${all.join('\n')}\n`;
  };
  const routes = ({ routes: all = [] }: StoredFamily6): string[] =>
    all.map((route) => routeLine(route, name));
  const rules = ({ rules: all = [] }: StoredFamily6): string[] =>
    all.map((rule) => ruleWords(rule).join(' '));
  const parts: Record<Part, string | undefined> = {
    ifcfg: variables(profile, controller, facts),
    route: lines('route', routes(ipv4)),
    route6: lines('route6', routes(ipv6)),
    rule: lines('rule', rules(ipv4)),
    rule6: lines('rule6', rules(ipv6)),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, content]) => content !== undefined));
}

type Pair = readonly [key: string, value: string | number];
const yesNo = (flag: boolean): string => (flag ? 'yes' : 'no');

/** Pairs for values that are stated. */
const stated = (...pairs: readonly (readonly [key: string, value: string | number | undefined])[]): Pair[] =>
  pairs.filter((pair): pair is Pair => pair[1] !== undefined);

function variables(profile: Profile, controller: Profile | undefined, facts: BackendFacts): string {
  const { name, kind, mtu, mac, label, uuid, promisc, extra = [] } = profile;
  // A port is started when what it belongs to is
  const onboot = profile.onboot ?? controller?.onboot ?? 'onboot';
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid ?? '');
  const pairs: Pair[] = [
    ['DEVICE', name],
    ...(extra.some((text) => text.startsWith('NAME=')) ? [] : [['NAME', name] as const]),
    ['TYPE', { ethernet: 'Ethernet', bridge: 'Bridge', bond: 'Bond', vlan: 'Vlan' }[kind]],
    ...stated(['UUID', isUuid ? uuid : undefined]),
    ['ONBOOT', yesNo(onboot === 'onboot')],
    ...stated(['HOTPLUG', onboot === 'hotplug' ? 'yes' : undefined], ['MACADDR', mac], ['MTU', mtu]),
    ...(promisc === undefined
      ? []
      : [[facts.facts.nm === 'yes' ? 'ACCEPT_ALL_MAC_ADDRESSES' : 'PROMISC', yesNo(promisc)] as const]),
    ...member(profile, controller),
    ...ofKind(profile, facts),
    ...(profile.controller === undefined
      ? [...ipv4Pairs(profile.ipv4 ?? {}), ...ipv6Pairs(profile.ipv6)]
      : []),
    ...dnsPairs(profile),
  ];
  return [
    MARKER,
    ...(uuid !== undefined && !isUuid ? [`# uuid ${uuid}`] : []),
    ...(label === undefined ? [] : [`# label ${JSON.stringify(label)}`]),
    ...pairs.map(([key, value]) => assignment(key, value)),
    ...extra.filter((text) => /^[A-Za-z_][A-Za-z0-9_]*=/.test(text)),
    '',
  ].join('\n');
}

function member({ controller: name }: Profile, controller: Profile | undefined): Pair[] {
  if (name === undefined) return [];
  return controller?.kind === 'bond'
    ? [
        ['MASTER', name],
        ['SLAVE', 'yes'],
      ]
    : [['BRIDGE', name]];
}

function ofKind(
  { kind, parent, bridge = {}, bond = {}, vlan = {}, extra = [] }: Profile,
  facts: BackendFacts,
): Pair[] {
  const more = (key: string): string[] =>
    extra.filter((text) => text.startsWith(`${key} `)).map((text) => text.slice(key.length + 1));
  switch (kind) {
    case 'ethernet':
      return [];
    case 'bond':
      return [
        ['BONDING_MASTER', 'yes'],
        ['BONDING_OPTS', spell(BONDING, bond, more('BONDING_OPTS'))],
      ];
    case 'bridge': {
      const options = spell(bridging(facts.facts.nm === 'yes'), bridge, more('BRIDGING_OPTS'));
      return stated(
        ['STP', bridge.stp === undefined ? undefined : yesNo(Boolean(bridge.stp))],
        ['DELAY', bridge.forward_delay as number | undefined],
        ['BRIDGING_OPTS', options === '' ? undefined : options],
      );
    }
    case 'vlan':
      return [
        ['VLAN', 'yes'],
        ...stated(['PHYSDEV', parent], ['VLAN_ID', vlan.id as number | undefined]),
        ...(vlan.reorder_hdr === false
          ? ([
              ['REORDER_HDR', 'no'],
              ['VLAN_FLAGS', 'NO_REORDER_HDR'],
            ] as const)
          : []),
      ];
  }
}

function ipv4Pairs({ dhcp, peerdns, addresses = [], gateway }: StoredFamily6): Pair[] {
  return [
    ['BOOTPROTO', dhcp ? 'dhcp' : 'none'],
    ...stated(['PEERDNS', peerdns === undefined ? undefined : yesNo(peerdns)]),
    ...addresses.flatMap((cidr, index): Pair[] => {
      const [address = '', prefix = ''] = cidr.split('/');
      const number = index === 0 ? '' : String(index);
      return [
        [`IPADDR${number}`, address],
        [`PREFIX${number}`, prefix],
      ];
    }),
    ...stated(['GATEWAY', gateway]),
  ];
}

function ipv6Pairs(ipv6: StoredFamily6 | undefined): Pair[] {
  if (!ipv6) return [];
  const { dhcp, autoconf, peerdns, addresses = [], gateway } = ipv6;
  const [first, ...others] = addresses;
  return [
    ['IPV6INIT', 'yes'],
    ...stated(
      ['IPV6_AUTOCONF', autoconf === undefined ? undefined : yesNo(autoconf)],
      ['DHCPV6C', dhcp ? 'yes' : undefined],
      ['IPV6_PEERDNS', peerdns === undefined ? undefined : yesNo(peerdns)],
      ['IPV6ADDR', first],
      ['IPV6ADDR_SECONDARIES', others.length > 0 ? others.join(' ') : undefined],
      ['IPV6_DEFAULTGW', gateway],
    ),
  ];
}

function dnsPairs({ ipv4, ipv6 }: Profile): Pair[] {
  const servers = [...(ipv4?.dns?.servers ?? []), ...(ipv6?.dns?.servers ?? [])];
  const search = (family: StoredFamily6 | undefined): string | undefined => family?.dns?.search?.join(' ');
  return [
    ...servers.map((address, index): Pair => [`DNS${index + 1}`, address]),
    ...stated(['DOMAIN', search(ipv4)], ['IPV6_DOMAIN', search(ipv6)]),
  ];
}

/** Name servers of a family that has none of its addresses would be read back as the other's. */
export const strayServer = (profile: Profile): string | undefined =>
  (['ipv4', 'ipv6'] as const)
    .flatMap((family) =>
      (profile[family]?.dns?.servers ?? []).filter((address) => familyOf(address) !== family),
    )
    .at(0);
