/** How each parameter of a NIC stands in its `<interface>`, and when two values of it mean the same. */
import { isDeepStrictEqual } from 'node:util';
import { readDriver, readFilterRef, readRom, writeDriver, writeFilterRef, writeRom } from './nic-options.ts';
import type { Nic, NicFields } from './nic.ts';
import {
  bandwidthXml,
  readBandwidth,
  readVirtualPort,
  readVlan,
  sameVlan,
  type VirtualPort,
  virtualPortXml,
  vlanXml,
} from './port.ts';
import { attr, child, element, isElement, textOf, withChildren, type XmlElement } from './xml.ts';

export type NicField = keyof Nic;

interface Codec<T> {
  read(nic: XmlElement): T | undefined;
  /** The NIC with the wanted value in it, and all else as it was */
  write(nic: XmlElement, want: T): XmlElement;
  /** Whether the NIC has what is wanted; equality when left out. `have` is undefined where the NIC says nothing */
  same?(have: T | undefined, want: T): boolean;
}

type Value<K extends NicField> = NonNullable<Nic[K]>;

/** The NIC with a child of that name replaced, added, or with `undefined` removed. */
export function setChild(nic: XmlElement, name: string, next: XmlElement | undefined): XmlElement {
  const index = nic.children.findIndex((node) => isElement(node) && node.name === name);
  if (index < 0) return next === undefined ? nic : withChildren(nic, [...nic.children, next]);
  return withChildren(
    nic,
    nic.children.flatMap((node, at) => (at !== index ? [node] : next === undefined ? [] : [next])),
  );
}

/** The NIC with an attribute of one of its children set, or with `undefined` removed. */
function setAttribute(nic: XmlElement, name: string, key: string, value: string | undefined): XmlElement {
  const before = child(nic, name);
  const { [key]: _, ...others } = before?.attributes ?? {};
  const attributes = value === undefined ? others : { ...others, [key]: value };
  return setChild(nic, name, { name, attributes, children: before?.children ?? [] });
}

const text = <T extends string>(name: string, key: string): Codec<T> => ({
  read: (nic) => attr(child(nic, name), key) as T | undefined,
  write: (nic, want) => setAttribute(nic, name, key, want),
});

const number = (name: string, key: string): Codec<number> => ({
  read: (nic) => readNumber(attr(child(nic, name), key)),
  write: (nic, want) => setAttribute(nic, name, key, String(want)),
});

const readNumber = (value: string | undefined): number | undefined =>
  value === undefined ? undefined : Number(value);

const readYes = (value: string | undefined): boolean | undefined =>
  value === undefined ? undefined : value === 'yes';

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

const codecs: { readonly [K in NicField]-?: Codec<Value<K>> } = {
  type: {
    read: (nic) => attr(nic, 'type') ?? 'user',
    // A source of one type means nothing to another, so that it starts afresh
    write: (nic, type) => setChild({ ...nic, attributes: { ...nic.attributes, type } }, 'source', undefined),
  },
  mac: {
    read: (nic) => attr(child(nic, 'mac'), 'address')?.toLowerCase(),
    write: (nic, mac) => setAttribute(nic, 'mac', 'address', mac.toLowerCase()),
    same: (have, want) => have === want.toLowerCase(),
  },
  network: text('source', 'network'),
  portgroup: {
    ...text('source', 'portgroup'),
    write: (nic, want) => setAttribute(nic, 'source', 'portgroup', want === '' ? undefined : want),
    same: (have, want) => (have ?? '') === want,
  },
  bridge: text('source', 'bridge'),
  dev: text('source', 'dev'),
  mode: {
    ...text('source', 'mode'),
    same: (have, want) => (have ?? 'vepa') === want,
  },
  model: text('model', 'type'),
  link: {
    ...text('link', 'state'),
    same: (have, want) => (have ?? 'up') === want,
  },
  mtu: number('mtu', 'size'),
  bandwidth: {
    read: (nic) => readBandwidth(child(nic, 'bandwidth')),
    write: (nic, want) =>
      setChild(nic, 'bandwidth', bandwidthXml({ ...readBandwidth(child(nic, 'bandwidth')), ...want })),
    // A direction that is not given is left alone; one that is, is meant whole
    same: (have, want) =>
      (['inbound', 'outbound'] as const).every(
        (name) => want[name] === undefined || isDeepStrictEqual(have?.[name] ?? {}, { ...want[name] }),
      ),
  },
  vlan: {
    read: (nic) => readVlan(child(nic, 'vlan')),
    write: (nic, want) => setChild(nic, 'vlan', vlanXml(want)),
    same: (have, want) => sameVlan(have ?? { tags: [] }, want),
  },
  virtualport: {
    read: (nic) => readVirtualPort(child(nic, 'virtualport')),
    write: (nic, want) => setChild(nic, 'virtualport', virtualPortXml(withGenerated(nic, want))),
    same: (have, want) =>
      Object.keys(want).length === 0
        ? have === undefined
        : isDeepStrictEqual(have, { ...generated(have, want), ...want }),
  },
  filterref: {
    read: (nic) => readFilterRef(child(nic, 'filterref')),
    write: (nic, want) => setChild(nic, 'filterref', writeFilterRef(want)),
    same: (have, want) =>
      want.filter === undefined
        ? have === undefined
        : isDeepStrictEqual({ parameters: {}, ...have }, { parameters: {}, ...want }),
  },
  boot_order: number('boot', 'order'),
  alias: text('alias', 'name'),
  target: text('target', 'dev'),
  address: {
    read: (nic) => readPciAddress(child(nic, 'address')),
    write: (nic, want) => setChild(nic, 'address', pciAddressXml(String(want))),
  },
  acpi_index: number('acpi', 'index'),
  driver: {
    read: (nic) => readDriver(child(nic, 'driver')),
    write: (nic, want) => setChild(nic, 'driver', writeDriver(child(nic, 'driver'), want)),
    same: (have, want) => sameMembers({ queues: 1, ...have }, want),
  },
  rom: {
    read: (nic) => readRom(child(nic, 'rom')),
    write: (nic, want) => setChild(nic, 'rom', writeRom(child(nic, 'rom'), want)),
    same: (have, want) => sameMembers({ ...have }, { ...want }),
  },
  sndbuf: {
    read: (nic) => readNumber(textOf(child(child(nic, 'tune'), 'sndbuf'))?.trim()),
    write: (nic, want) =>
      setChild(
        nic,
        'tune',
        setChild(child(nic, 'tune') ?? element('tune'), 'sndbuf', element('sndbuf', {}, [String(want)])),
      ),
  },
  port_isolated: {
    read: (nic) => readYes(attr(child(nic, 'port'), 'isolated')),
    write: (nic, want) => setAttribute(nic, 'port', 'isolated', yesNo(want)),
    same: (have, want) => (have ?? false) === want,
  },
  trust_guest_rx_filters: {
    read: (nic) => readYes(attr(nic, 'trustGuestRxFilters')),
    write: (nic, want) => ({
      ...nic,
      attributes: { ...nic.attributes, trustGuestRxFilters: yesNo(want) },
    }),
  },
};

/** In the order they must be written: the type first, since it clears the source. */
export const nicFields = Object.keys(codecs) as readonly NicField[];

/** Parameters that say what the NIC is plugged into. */
export const sourceFields = ['type', 'network', 'portgroup', 'bridge', 'dev', 'mode'] as const;

const codecOf = <K extends NicField>(field: K): Codec<Value<K>> =>
  codecs[field] as unknown as Codec<Value<K>>;

/** Value of a field in an `<interface>`. */
export const readField = <K extends NicField>(nic: XmlElement, field: K): Value<K> | undefined =>
  codecOf(field).read(nic);

/** The `<interface>` with the wanted value in it. */
export const writeField = <K extends NicField>(nic: XmlElement, field: K, want: Value<K>): XmlElement =>
  codecOf(field).write(nic, want);

/** Whether a NIC has the wanted value of a field, libvirt's own completions aside (LIBVIRT.md 3.3). */
export function hasField<K extends NicField>(have: NicFields, field: K, want: Value<K>): boolean {
  const { same = isDeepStrictEqual } = codecOf(field);
  return same(have[field] as Value<K> | undefined, want);
}

/** Ids that libvirt makes up anew on each define unless they are restated. */
const generatedIds = ['instanceid', 'interfaceid'] as const;

const generated = (have: VirtualPort | undefined, want: VirtualPort) =>
  have?.type !== want.type
    ? {}
    : Object.fromEntries(generatedIds.flatMap((id) => (have?.[id] === undefined ? [] : [[id, have[id]]])));

const withGenerated = (nic: XmlElement, want: VirtualPort) =>
  Object.keys(want).length === 0
    ? want
    : { ...generated(readVirtualPort(child(nic, 'virtualport')), want), ...want };

/** Whether every member that is wanted is there; members that are not given are left alone. */
function sameMembers(
  have: Readonly<Record<string, unknown>>,
  want: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(want).every(([key, value]) =>
    value !== null && typeof value === 'object'
      ? sameMembers((have[key] ?? {}) as Record<string, unknown>, value as Record<string, unknown>)
      : isDeepStrictEqual(have[key], value),
  );
}

function readPciAddress(address: XmlElement | undefined): string | undefined {
  if (attr(address, 'type') !== 'pci') return undefined;
  const part = (name: string, digits: number): string =>
    Number(attr(address, name) ?? 0)
      .toString(16)
      .padStart(digits, '0');
  return `${part('domain', 4)}:${part('bus', 2)}:${part('slot', 2)}.${part('function', 1)}`;
}

function pciAddressXml(address: string): XmlElement {
  const [domain, bus, slot, fn] = address.split(/[:.]/).map((part) => `0x${part.toLowerCase()}`);
  return element('address', { type: 'pci', domain, bus, slot, function: fn });
}
