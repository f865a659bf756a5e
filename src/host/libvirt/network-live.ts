/** What `net-update --live` can change of an active network, and where it can be trusted to (LIBVIRT.md 2.5). */

import { isL3, type Network } from './network.ts';
import { itemXml } from './network-bindings.ts';
import { differences, type FieldPath, sameValue } from './network-diff.ts';
import { attr, children, type XmlElement } from './xml.ts';

/** One `net-update`. */
export interface LiveUpdate {
  readonly command: 'add-last' | 'delete' | 'modify';
  readonly section: string;
  readonly xml: XmlElement;
  /** Which `<ip>` of the network, counted from 0 */
  readonly parentIndex?: number;
}

export interface LiveUpdates {
  readonly updates: readonly LiveUpdate[];
  /** Fields that stay as they are until the network is restarted */
  readonly left: readonly FieldPath[];
}

type Ip = NonNullable<Network['ips']>[number];
type DhcpHost = NonNullable<NonNullable<Ip['dhcp']>['hosts']>[number];

/**
 * Updates that turn the live network into the wanted one. `attached`: guests are on it; the update of a pool of
 * interfaces makes libvirt forget which of them are in use, so that it is left then.
 */
export function liveUpdates(
  have: Network,
  want: Network,
  wantXml: XmlElement,
  attached: boolean,
): LiveUpdates {
  const changed = differences(have, want);
  if (have.forward.mode !== want.forward.mode) return { updates: [], left: changed };
  if (attached && !isL3(have.forward.mode) && have.forward.interfaces) return { updates: [], left: changed };
  const updates: LiveUpdate[] = [];
  const noDns = have.dns?.enable === false || want.dns?.enable === false;
  const left = changed.filter((path) => {
    if (noDns && path[0] === 'dns') return true;
    const found = fieldUpdates(path.join('.'), have, want, wantXml);
    if (found !== undefined) updates.push(...found);
    return found === undefined;
  });
  // What goes makes room for what comes: keys must be unique at every moment
  const order = { delete: 0, modify: 1, 'add-last': 2 } as const;
  const rank = ({ section, command }: LiveUpdate): number =>
    (reloadsFirewall.has(section) ? 10 : 0) + order[command];
  return { updates: updates.toSorted((a, b) => rank(a) - rank(b)), left };
}

/**
 * With nftables, an update of any other section makes libvirt forget which rules it is to remove when the network stops;
 * these make it know again, and so come last.
 */
const reloadsFirewall: ReadonlySet<string> = new Set(['ip-dhcp-host', 'ip-dhcp-range', 'forward-interface']);

/** Updates for one field; undefined when it cannot be updated. */
function fieldUpdates(
  field: string,
  have: Network,
  want: Network,
  wantXml: XmlElement,
): readonly LiveUpdate[] | undefined {
  switch (field) {
    case 'ips':
      return ipUpdates(have.ips ?? [], want.ips ?? []);
    case 'dns.txt':
      return unordered('dns-txt', 'txt', have.dns?.txt, want.dns?.txt, (a, b) => a.name === b.name);
    case 'dns.srv':
      return unordered(
        'dns-srv',
        'srv',
        have.dns?.srv,
        want.dns?.srv,
        (a, b) => within(a, b) || within(b, a),
      );
    case 'dns.hosts':
      return unordered('dns-host', 'dns-host', have.dns?.hosts, want.dns?.hosts, (a, b) => a.ip === b.ip);
    case 'portgroups':
      return portgroupUpdates(have, want, wantXml);
    case 'forward.interfaces':
    case 'forward.dev':
      return poolUpdates(field, have.forward, want.forward);
    default:
      return undefined;
  }
}

/** Nothing but DHCP ranges and hosts of an `<ip>` can be updated. */
function ipUpdates(have: readonly Ip[], want: readonly Ip[]): readonly LiveUpdate[] | undefined {
  if (!sameValue(have.map(withoutUpdatable), want.map(withoutUpdatable))) return undefined;
  const updates = have.map((ip, parentIndex) => {
    const ranges = ordered('ip-dhcp-range', 'range', ip.dhcp?.ranges, want[parentIndex]?.dhcp?.ranges);
    const hosts = unordered('ip-dhcp-host', 'host', ip.dhcp?.hosts, want[parentIndex]?.dhcp?.hosts, sameHost);
    return hosts && [...ranges, ...hosts].map((update) => ({ ...update, parentIndex }));
  });
  return updates.some((found) => found === undefined) ? undefined : updates.flatMap((found) => found ?? []);
}

const withoutUpdatable = ({ dhcp: { ranges: _, hosts: __, ...dhcp } = {}, ...ip }: Ip) => ({ ...ip, dhcp });

/** Whether libvirt may take one host for the other: a MAC that is missing on either side matches any. */
function sameHost(a: DhcpHost, b: DhcpHost): boolean {
  const agree = (left: string | undefined, right: string | undefined) =>
    left === undefined || right === undefined || left.toLowerCase() === right.toLowerCase();
  return agree(a.mac, b.mac) && agree(a.ip, b.ip) && agree(a.name, b.name);
}

const within = (a: object, b: object): boolean =>
  Object.entries(a).every(([key, value]) => (b as Record<string, unknown>)[key] === value);

type Item = Parameters<typeof itemXml>[0];

/** A list in which the order counts: what does not fit its beginning goes, the rest is added. */
function ordered<T>(
  section: string,
  item: Item,
  have: readonly T[] = [],
  want: readonly T[] = [],
): LiveUpdate[] {
  const kept: T[] = [];
  const gone: T[] = [];
  for (const one of have) (sameValue(one, want[kept.length]) ? kept : gone).push(one);
  const added = want.slice(kept.length);
  return [...updatesFor('delete', section, item, gone), ...updatesFor('add-last', section, item, added)];
}

/** A list without order. Undefined when libvirt could hit another item than the one that is meant. */
function unordered<T>(
  section: string,
  item: Item,
  have: readonly T[] = [],
  want: readonly T[] = [],
  confused: (a: T, b: T) => boolean,
): LiveUpdate[] | undefined {
  const gone = have.filter((one) => !want.some((other) => sameValue(one, other)));
  const added = want.filter((one) => !have.some((other) => sameValue(one, other)));
  if (gone.some((one) => have.some((other) => other !== one && confused(one, other)))) return undefined;
  const kept = have.filter((one) => !gone.includes(one));
  if (added.some((one) => [...kept, ...added].some((other) => other !== one && confused(one, other))))
    return undefined;
  return [...updatesFor('delete', section, item, gone), ...updatesFor('add-last', section, item, added)];
}

const updatesFor = (
  command: LiveUpdate['command'],
  section: string,
  item: Item,
  list: readonly unknown[],
): LiveUpdate[] =>
  list.map((one) => ({
    command,
    section,
    xml: itemXml(item, command === 'delete' ? identity(item, one) : one),
  }));

/** What names an item to libvirt when it is removed: a DNS host by its address only, since names may be shared. */
const identity = (item: Item, one: unknown): unknown =>
  item === 'dns-host' ? { ip: (one as { ip: string }).ip } : one;

function portgroupUpdates(have: Network, want: Network, wantXml: XmlElement): LiveUpdate[] {
  const before = new Map((have.portgroups ?? []).map((group) => [group.name, group]));
  const after = new Map((want.portgroups ?? []).map((group) => [group.name, group]));
  const section = 'portgroup';
  const gone = [...before.keys()].filter((name) => !after.has(name));
  const changed = [...after].filter(([name, group]) => !sameValue(before.get(name), group));
  return [
    ...gone.map((name) => ({ command: 'delete', section, xml: itemXml('portgroup', { name }) }) as const),
    // The default is unique: what loses it must go before what gets it
    ...changed
      .toSorted(([, a], [, b]) => Number(a.default) - Number(b.default))
      .flatMap(([name]) => {
        const command = before.has(name) ? ('modify' as const) : ('add-last' as const);
        const xml = children(wantXml, 'portgroup').find((group) => attr(group, 'name') === name);
        return xml === undefined ? [] : [{ command, section, xml }];
      }),
  ];
}

/** The interfaces guests are attached to in turn; the first of them is `forward.dev`, too. */
function poolUpdates(
  field: string,
  have: Network['forward'],
  want: Network['forward'],
): readonly LiveUpdate[] | undefined {
  if (isL3(have.mode) || have.mode !== want.mode || !have.interfaces || !want.interfaces) return undefined;
  return field === 'forward.dev'
    ? []
    : ordered('forward-interface', 'interface', have.interfaces, want.interfaces);
}
