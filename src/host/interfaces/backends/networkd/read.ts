import { own } from '../../../own.ts';
import type { BackendFacts, Files, Place, Profile, StartMode } from '../../profile.ts';
import { Addressing } from './addressing.ts';
import { exactNames, type HostLink, matches, parseLinks } from './match.ts';
import { isVirtual, NETDEV_SECTIONS, readOptions, type VirtualKind } from './netdev.ts';
import { splitSearch } from './search.ts';
import { type Entry, entriesOf, REPEATED, type Section, lastOf, wordsOf } from './unit.ts';
import { isOurs, type Unit, unitsOf } from './units.ts';
import { parseBoolean, parseBytes, parseMac } from './values.ts';

/** Which files are whose. */
export interface Assignment {
  /** First .network file that takes the interface */
  readonly network: ReadonlyMap<string, Unit>;
  /** .netdev file that makes it */
  readonly netdev: ReadonlyMap<string, Unit>;
}

export function assign(files: Files, facts: Pick<BackendFacts, 'facts'>): Assignment {
  const masked = (facts.facts.masked ?? '').split('\n').filter(Boolean);
  const links = new Map(parseLinks(facts.facts.link ?? '').map((link) => [link.name, link]));
  const networks = unitsOf(files, masked, 'network');
  const netdev = new Map<string, Unit>();
  for (const unit of unitsOf(files, masked, 'netdev')) {
    const name = lastOf(unit.sections, 'NetDev', 'Name');
    if (name !== undefined && !netdev.has(name)) netdev.set(name, unit);
  }
  const names = [...links.keys(), ...netdev.keys(), ...networks.flatMap((unit) => exactNames(unit.sections))];
  const network = new Map<string, Unit>();
  for (const name of new Set(names)) {
    const link = links.get(name) ?? futureLink(name, netdev.get(name));
    const unit = networks.find(({ sections }) => matches(sections, name, link));
    if (unit && name !== 'lo') network.set(name, unit);
  }
  return { network, netdev };
}

/** What the host does not have yet matches by its kind. */
const futureLink = (name: string, netdev: Unit | undefined): HostLink | undefined =>
  netdev && {
    name,
    mac: parseMac(lastOf(netdev.sections, 'NetDev', 'MACAddress') ?? '') ?? '-',
    permanentMac: '-',
    type: lastOf(netdev.sections, 'NetDev', 'Kind') ?? '-',
  };

/** Definitions in networkd's files, by people or by us. What networkd is told to leave alone is none. */
export function readProfiles(files: Files, facts: Pick<BackendFacts, 'facts'>): Profile[] {
  const { network, netdev } = assign(files, facts);
  const parents = new Map<string, string>();
  for (const [name, { sections }] of network) {
    for (const vlan of wordsOf(sections, 'Network', 'VLAN')) parents.set(vlan, name);
  }
  const primaries = new Map<string, string>();
  for (const [name, { sections }] of network) {
    const bond = lastOf(sections, 'Network', 'Bond');
    if (bond && parseBoolean(lastOf(sections, 'Network', 'PrimarySlave'))) primaries.set(bond, name);
  }
  return [...new Set([...network.keys(), ...netdev.keys()])].flatMap((name) => {
    const profile = readProfile(name, network.get(name), netdev.get(name));
    if (!profile) return [];
    const parent = profile.kind === 'vlan' ? parents.get(name) : undefined;
    const primary = profile.kind === 'bond' ? primaries.get(name) : undefined;
    return [
      {
        ...profile,
        ...(parent !== undefined && { parent }),
        ...(primary !== undefined && { bond: { ...profile.bond, primary } }),
      },
    ];
  });
}

function readProfile(name: string, network: Unit | undefined, netdev: Unit | undefined): Profile | undefined {
  const device = netdev && readNetdev(netdev);
  const unmanaged = network && parseBoolean(lastOf(network.sections, 'Link', 'Unmanaged'));
  if (!device && (!network || unmanaged)) return undefined;
  const kind = device?.kind ?? 'ethernet';
  const managed = unmanaged ? undefined : network;
  const { extra, ...rest } = managed ? readNetwork(managed, kind) : { extra: [], onboot: 'none' as const };
  const notes = managed?.notes ?? {};
  const all = [...(device?.extra ?? []), ...extra];
  const useCarrier = own(notes, 'use_carrier');
  const units = [network, netdev].filter((unit) => unit !== undefined);
  return {
    name,
    kind,
    backend: 'networkd',
    ...(device?.mac !== undefined && { mac: device.mac }),
    ...(device?.mtu !== undefined && { mtu: device.mtu }),
    ...rest,
    ...(device && {
      [device.kind]: {
        ...device.options,
        ...(device.kind === 'bond' && useCarrier !== undefined && { use_carrier: useCarrier === 'true' }),
      },
    }),
    at: [...units.filter((unit) => !isOurs(unit)), ...units.filter(isOurs)].flatMap(placesOf),
    ours: units.every(isOurs),
    ...(all.length > 0 && { extra: all }),
  };
}

/** First the one a person would look at: of a file of ours, what was added by hand. */
function placesOf(unit: Unit): Place[] {
  const named = [...entriesOf(unit.own, 'Match'), ...entriesOf(unit.own, 'NetDev')];
  const main = { file: unit.path, line: named.find(({ key }) => key === 'Name')?.line ?? 1 };
  return unit.ours ? [...unit.foreign, main] : [main, ...unit.foreign];
}

/** What the device is; undefined for kinds that Wirebook does not make. */
function readNetdev({ sections }: Unit) {
  const kind = lastOf(sections, 'NetDev', 'Kind');
  if (!isVirtual(kind)) return undefined;
  const { options, unknown } = readOptions(kind, sections);
  const extra = unknown.map((entry) => extraOf('netdev', NETDEV_SECTIONS[kind], entry));
  let mac: string | undefined;
  let mtu: number | undefined;
  for (const entry of entriesOf(sections, 'NetDev')) {
    if (entry.key === 'MACAddress') mac = parseMac(entry.value);
    if (entry.key === 'MTUBytes') mtu = parseBytes(entry.value);
    const understood =
      ['Name', 'Kind'].includes(entry.key) ||
      (entry.key === 'MACAddress' && mac !== undefined) ||
      (entry.key === 'MTUBytes' && mtu !== undefined);
    if (!understood) extra.push(extraOf('netdev', 'NetDev', entry));
  }
  for (const section of sections) {
    if (section.name === 'NetDev' || section.name === NETDEV_SECTIONS[kind] || section.name === 'Match')
      continue;
    extra.push(...section.entries.map((entry) => extraOf('netdev', section.name, entry)));
  }
  return { kind: kind as VirtualKind, options, mac, mtu, extra };
}

const extraOf = (type: 'network' | 'netdev', section: string, { key, value }: Entry): string =>
  `${type} [${section}]\n${key}=${value}`;

function readNetwork({ sections, notes, ours }: Unit, kind: Profile['kind']) {
  const addressing = new Addressing();
  const found: { -readonly [K in keyof Profile]?: Profile[K] } = { onboot: 'onboot' };
  const extra: string[] = [];
  for (const section of sections) {
    if (section.name === 'Match') continue;
    if (REPEATED.includes(section.name)) {
      if (!addressing.takeWhole(section)) extra.push(wholeOf(section));
      continue;
    }
    for (const entry of effective(section, sections)) {
      const understood =
        takeLink(section.name, entry, found) ||
        addressing.take(section.name, entry) ||
        isImplied(section.name, entry, sections, kind);
      if (!understood) extra.push(extraOf('network', section.name, entry));
    }
  }
  splitSearch(addressing, ours ? notes : undefined);
  const onboot = own(notes, 'onboot');
  if (ours && onboot === 'hotplug') found.onboot = onboot satisfies StartMode;
  const acceptRa = own(notes, 'accept_ra');
  if (ours && acceptRa !== undefined) addressing.ipv6.accept_ra = Number(acceptRa);
  for (const key of ['label', 'uuid'] as const) {
    const value = own(notes, key);
    if (ours && value !== undefined) found[key] = value;
  }
  const families = Object.entries({ ipv4: addressing.ipv4, ipv6: addressing.ipv6 });
  return {
    ...found,
    ...Object.fromEntries(families.filter(([, family]) => Object.keys(family).length > 0)),
    extra,
  };
}

/** Without what an empty value further down takes back. */
const effective = (section: Section, sections: readonly Section[]): readonly Entry[] => {
  const all = entriesOf(sections, section.name);
  return section.entries.filter(
    (entry) =>
      entry.value !== '' &&
      !all.slice(all.indexOf(entry)).some(({ key, value }) => key === entry.key && value === ''),
  );
};

const wholeOf = ({ name, entries }: Section): string =>
  [`network [${name}]`, ...entries.map(({ key, value }) => `${key}=${value}`)].join('\n');

function takeLink(
  section: string,
  { key, value }: Entry,
  found: { -readonly [K in keyof Profile]?: Profile[K] },
): boolean {
  switch (`${section}.${key}`) {
    case 'Link.MTUBytes':
      found.mtu = parseBytes(value)!;
      return found.mtu !== undefined;
    case 'Link.MACAddress':
      found.mac = parseMac(value)!;
      return found.mac !== undefined;
    case 'Link.Promiscuous':
      found.promisc = parseBoolean(value)!;
      return found.promisc !== undefined;
    case 'Link.ActivationPolicy':
      if (value === 'manual' || value === 'down') found.onboot = 'none';
      return value === 'manual' || value === 'up';
    case 'Network.Bridge':
    case 'Network.Bond':
      found.controller = value;
      return true;
    // A VLAN's parent and a bond's primary are read from here
    case 'Network.VLAN':
    case 'Network.PrimarySlave':
      return true;
    default:
      return false;
  }
}

/** What is written for every definition like this one (see write.ts). */
function isImplied(
  section: string,
  { key, value }: Entry,
  sections: readonly Section[],
  kind: Profile['kind'],
): boolean {
  if (section !== 'Network') return false;
  const isPort = ['Bridge', 'Bond'].some((word) => lastOf(sections, 'Network', word) !== undefined);
  if (key === 'LinkLocalAddressing') return isPort && parseBoolean(value) === false;
  if (key !== 'ConfigureWithoutCarrier' && key !== 'IgnoreCarrierLoss') return false;
  const isStatic = wordsOf(sections, 'Network', 'Address').length > 0;
  return parseBoolean(value) === true && (kind !== 'ethernet' || (key === 'IgnoreCarrierLoss' && isStatic));
}
