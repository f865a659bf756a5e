import { canonicalAddress, canonicalCidr, familyOf } from '../../address.ts';
import type { Family, Route } from '../../link.ts';
import type { Dns, Profile, Rule, StoredFamily, StoredFamily6 } from '../../profile.ts';
import { type Entries, isTrue, listItems } from './keyfile.ts';

/** Metric of routes that state none, by type of the device (NetworkManager(8), route-metric). */
const METRICS: Readonly<Record<Profile['kind'], number>> = {
  ethernet: 100,
  bond: 300,
  vlan: 400,
  bridge: 425,
};

/** What the kernel takes when it is told none, which is how a route without a metric is written. */
export const KERNEL_METRIC: Readonly<Record<Family, number>> = { ipv4: 0, ipv6: 1024 };

export const ANYWHERE: Readonly<Record<Family, string>> = { ipv4: '0.0.0.0/0', ipv6: '::/0' };

/** Methods that have addresses of their own; of the others nothing but the method counts. */
const WITH_ADDRESSES = new Set(['auto', 'dhcp', 'manual', 'shared']);

/** Takes [ipv4] or [ipv6]; undefined where it says that there is none. */
export function takeFamily(
  entries: Entries,
  family: Family,
  kind: Profile['kind'],
): StoredFamily6 | undefined {
  const method = entries.peek(family, 'method') ?? 'auto';
  const stated =
    family === 'ipv6' ? takeStated6(entries, method) : { ...(method === 'auto' && { dhcp: true }) };
  const none = family === 'ipv4' ? 'disabled' : 'ignore';
  const known = ['auto', 'dhcp', 'manual', none].includes(method);
  if (known || (method === 'link-local' && isOff(stated))) entries.take(family, 'method');
  if (!WITH_ADDRESSES.has(method)) return Object.keys(stated).length > 0 ? stated : undefined;
  const result: StoredFamily6 = {
    ...stated,
    ...takeAddresses(entries, family, kind),
    ...takeDns(entries, family),
    ...takeRules(entries, family),
  };
  return Object.keys(result).length > 0 ? result : undefined;
}

/** What is stated of DHCP and router advertisements, beside what the method says of them. */
export const STATED6 = 'wirebook.ipv6';

/** The words of STATED6 and back. */
export const stated6 = ({ dhcp, autoconf, accept_ra }: StoredFamily6): string =>
  Object.entries({ dhcp: dhcp || undefined, autoconf, accept_ra })
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}:${value}`]))
    .join(' ');

function takeStated6(entries: Entries, method: string): StoredFamily6 {
  const implied = impliedBy(method);
  const words = entries.take('user', STATED6);
  if (words === undefined) return implied;
  const has = (word: string): boolean => words.split(' ').includes(word);
  const ra = /(?:^| )accept_ra:([0-2])(?: |$)/.exec(words)?.[1];
  const stated: StoredFamily6 = {
    ...(has('dhcp:true') && { dhcp: true }),
    ...(has('autoconf:true') && { autoconf: true }),
    ...(has('autoconf:false') && { autoconf: false }),
    ...(ra !== undefined && { accept_ra: Number(ra) }),
  };
  // Somebody may have changed the method since
  const addresses = entries.keys('ipv6', ADDRESS_KEY);
  const still = method6({ ...stated, addresses }) === method || (method === 'disabled' && isOff(stated));
  return still ? stated : implied;
}

export const impliedBy = (method: string): StoredFamily6 =>
  method === 'auto' ? { dhcp: true, autoconf: true } : method === 'dhcp' ? { dhcp: true } : {};

const isOff = ({ dhcp, autoconf, accept_ra }: StoredFamily6): boolean =>
  !dhcp && !autoconf && !accept_ra && (autoconf === false || accept_ra === 0);

/** Method of [ipv6]. Nothing stated: left to the kernel, as it is without NetworkManager. */
export function method6(family: StoredFamily6): 'auto' | 'dhcp' | 'manual' | 'link-local' | 'ignore' {
  const { dhcp, autoconf, accept_ra: ra, addresses = [] } = family;
  if (dhcp) return autoconf === false || ra === 0 ? 'dhcp' : 'auto';
  if (autoconf || (ra ?? 0) > 0) return 'auto';
  if (addresses.length > 0) return 'manual';
  return isOff(family) ? 'link-local' : 'ignore';
}

const ADDRESS_KEY = /^address(es)?\d*$/;

function takeAddresses(entries: Entries, family: Family, kind: Profile['kind']): StoredFamily {
  const addresses: string[] = [];
  let gateway: string | undefined;
  for (const key of entries.keys(family, ADDRESS_KEY)) {
    const [address = '', prefix, via] = fields(entries.peek(family, key)!);
    const cidr = canonicalCidr(`${address}/${prefix ?? (family === 'ipv6' ? 64 : 24)}`);
    if (cidr === undefined || familyOf(cidr) !== family) continue;
    entries.take(family, key);
    addresses.push(cidr);
    gateway ??= hop(via, family);
  }
  const stated = entries.take(family, 'gateway');
  gateway = (stated && hop(stated, family)) ?? gateway;
  const metric = metricOf(entries.peek(family, 'route-metric'), family, kind);
  const routes = takeRoutes(entries, family, metric);
  if (gateway !== undefined && metric === undefined) entries.take(family, 'route-metric');
  // The gateway is that of the default route without a metric; beside DHCP it can only be stated as a route
  const ofRoute = gateway === undefined ? routes.find(isGateway) : undefined;
  const own = metric === undefined ? gateway : undefined;
  const all = [
    ...(gateway !== undefined && metric !== undefined ? [{ to: 'default', via: gateway, metric }] : []),
    ...routes.filter((route) => route !== ofRoute),
  ];
  const found = own ?? ofRoute?.via;
  return {
    ...(addresses.length > 0 && { addresses }),
    ...(found !== undefined && { gateway: found }),
    ...(all.length > 0 && { routes: all }),
  };
}

const isGateway = ({ to, via, metric, table, src }: Route): boolean =>
  to === 'default' && via !== undefined && metric === undefined && table === undefined && src === undefined;

/** undefined for the kernel's own */
function metricOf(text: string | undefined, family: Family, kind: Profile['kind']): number | undefined {
  const stated = text === undefined || Number(text) < 0 ? METRICS[kind] : Number(text);
  return stated === 0 || stated === KERNEL_METRIC[family] ? undefined : stated;
}

const fields = (value: string): string[] => value.split(/[/,;]/).map((field) => field.trim());

const hop = (text: string | undefined, family: Family): string | undefined => {
  const address = canonicalAddress(text ?? '');
  const none = address === undefined || address === '0.0.0.0' || address === '::';
  return none || familyOf(address) !== family ? undefined : address;
};

/** Routes with attributes that we do not know stay as they stand. */
function takeRoutes(entries: Entries, family: Family, usual: number | undefined): Route[] {
  const routes: Route[] = [];
  for (const key of entries.keys(family, /^routes?\d*$/)) {
    const [network = '', prefix, via, metric] = fields(entries.peek(family, key)!);
    const to = canonicalCidr(`${network}/${prefix ?? (family === 'ipv6' ? 128 : 32)}`);
    const options = new Map(
      (entries.peek(family, `${key}_options`) ?? '')
        .split(',')
        .filter((option) => option.trim() !== '')
        .map((option) => option.split('=').map((word) => word.trim()) as [string, string]),
    );
    if (to === undefined || [...options.keys()].some((option) => option !== 'table' && option !== 'src'))
      continue;
    entries.take(family, key);
    entries.take(family, `${key}_options`);
    const table = Number(options.get('table') ?? 254);
    const stated = metric ? metricOf(metric, family, 'ethernet') : usual;
    const next = hop(via, family);
    routes.push({
      to: to === ANYWHERE[family] ? 'default' : to,
      ...(next !== undefined && { via: next }),
      ...(table !== 254 && { table }),
      ...(stated !== undefined && { metric: stated }),
      ...(options.has('src') && { src: canonicalAddress(options.get('src')!) ?? options.get('src')! }),
    });
  }
  return routes;
}

function takeDns(entries: Entries, family: Family): { dns?: Dns; peerdns?: boolean } {
  const items = (key: string): string[] => listItems(entries.take(family, key) ?? '');
  const servers = items('dns').map((server) => canonicalAddress(server) ?? server);
  const search = items('dns-search');
  const ignored = entries.take(family, 'ignore-auto-dns');
  const dns = { ...(servers.length > 0 && { servers }), ...(search.length > 0 && { search }) };
  return {
    ...(Object.keys(dns).length > 0 && { dns }),
    ...(ignored !== undefined && { peerdns: !isTrue(ignored) }),
  };
}

/** Rules with words that we do not know stay as they stand. */
function takeRules(entries: Entries, family: Family): { rules?: readonly Rule[] } {
  const rules: Rule[] = [];
  for (const key of entries.keys(family, /^routing-rule\d+$/)) {
    const words = entries.peek(family, key)!.split(/\s+/);
    const pairs = new Map(
      words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1]!]] : [])),
    );
    const { priority, from, to, table, ...others } = Object.fromEntries(pairs);
    const numbers = [priority, table].every((text) => text === undefined || /^\d+$/.test(text));
    if (words.length % 2 !== 0 || Object.keys(others).length > 0 || !numbers) continue;
    entries.take(family, key);
    const network = (text: string | undefined): string | undefined => {
      const cidr = text?.includes('/') ? text : `${text}/${family === 'ipv6' ? 128 : 32}`;
      return text === undefined || cidr === ANYWHERE[family] ? undefined : (canonicalCidr(cidr) ?? text);
    };
    const [source, target] = [network(from), network(to)];
    rules.push({
      ...(source !== undefined && { from: source }),
      ...(target !== undefined && { to: target }),
      ...(table !== undefined && Number(table) !== 254 && { table: Number(table) }),
      ...(priority !== undefined && { priority: Number(priority) }),
    });
  }
  return rules.length > 0 ? { rules } : {};
}
