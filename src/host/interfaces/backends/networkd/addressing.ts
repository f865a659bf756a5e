import { canonicalAddress, canonicalCidr, familyOf } from '../../address.ts';
import type { Family, Route } from '../../link.ts';
import type { Profile, Rule, StoredFamily6 } from '../../profile.ts';
import { destination } from '../../wish.ts';
import { searchList } from './search.ts';
import type { Entry, Section } from './unit.ts';
import { parseBoolean, parseInteger } from './values.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What .network says about addressing, gathered entry by entry; what is not understood is returned as unknown. */
export class Addressing {
  readonly ipv4: Mutable<StoredFamily6> = {};
  readonly ipv6: Mutable<StoredFamily6> = {};

  /** Whether the entry of a section that is there once was understood. */
  take(section: string, { key, value }: Entry): boolean {
    switch (`${section}.${key}`) {
      case 'Network.DHCP':
        return this.dhcp(value);
      case 'Network.Address':
        return this.address(value);
      case 'Network.Gateway':
        return this.gateway(value);
      case 'Network.DNS':
        return this.dns(value);
      case 'Network.Domains':
        return this.domains(value);
      case 'Network.IPv6AcceptRA':
        return this.flag('ipv6', 'accept_ra', value, Number);
      case 'IPv6AcceptRA.UseAutonomousPrefix':
        return this.flag('ipv6', 'autoconf', value);
      case 'DHCPv4.UseDNS':
        return this.flag('ipv4', 'peerdns', value);
      case 'DHCPv6.UseDNS':
        return this.flag('ipv6', 'peerdns', value);
      // Written where there are no router advertisements to start it
      case 'DHCPv6.WithoutRA':
        return value === 'solicit';
      default:
        return false;
    }
  }

  /** Whether a section that may be there many times was understood, all of it. */
  takeWhole({ name, entries }: Section): boolean {
    const values = Object.fromEntries(entries.map(({ key, value }) => [key, value]));
    const has = (...keys: string[]): boolean => Object.keys(values).every((key) => keys.includes(key));
    if (name === 'Address') return has('Address') && this.address(values.Address ?? '');
    if (name === 'Route') {
      return (
        has('Destination', 'Gateway', 'Table', 'Metric', 'PreferredSource', 'Scope') && this.route(values)
      );
    }
    if (name !== 'RoutingPolicyRule') return false;
    return has('From', 'To', 'Table', 'Priority', 'Family') && this.rule(values);
  }

  private dhcp(value: string): boolean {
    const flag = parseBoolean(value);
    if (flag === undefined && value !== 'ipv4' && value !== 'ipv6') return false;
    if (flag || value === 'ipv4') this.ipv4.dhcp = true;
    if (flag || value === 'ipv6') this.ipv6.dhcp = true;
    if (flag === false) this.ipv4.dhcp = false;
    return true;
  }

  private address(value: string): boolean {
    const cidr = canonicalCidr(value);
    if (cidr === undefined) return false;
    const family = this[familyOf(cidr)];
    family.addresses = [...(family.addresses ?? []), cidr];
    return true;
  }

  private gateway(value: string): boolean {
    const via = canonicalAddress(value);
    return via !== undefined && this.addRoute(familyOf(via), { to: 'default', via });
  }

  private dns(value: string): boolean {
    const servers = value.split(/\s+/).map(canonicalAddress);
    if (servers.some((server) => server === undefined)) return false;
    for (const server of servers as string[]) {
      const family = this[familyOf(server)];
      family.dns = { ...family.dns, servers: [...(family.dns?.servers ?? []), server] };
    }
    return true;
  }

  private domains(value: string): boolean {
    const { dns } = this.ipv4;
    this.ipv4.dns = { ...dns, search: [...(dns?.search ?? []), ...value.split(/\s+/)] };
    return true;
  }

  private flag(
    family: Family,
    key: 'accept_ra' | 'autoconf' | 'peerdns',
    value: string,
    convert: (flag: boolean) => unknown = (flag) => flag,
  ): boolean {
    const flag = parseBoolean(value);
    if (flag !== undefined) Object.assign(this[family], { [key]: convert(flag) });
    return flag !== undefined;
  }

  private addRoute(family: Family, route: Route): boolean {
    const have = this[family];
    const plain = route.to === 'default' && route.via !== undefined && Object.keys(route).length === 2;
    if (plain && have.gateway === undefined) have.gateway = route.via!;
    else have.routes = [...(have.routes ?? []), route];
    return true;
  }

  private route({ Destination, Gateway, Table, Metric, PreferredSource, Scope }: Record<string, string>) {
    const via = Gateway === undefined ? undefined : canonicalAddress(Gateway);
    const src = PreferredSource === undefined ? undefined : canonicalAddress(PreferredSource);
    const to = destination(Destination ?? 'default');
    const table = Table === undefined ? undefined : tableNumber(Table);
    const metric = Metric === undefined ? undefined : parseInteger(Metric);
    const broken =
      to === undefined ||
      (Gateway !== undefined && via === undefined) ||
      (PreferredSource !== undefined && src === undefined) ||
      (Table !== undefined && table === undefined) ||
      (Metric !== undefined && metric === undefined) ||
      (Scope !== undefined && Scope !== 'link') ||
      (Destination === undefined && via === undefined);
    if (broken) return false;
    const family = familyOf(via ?? Destination!);
    const usual = family === 'ipv6' ? 1024 : 0;
    return this.addRoute(family, {
      to,
      ...(via !== undefined && { via }),
      ...(table !== undefined && table !== 254 && { table }),
      ...(metric !== undefined && metric !== usual && { metric }),
      ...(src !== undefined && { src }),
    });
  }

  private rule({ From, To, Table, Priority, Family: which }: Record<string, string>): boolean {
    const from = From === undefined ? undefined : destination(From);
    const to = To === undefined ? undefined : destination(To);
    const table = Table === undefined ? undefined : tableNumber(Table);
    const priority = Priority === undefined ? undefined : parseInteger(Priority);
    const family = From ?? To ?? (which === 'ipv6' ? '::' : '0.0.0.0');
    if ((From && !from) || (To && !to) || (Table && table === undefined) || which === 'both') return false;
    const rule: Rule = {
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(table !== undefined && table !== 254 && { table }),
      ...(priority !== undefined && { priority }),
    };
    const have = this[familyOf(family)];
    have.rules = [...(have.rules ?? []), rule];
    return true;
  }
}

const TABLES: Readonly<Record<string, number>> = { default: 253, main: 254, local: 255 };
const tableNumber = (text: string): number | undefined =>
  Object.hasOwn(TABLES, text) ? TABLES[text] : parseInteger(text);

/** Lines of [Network] in a fixed order. */
export function networkLines({ ipv4 = {}, ipv6 = {} }: Pick<Profile, 'ipv4' | 'ipv6'>): string[] {
  const both = [ipv4, ipv6];
  const search = searchList({ ipv4, ipv6 });
  return [
    ...dhcpLine(ipv4.dhcp, ipv6.dhcp),
    ...acceptRaLine(ipv6),
    ...both.flatMap(({ addresses = [] }) => addresses.map((address) => `Address=${address}`)),
    ...both.flatMap(({ gateway }) => (gateway === undefined ? [] : [`Gateway=${gateway}`])),
    ...both.flatMap(({ dns = {} }) => (dns.servers ?? []).map((server) => `DNS=${server}`)),
    ...(search.length > 0 ? [`Domains=${search.join(' ')}`] : []),
  ];
}

function dhcpLine(v4: boolean | undefined, v6: boolean | undefined): string[] {
  if (v4 || v6) return [`DHCP=${v4 && v6 ? 'yes' : v4 ? 'ipv4' : 'ipv6'}`];
  return v4 === false ? ['DHCP=no'] : [];
}

/** Autoconfiguration is networkd's own, and needs it to listen even where packets are forwarded. */
function acceptRaLine({ accept_ra: accept, autoconf }: StoredFamily6): string[] {
  const value = accept ?? (autoconf ? 1 : undefined);
  return value === undefined ? [] : [`IPv6AcceptRA=${value === 0 ? 'no' : 'yes'}`];
}

/** Sections beside [Network]. */
export function addressingSections({
  ipv4 = {},
  ipv6 = {},
}: Pick<Profile, 'ipv4' | 'ipv6'>): [string, string[]][] {
  const yesNo = (key: string, value: boolean | undefined): string[] =>
    value === undefined ? [] : [`${key}=${value ? 'yes' : 'no'}`];
  const alone = ipv6.dhcp && ipv6.accept_ra === 0 ? ['WithoutRA=solicit'] : [];
  return [
    ['DHCPv4', yesNo('UseDNS', ipv4.peerdns)],
    ['DHCPv6', [...alone, ...yesNo('UseDNS', ipv6.peerdns)]],
    ['IPv6AcceptRA', yesNo('UseAutonomousPrefix', ipv6.autoconf)],
    ...(ipv4.routes ?? []).map((route): [string, string[]] => ['Route', routeLines(route, 'ipv4')]),
    ...(ipv6.routes ?? []).map((route): [string, string[]] => ['Route', routeLines(route, 'ipv6')]),
    ...(ipv4.rules ?? []).map((rule): [string, string[]] => ['RoutingPolicyRule', ruleLines(rule, 'ipv4')]),
    ...(ipv6.rules ?? []).map((rule): [string, string[]] => ['RoutingPolicyRule', ruleLines(rule, 'ipv6')]),
  ];
}

/** networkd has no `default`. */
const everything = (to: string, family: Family): string =>
  to !== 'default' ? to : family === 'ipv6' ? '::/0' : '0.0.0.0/0';

const routeLines = ({ to, via, table, metric, src }: Route, family: Family): string[] => [
  `Destination=${everything(to, family)}`,
  ...(via === undefined ? [] : [`Gateway=${via}`]),
  ...(table === undefined ? [] : [`Table=${table}`]),
  ...(metric === undefined ? [] : [`Metric=${metric}`]),
  ...(src === undefined ? [] : [`PreferredSource=${src}`]),
];

const ruleLines = ({ from, to, table, priority }: Rule, family: Family): string[] => [
  ...(from === undefined ? [] : [`From=${everything(from, family)}`]),
  ...(to === undefined ? [] : [`To=${everything(to, family)}`]),
  ...(from === undefined && to === undefined ? [`Family=${family}`] : []),
  ...(table === undefined ? [] : [`Table=${table}`]),
  ...(priority === undefined ? [] : [`Priority=${priority}`]),
];
