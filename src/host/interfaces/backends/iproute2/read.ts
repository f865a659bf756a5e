import { isIP } from 'node:net';
import { UNKNOWN } from '../../../../engine/unknown.ts';
import type { Addressing, Link, Links, PortVlans } from '../../link.ts';
import { attachedTo, portFlags } from './extras.ts';
import { isGateway, type ParsedRoute, parseRoutes, type RawRoute, tableNumbers } from './read-routes.ts';
import { bondOptions, bridgeOptions, type InfoData, vlanOptions } from './options.ts';

/** `ip -j -d addr show`, the fields that are read. */
export interface RawLink {
  readonly ifindex: number;
  readonly ifname: string;
  readonly altnames?: readonly string[];
  /** Lower link, or the peer of a veth */
  readonly link?: string | null;
  readonly link_netnsid?: number;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly max_mtu?: number;
  /** At the root */
  readonly qdisc?: string;
  /** Left out when there is none */
  readonly xdp?: unknown;
  readonly master?: string;
  readonly link_type?: string;
  readonly address?: string;
  readonly permaddr?: string;
  readonly ifalias?: string;
  readonly linkinfo?: {
    readonly info_kind?: string;
    readonly info_data?: InfoData;
    readonly info_slave_kind?: string;
    readonly info_slave_data?: Readonly<Record<string, unknown>> & { readonly perm_hwaddr?: string };
  };
  readonly addr_info?: readonly RawAddress[];
}

interface RawAddress {
  readonly family: string;
  readonly local?: string;
  /** The peer, of a point-to-point address */
  readonly address?: string;
  readonly prefixlen: number;
  readonly scope?: string;
  readonly dynamic?: boolean;
  readonly protocol?: string;
  readonly 'stable-privacy'?: boolean;
  readonly noprefixroute?: boolean;
}

/** `bridge -j vlan show`. */
export interface RawVlans {
  readonly ifname: string;
  readonly vlans: readonly {
    readonly vlan: number;
    readonly vlanEnd?: number;
    readonly flags?: readonly string[];
  }[];
}

export interface RawSections {
  readonly links: readonly RawLink[];
  readonly routes: readonly RawRoute[];
  readonly vlans: readonly RawVlans[];
  /** `ls -ld /sys/class/net/NAME/device[/driver]` */
  readonly devices: readonly string[];
  /** `VALUE /proc/sys/net/ipv6/conf/NAME/KEY` */
  readonly sysctls: readonly string[];
  /** `NUMBER NAME` of routing tables */
  readonly tables: readonly string[];
}

/** Kinds whose `link` is what they stand on; a veth's is its peer. */
const STANDS_ON = new Set(['vlan', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'vxlan', 'macsec', 'ipoib']);

/** The live links from what iproute2, sysfs and procfs say. Pure. */
export function parseLinks(raw: RawSections): Links {
  const routes = parseRoutes(raw.routes, tableNumbers(raw.tables));
  const vlans = new Map(raw.vlans.map((entry) => [entry.ifname, parseVlans(entry)]));
  const devices = parseDevices(raw.devices);
  const sysctls = parseSysctls(raw.sysctls);
  return Object.fromEntries(
    raw.links.map((link): [string, Link] => {
      const name = link.ifname;
      const ofLink = routes.get(name) ?? [];
      const portVlans = vlans.get(name);
      return [
        name,
        {
          ...parseLink(link),
          ...devices.get(name),
          ipv4: addressing(link, 'inet', ofLink),
          ipv6: { ...addressing(link, 'inet6', ofLink), ...sysctls.get(name) },
          ...(portVlans && { vlans: portVlans }),
        },
      ];
    }),
  );
}

function parseLink(raw: RawLink): Omit<Link, 'ipv4' | 'ipv6'> {
  const info = raw.linkinfo ?? {};
  const kind = info.info_kind ?? (raw.link_type === 'loopback' ? 'loopback' : 'ethernet');
  const attached = attachedTo(kind, raw);
  const permanent = info.info_slave_data?.perm_hwaddr ?? raw.permaddr;
  return {
    name: raw.ifname,
    kind,
    index: raw.ifindex,
    ...(raw.altnames?.length && { altnames: raw.altnames }),
    up: raw.flags.includes('UP'),
    mac: raw.address?.toLowerCase() ?? UNKNOWN,
    ...(permanent !== undefined && { permanentMac: permanent.toLowerCase() }),
    mtu: raw.mtu,
    ...(raw.max_mtu ? { maxMtu: raw.max_mtu } : {}),
    ...(raw.master !== undefined && { controller: raw.master }),
    // A parent in another namespace is no link of this host
    ...(typeof raw.link === 'string' && STANDS_ON.has(kind) && raw.link_netnsid === undefined
      ? { parent: raw.link }
      : {}),
    ...(raw.ifalias !== undefined && { label: raw.ifalias }),
    promisc: raw.flags.includes('PROMISC'),
    ...(attached.length > 0 && { attached }),
    ...(info.info_slave_kind === 'bridge' && portFlags(info.info_slave_data ?? {})),
    ...(kind === 'bridge' && { bridge: bridgeOptions(info.info_data ?? {}) }),
    ...(kind === 'bond' && { bond: bondOptions(info.info_data ?? {}) }),
    ...(kind === 'vlan' && { vlan: vlanOptions(info.info_data ?? {}) }),
  };
}

function addressing(link: RawLink, family: 'inet' | 'inet6', routes: readonly ParsedRoute[]): Addressing {
  const all = (link.addr_info ?? []).filter((address) => address.family === family);
  const own = routes.filter((route) => route.family === family);
  const permanent = own.filter((route) => !route.learned).map((route) => route.route);
  const gateway = permanent.find(isGateway)?.via;
  const list = (kind: ReturnType<typeof addressKind>): string[] =>
    all.flatMap((address) => {
      const text = addressText(address);
      return text !== undefined && addressKind(address) === kind ? [text] : [];
    });
  return {
    addresses: list('permanent'),
    dynamic: list('dynamic'),
    linkLocal: list('link-local'),
    ...(gateway !== undefined && { gateway }),
    routes: permanent.filter((route) => !isGateway(route)),
    learned: own.filter((route) => route.learned).map((route) => route.route),
  };
}

/** `ADDRESS/PREFIX`, or `ADDRESS peer PEER/PREFIX`, which is also how ip takes it back. */
function addressText({ local, address, prefixlen }: RawAddress): string | undefined {
  // The kernel writes addresses in one form only, so there is nothing to normalise on this hot path.
  if (local === undefined || isIP(local) === 0) return undefined;
  return address === undefined ? `${local}/${prefixlen}` : `${local} peer ${address}/${prefixlen}`;
}

/**
 * The kernel marks its link-local addresses only since 5.18, so the form of those it makes from a MAC counts too.
 * Those that NetworkManager makes have a route of their own; so have those that it was given, which are wanted then.
 */
function addressKind(address: RawAddress): 'permanent' | 'dynamic' | 'link-local' {
  if (address.dynamic) return 'dynamic';
  const local = address.local ?? '';
  if (!/^fe80:/i.test(local)) return 'permanent';
  const kernels =
    address.protocol === 'kernel_ll' ||
    address['stable-privacy'] ||
    address.noprefixroute ||
    /^fe80::.*ff:fe[^:]+:[^:]+$/i.test(local);
  return kernels ? 'link-local' : 'permanent';
}

function parseVlans(raw: RawVlans): PortVlans {
  const tagged: number[] = [];
  const untagged: number[] = [];
  let pvid: number | undefined;
  for (const { vlan, vlanEnd = vlan, flags = [] } of raw.vlans) {
    if (flags.includes('PVID')) pvid = vlan;
    for (let id = vlan; id <= vlanEnd; id++) (flags.includes('Egress Untagged') ? untagged : tagged).push(id);
  }
  const ascending = (ids: number[]): number[] => ids.sort((a, b) => a - b);
  return { ...(pvid !== undefined && { pvid }), tagged: ascending(tagged), untagged: ascending(untagged) };
}

function parseDevices(lines: readonly string[]): Map<string, { driver?: string; path?: string }> {
  const found = new Map<string, { driver?: string; path?: string }>();
  for (const line of lines) {
    const match = /\/sys\/class\/net\/([^/]+)\/device(\/driver)? -> (?:.*\/)?([^/]+)$/.exec(line);
    if (!match) continue;
    const [, name = '', driver, target = ''] = match;
    found.set(name, { ...found.get(name), [driver === undefined ? 'path' : 'driver']: target });
  }
  return found;
}

function parseSysctls(lines: readonly string[]): Map<string, { accept_ra?: number; autoconf?: boolean }> {
  const found = new Map<string, { accept_ra?: number; autoconf?: boolean }>();
  for (const line of lines) {
    const match = /^(-?\d+) \/proc\/sys\/net\/ipv6\/conf\/([^/]+)\/(accept_ra|autoconf)$/.exec(line);
    if (!match) continue;
    const [, value, name = '', key] = match;
    const read = key === 'accept_ra' ? { accept_ra: Number(value) } : { autoconf: value !== '0' };
    found.set(name, { ...found.get(name), ...read });
  }
  return found;
}
