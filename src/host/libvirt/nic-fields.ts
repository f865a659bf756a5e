/** How each parameter of a NIC stands in its `<interface>`, and when two values of it mean the same. */
import { isDeepStrictEqual } from 'node:util';
import { addressXml, readAddress, sameAddress } from './nic-address.ts';
import {
  type Codec,
  flag,
  number,
  optionalText,
  readNumber,
  readYes,
  sameMembers,
  setAttribute,
  setChild,
  text,
  yesNo,
} from './nic-codec.ts';
import {
  readBackend,
  readCoalesce,
  readDriver,
  readFilterRef,
  readRom,
  readTeaming,
  writeBackend,
  writeCoalesce,
  writeDriver,
  writeFilterRef,
  writeRom,
  writeTeaming,
} from './nic-options.ts';
import {
  normalAddresses,
  normalForward,
  normalRoutes,
  readAddresses,
  readPortForward,
  readRoutes,
  writeAddresses,
  writePortForward,
  writeRoutes,
} from './nic-ports.ts';
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
import { sourceCodecs } from './nic-source.ts';
import { attr, child, element, textOf, type XmlElement } from './xml.ts';

export type NicField = keyof Nic;

type Value<K extends NicField> = NonNullable<Nic[K]>;

const codecs: { readonly [K in NicField]-?: Codec<Value<K>> } = {
  type: {
    read: (nic) => attr(nic, 'type') ?? 'user',
    // A source of one type means nothing to another, so that it starts afresh
    write: ({ attributes: { managed: _, ...others }, ...nic }, type) =>
      setChild({ ...nic, attributes: { ...others, type } }, 'source', undefined),
  },
  mac: {
    read: (nic) => attr(child(nic, 'mac'), 'address')?.toLowerCase(),
    write: (nic, mac) => setAttribute(nic, 'mac', 'address', mac.toLowerCase()),
    same: (have, want) => have === want.toLowerCase(),
  },
  ...sourceCodecs,
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
  target_managed: flag('target', 'managed', true),
  address: {
    read: (nic) => readAddress(child(nic, 'address')),
    write: (nic, want) => setChild(nic, 'address', addressXml(String(want))),
    same: (have, want) => have === want || sameAddress(have, String(want)),
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
  port_isolated: flag('port', 'isolated', false),
  trust_guest_rx_filters: {
    read: (nic) => readYes(attr(nic, 'trustGuestRxFilters')),
    write: (nic, want) => ({
      ...nic,
      attributes: { ...nic.attributes, trustGuestRxFilters: yesNo(want) },
    }),
    same: (have, want) => (have ?? false) === want,
  },
  backend: {
    read: (nic) => readBackend(child(nic, 'backend')),
    write: (nic, want) => setChild(nic, 'backend', writeBackend(child(nic, 'backend'), want)),
    same: (have, want) => sameMembers({ type: 'slirp', ...have }, { ...want }),
  },
  port_forward: {
    read: readPortForward,
    write: writePortForward,
    same: (have, want) => isDeepStrictEqual(have ?? [], want.map(normalForward)),
  },
  guest_ips: {
    read: readAddresses,
    write: writeAddresses,
    same: (have, want) => isDeepStrictEqual(have ?? [], normalAddresses(want)),
  },
  guest_routes: {
    read: readRoutes,
    write: writeRoutes,
    same: (have, want) => isDeepStrictEqual(have ?? [], normalRoutes(want)),
  },
  coalesce: {
    read: (nic) => readCoalesce(child(nic, 'coalesce')),
    write: (nic, want) => setChild(nic, 'coalesce', writeCoalesce(want)),
    same: (have, want) => (have?.rx_frames ?? 0) === (want.rx_frames ?? 0),
  },
  teaming: {
    read: (nic) => readTeaming(child(nic, 'teaming')),
    write: (nic, want) => setChild(nic, 'teaming', writeTeaming(want)),
    same: (have, want) => isDeepStrictEqual(have ?? {}, want),
  },
  script: optionalText('script', 'path'),
  downscript: optionalText('downscript', 'path'),
};

/** In the order they must be written: the type first, since it clears the source. */
export const nicFields = Object.keys(codecs) as readonly NicField[];

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
