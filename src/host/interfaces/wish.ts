import { canonicalAddress, canonicalCidr, prefixOfNetmask } from './address.ts';
import type { Family, PortVlans, Route } from './link.ts';
import type { Dns, Rule, StartMode } from './profile.ts';

export type LinkState = 'active' | 'defined' | 'inactive' | 'absent';

/** What a task wants of one link: only what it states. */
export interface LinkWish {
  readonly name: string;
  readonly kind: 'ethernet' | 'bridge' | 'bond' | 'vlan';
  readonly state?: LinkState | undefined;
  readonly mtu?: number | undefined;
  readonly mac?: string | undefined;
  readonly label?: string | undefined;
  readonly promisc?: boolean | undefined;
  readonly ipv4?: FamilyWish | undefined;
  readonly ipv6?: FamilyWish | undefined;
  readonly parent?: string | undefined;
  /** Of a bridge or bond: the whole list, but for taps */
  readonly ports?: readonly string[] | undefined;
  /** Of the kind: BridgeOptions, BondOptions, VlanOptions */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** VLAN tables of a bridge's ports, or of itself, by name */
  readonly vlans?: Readonly<Record<string, PortVlans>> | undefined;
  readonly onboot?: StartMode | undefined;
  readonly uuid?: string | undefined;
  readonly how?: WishPolicy | undefined;
}

/** How to get it. */
interface WishPolicy {
  /** Who is to keep the definition; left out: who owns the interface today */
  readonly backend?: string | undefined;
  readonly adopt?: boolean | undefined;
  readonly guard?: 'auto' | 'always' | 'never' | undefined;
  /** Seconds */
  readonly confirmTimeout?: number | undefined;
  readonly confirmHost?: string | undefined;
}

/** In the kernel's own notation. */
export interface FamilyWish {
  readonly addresses?: readonly string[];
  readonly gateway?: string;
  readonly routes?: readonly Route[];
  readonly dhcp?: boolean;
  readonly peerdns?: boolean;
  readonly dns?: Dns;
  readonly rules?: readonly Rule[];
  readonly autoconf?: boolean;
  readonly accept_ra?: number;
}

/** Parameters that the four modules share, as they come from a playbook. */
export interface InterfaceParams {
  readonly state?: LinkState;
  readonly mtu?: number;
  readonly mac?: string;
  readonly label?: string;
  readonly ipv4?: FamilyParams;
  readonly ipv6?: FamilyParams;
  readonly onboot?: boolean | StartMode;
  readonly uuid?: string;
  readonly backend?: string;
  readonly adopt?: boolean;
  readonly guard?: 'auto' | 'always' | 'never';
  readonly confirm_timeout?: number;
  readonly confirm_host?: string;
}

interface FamilyParams {
  readonly addresses?: readonly (
    | string
    | { readonly address: string; readonly prefix?: number; readonly netmask?: string }
  )[];
  readonly gateway?: string;
  readonly routes?: readonly RouteParams[];
  readonly dhcp?: boolean | { readonly peerdns?: boolean };
  readonly dns?:
    | readonly string[]
    | { readonly servers?: readonly string[]; readonly search?: readonly string[] };
  readonly rules?: readonly RuleParams[];
  readonly autoconf?: boolean;
  readonly accept_ra?: boolean | 0 | 1 | 2;
}

interface RouteParams {
  readonly to: string;
  readonly via?: string;
  readonly dev?: string;
  readonly table?: number;
  readonly metric?: number;
  readonly src?: string;
}

interface RuleParams {
  readonly from?: string;
  readonly to?: string;
  readonly table?: number;
  readonly priority?: number;
}

/** The shared parameters in the kernel's notation. */
export function commonWish(params: InterfaceParams): Omit<LinkWish, 'name' | 'kind'> {
  return {
    state: params.state,
    mtu: params.mtu,
    mac: params.mac?.toLowerCase(),
    label: params.label,
    ipv4: params.ipv4 && familyWish('ipv4', params.ipv4),
    ipv6: params.ipv6 && familyWish('ipv6', params.ipv6),
    onboot: typeof params.onboot === 'boolean' ? (params.onboot ? 'onboot' : 'none') : params.onboot,
    uuid: params.uuid?.toLowerCase(),
    how: {
      backend: params.backend,
      adopt: params.adopt,
      guard: params.guard,
      confirmTimeout: params.confirm_timeout,
      confirmHost: params.confirm_host,
    },
  };
}

function familyWish(family: Family, params: FamilyParams): FamilyWish {
  const { addresses, gateway, routes, accept_ra, dhcp, dns, rules, autoconf } = params;
  return {
    ...(autoconf !== undefined && { autoconf }),
    ...(dhcp !== undefined && { dhcp: dhcp !== false }),
    ...(typeof dhcp === 'object' && dhcp.peerdns !== undefined && { peerdns: dhcp.peerdns }),
    ...(dns && { dns: dnsWish(dns) }),
    ...(rules && { rules: rules.map((rule) => ruleOf(rule)) }),
    ...(addresses && { addresses: [...new Set(addresses.map((item) => addressCidr(item) ?? String(item)))] }),
    ...(gateway !== undefined && { gateway: canonicalAddress(gateway) ?? gateway }),
    ...(routes && { routes: routes.map((route) => routeOf(family, route)) }),
    ...(accept_ra !== undefined && { accept_ra: Number(accept_ra) }),
  };
}

function dnsWish(dns: NonNullable<FamilyParams['dns']>): Dns {
  const { servers, search } = 'length' in dns ? { servers: dns, search: undefined } : dns;
  return {
    ...(servers && { servers: servers.map((server) => canonicalAddress(server) ?? server) }),
    ...(search && { search }),
  };
}

function ruleOf({ from, to, table, priority }: RuleParams): Rule {
  return {
    ...(from !== undefined && { from: destination(from) ?? from }),
    ...(to !== undefined && { to: destination(to) ?? to }),
    ...(table !== undefined && table !== 254 && { table }),
    ...(priority !== undefined && { priority }),
  };
}

/** One item of `addresses` in CIDR notation; undefined if it is no address, or says no prefix length. */
export function addressCidr(item: unknown): string | undefined {
  if (typeof item === 'string') return canonicalCidr(item);
  if (typeof item !== 'object' || item === null) return undefined;
  const { address, prefix, netmask } = item as { address?: unknown; prefix?: unknown; netmask?: unknown };
  const length = prefix ?? (typeof netmask === 'string' ? prefixOfNetmask(netmask) : undefined);
  return typeof length === 'number' ? canonicalCidr(`${String(address)}/${length}`) : undefined;
}

/** Where a route leads, in the kernel's notation; undefined if that is no network. */
export function destination(to: string): string | undefined {
  if (to === 'default' || to === '0.0.0.0/0' || to === '::/0') return 'default';
  return canonicalCidr(to.includes('/') ? to : `${to}/${to.includes(':') ? 128 : 32}`);
}

function routeOf(family: Family, { to, via, table, metric, src }: RouteParams): Route {
  const usual = family === 'ipv6' ? 1024 : 0;
  return {
    to: destination(to) ?? to,
    ...(via !== undefined && { via: canonicalAddress(via) ?? via }),
    ...(table !== undefined && table !== 254 && { table }),
    ...(metric !== undefined && metric !== usual && metric !== 0 && { metric }),
    ...(src !== undefined && { src: canonicalAddress(src) ?? src }),
  };
}
