import { canonicalAddress, canonicalCidr, familyOf } from '../../address.ts';
import type { Family, Route } from '../../link.ts';
import type { Profile, Rule, StoredFamily6 } from '../../profile.ts';
import { destination } from '../../wish.ts';
import { searchList, searchNote, splitSearch } from '../networkd/search.ts';
import { parseBoolean, parseInteger } from '../networkd/values.ts';
import { isList, isMapping, type Mapping, textsOf, type Value } from './definitions.ts';
import { noWord } from './options.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Families = Record<Family, Mutable<StoredFamily6>>;

/** Both families of a device, and what of it is not about addresses, or not understood. */
export function readAddressing(value: Mapping, notes: Readonly<Record<string, string>> | undefined) {
  const families: Families = { ipv4: {}, ipv6: {} };
  const rest: Record<string, Value> = {};
  for (const [key, item] of Object.entries(value)) {
    const left = takeKey(key, item, families);
    if (left !== undefined) rest[key] = left;
  }
  splitSearch(families, notes);
  if (notes?.accept_ra !== undefined) families.ipv6.accept_ra = Number(notes.accept_ra);
  if (notes?.autoconf !== undefined) families.ipv6.autoconf = notes.autoconf === 'true';
  const stated = Object.entries(families).filter(([, family]) => Object.keys(family).length > 0);
  return { families: Object.fromEntries(stated) as Pick<Profile, 'ipv4' | 'ipv6'>, rest };
}

/** What is left of a value; undefined: nothing. */
function takeKey(key: string, item: Value, { ipv4, ipv6 }: Families): Value | undefined {
  const flag = typeof item === 'string' ? parseBoolean(item) : undefined;
  switch (key) {
    case 'dhcp4':
      return setFlag(item, ipv4, { dhcp: flag });
    case 'dhcp6':
      return setFlag(item, ipv6, { dhcp: flag });
    case 'dhcp4-overrides':
      return takeOverrides(item, ipv4);
    case 'dhcp6-overrides':
      return takeOverrides(item, ipv6);
    case 'accept-ra':
      return setFlag(item, ipv6, { accept_ra: flag === undefined ? flag : Number(flag) });
    case 'gateway4':
    case 'gateway6':
      return takeRoute({ to: 'default', via: item }, { ipv4, ipv6 }) ? undefined : item;
    case 'addresses':
      return leftOf(item, (one) => takeAddress(one, { ipv4, ipv6 }));
    case 'routes':
      return leftOf(item, (one) => takeRoute(one, { ipv4, ipv6 }));
    case 'routing-policy':
      return leftOf(item, (one) => takeRule(one, { ipv4, ipv6 }));
    case 'nameservers':
      return takeNameservers(item, { ipv4, ipv6 });
    default:
      return item;
  }
}

function setFlag(
  item: Value,
  family: Mutable<StoredFamily6>,
  flag: { dhcp: boolean | undefined } | { accept_ra: number | undefined },
): Value | undefined {
  if (Object.values(flag).includes(undefined)) return item;
  Object.assign(family, flag);
  return undefined;
}

function leftOf(list: Value, take: (item: Value) => boolean): Value | undefined {
  if (!isList(list)) return list;
  const left = list.filter((item) => !take(item));
  return left.length > 0 ? left : undefined;
}

function takeOverrides(item: Value, family: Mutable<StoredFamily6>): Value | undefined {
  if (!isMapping(item)) return item;
  const { 'use-dns': useDns, ...rest } = item;
  const flag = typeof useDns === 'string' ? parseBoolean(useDns) : undefined;
  if (flag !== undefined) family.peerdns = flag;
  return Object.keys(rest).length > 0 ? rest : undefined;
}

function takeAddress(item: Value, families: Families): boolean {
  const cidr = typeof item === 'string' ? canonicalCidr(item) : undefined;
  if (cidr === undefined) return false;
  const family = families[familyOf(cidr)];
  family.addresses = [...(family.addresses ?? []), cidr];
  return true;
}

const texts = (item: Value, keys: readonly string[]): Record<string, string> | undefined =>
  isMapping(item) &&
  Object.entries(item).every(([key, value]) => keys.includes(key) && typeof value === 'string')
    ? (item as Record<string, string>)
    : undefined;

function takeRoute(item: Value, families: Families): boolean {
  const stated = texts(item, ['to', 'via', 'from', 'table', 'metric', 'scope']);
  if (!stated || (stated.scope !== undefined && (stated.scope !== 'link' || stated.via !== undefined)))
    return false;
  const via = stated.via === undefined ? undefined : canonicalAddress(stated.via);
  const src = stated.from === undefined ? undefined : canonicalAddress(stated.from);
  const to = destination(stated.to ?? '');
  const broken =
    to === undefined ||
    (stated.via !== undefined && via === undefined) ||
    (stated.from !== undefined && src === undefined) ||
    [stated.table, stated.metric].some(
      (number) => number !== undefined && parseInteger(number) === undefined,
    );
  if (broken) return false;
  const family = familyOf(via ?? stated.to!);
  const [table, metric] = [Number(stated.table ?? 254), Number(stated.metric ?? 0)];
  const route: Route = {
    to,
    ...(via !== undefined && { via }),
    ...(table !== 254 && { table }),
    ...(metric !== 0 && !(family === 'ipv6' && metric === 1024) && { metric }),
    ...(src !== undefined && { src }),
  };
  const have = families[family];
  const plain = to === 'default' && via !== undefined && Object.keys(route).length === 2;
  if (plain && have.gateway === undefined) have.gateway = via;
  else have.routes = [...(have.routes ?? []), route];
  return true;
}

function takeRule(item: Value, families: Families): boolean {
  const stated = texts(item, ['from', 'to', 'table', 'priority']);
  const address = stated?.from ?? stated?.to;
  if (!stated || address === undefined) return false;
  const [from, to] = [stated.from, stated.to].map((text) =>
    text === undefined ? undefined : destination(text),
  );
  const [table, priority] = [stated.table, stated.priority].map((text) =>
    text === undefined ? undefined : parseInteger(text),
  );
  const rule: Rule = {
    // Written where a rule has neither
    ...(from !== undefined && (from !== 'default' || to !== undefined) && { from }),
    ...(to !== undefined && { to }),
    ...(table !== undefined && table !== 254 && { table }),
    ...(priority !== undefined && { priority }),
  };
  const family = families[familyOf(address)];
  family.rules = [...(family.rules ?? []), rule];
  return true;
}

function takeNameservers(item: Value, families: Families): Value | undefined {
  if (!isMapping(item)) return item;
  const { addresses, search, ...rest } = item;
  const left = addresses === undefined ? undefined : leftOf(addresses, (one) => takeServer(one, families));
  const domains = textsOf(search);
  if (domains.length > 0) families.ipv4.dns = { ...families.ipv4.dns, search: domains };
  const kept = { ...rest, ...(left !== undefined && { addresses: left }) };
  return Object.keys(kept).length > 0 ? kept : undefined;
}

function takeServer(item: Value, families: Families): boolean {
  const server = typeof item === 'string' ? canonicalAddress(item) : undefined;
  if (server === undefined) return false;
  const family = families[familyOf(server)];
  family.dns = { ...family.dns, servers: [...(family.dns?.servers ?? []), server] };
  return true;
}

/** Keys of a device, in a fixed order, and what is kept in a comment. */
export function writeAddressing({ ipv4 = {}, ipv6 = {} }: Pick<Profile, 'ipv4' | 'ipv6'>) {
  const both: readonly (readonly [Family, StoredFamily6])[] = [
    ['ipv4', ipv4],
    ['ipv6', ipv6],
  ];
  const acceptRa = ipv6.accept_ra ?? (ipv6.autoconf ? 1 : undefined);
  if (ipv6.autoconf === false && acceptRa !== 0) throw noWord('ipv6.autoconf: false');
  const takesDns = ({ peerdns = true }: StoredFamily6): boolean => peerdns;
  if (ipv4.dhcp && ipv6.dhcp && takesDns(ipv4) !== takesDns(ipv6)) {
    throw noWord('another peerdns of ipv6 than of ipv4');
  }
  const search = searchList({ ipv4, ipv6 });
  const servers = both.flatMap(([, { dns }]) => [...(dns?.servers ?? [])]);
  const lists: [string, Value[]][] = [
    ['addresses', both.flatMap(([, { addresses = [] }]) => [...addresses])],
    ['routes', both.flatMap(([family, stored]) => routesOf(family, stored))],
    ['routing-policy', both.flatMap(([family, { rules = [] }]) => rules.map((rule) => ruleOf(family, rule)))],
  ];
  const value: Record<string, Value> = {
    ...(ipv4.dhcp !== undefined && { dhcp4: String(ipv4.dhcp) }),
    ...(ipv4.peerdns !== undefined && { 'dhcp4-overrides': { 'use-dns': String(ipv4.peerdns) } }),
    ...(ipv6.dhcp !== undefined && { dhcp6: String(ipv6.dhcp) }),
    ...(ipv6.peerdns !== undefined && { 'dhcp6-overrides': { 'use-dns': String(ipv6.peerdns) } }),
    ...(acceptRa !== undefined && { 'accept-ra': String(acceptRa !== 0) }),
    ...Object.fromEntries(lists.filter(([, list]) => list.length > 0)),
    ...(servers.length + search.length > 0 && {
      nameservers: {
        ...(servers.length > 0 && { addresses: servers }),
        ...(search.length > 0 && { search }),
      },
    }),
  };
  const notes: Record<string, string> = {
    ...(ipv6.accept_ra === 2 && { accept_ra: '2' }),
    ...(ipv6.autoconf !== undefined && { autoconf: String(ipv6.autoconf) }),
    ...searchNote({ ipv6 }),
  };
  return { value, notes };
}

function routesOf(family: Family, { gateway, routes = [] }: StoredFamily6): Mapping[] {
  const all = [...(gateway === undefined ? [] : [{ to: 'default', via: gateway }]), ...routes];
  return all.map(({ to, via, table, metric, src }: Route) => ({
    to: via === undefined ? everything(family, to) : to,
    ...(via === undefined ? { scope: 'link' } : { via }),
    ...(src !== undefined && { from: src }),
    ...(table !== undefined && { table: String(table) }),
    ...(metric !== undefined && { metric: String(metric) }),
  }));
}

const everything = (family: Family, to: string): string =>
  to !== 'default' ? to : family === 'ipv6' ? '::/0' : '0.0.0.0/0';

const ruleOf = (family: Family, { from, to, table, priority }: Rule): Mapping => ({
  // netplan wants one of them
  ...((from !== undefined || to === undefined) && { from: everything(family, from ?? 'default') }),
  ...(to !== undefined && { to: everything(family, to) }),
  ...(table !== undefined && { table: String(table) }),
  ...(priority !== undefined && { priority: String(priority) }),
});
