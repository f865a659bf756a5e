/** How what a NIC is plugged into stands in its `<interface>`: in `<source>`, but for `managed`. */
import { isDeepStrictEqual } from 'node:util';
import { addressXml, readPciAddress } from './nic-address.ts';
import { type Codec, optionalText, readYes, sameMembers, setChild, text, yesNo } from './nic-codec.ts';
import type { Nic } from './nic.ts';
import {
  normalAddresses,
  normalRoutes,
  readAddresses,
  readReconnect,
  readRoutes,
  readSocket,
  writeAddresses,
  writeReconnect,
  writeRoutes,
  writeSocket,
} from './nic-ports.ts';
import { attr, child, element, type XmlElement } from './xml.ts';

/** Parameters that say what the NIC is plugged into. */
export const sourceFields = [
  'type',
  'network',
  'portgroup',
  'bridge',
  'dev',
  'mode',
  'pci',
  'managed',
  'path',
  'reconnect',
  'socket',
  'internal',
  'host_ips',
  'host_routes',
] as const;

interface SourceRule {
  /** Parameters that must be given */
  readonly needs: readonly SourceField[];
  readonly takes: readonly SourceField[];
}

/** Parameters of each type's source. */
export const nicSources: Readonly<Record<string, SourceRule>> = {
  network: { needs: ['network'], takes: ['portgroup'] },
  bridge: { needs: ['bridge'], takes: [] },
  direct: { needs: ['dev'], takes: ['mode'] },
  hostdev: { needs: ['pci'], takes: ['managed'] },
  user: { needs: [], takes: ['dev'] },
  vhostuser: { needs: ['path', 'mode'], takes: ['reconnect', 'dev'] },
  mcast: { needs: ['socket'], takes: [] },
  server: { needs: ['socket'], takes: [] },
  client: { needs: ['socket'], takes: [] },
  udp: { needs: ['socket'], takes: [] },
  ethernet: { needs: [], takes: ['host_ips', 'host_routes'] },
  internal: { needs: ['internal'], takes: [] },
  vdpa: { needs: ['dev'], takes: [] },
  null: { needs: [], takes: [] },
};

/** A source says which type it is of, if no other type has it. */
export function impliedType(params: Readonly<Record<string, unknown>>): string | undefined {
  const said = [
    ['network', 'network'],
    ['bridge', 'bridge'],
    ['pci', 'hostdev'],
    ['path', 'vhostuser'],
    ['internal', 'internal'],
    ['dev', 'direct'],
  ] as const;
  return said.find(([name]) => params[name] !== undefined)?.[1];
}

type SourceField = Exclude<(typeof sourceFields)[number], 'type'>;

/** The NIC with its source changed, or without where nothing is left of it. */
function inSource(nic: XmlElement, change: (source: XmlElement) => XmlElement): XmlElement {
  const next = change(child(nic, 'source') ?? element('source'));
  const isEmpty = next.children.length === 0 && Object.keys(next.attributes).length === 0;
  return setChild(nic, 'source', isEmpty ? undefined : next);
}

/** Types whose source is a socket; `address` in the source of another means something else. */
const hasSocket = (nic: XmlElement): boolean =>
  ['mcast', 'server', 'client', 'udp'].includes(attr(nic, 'type') ?? '');

export const sourceCodecs: { readonly [K in SourceField]: Codec<NonNullable<Nic[K]>> } = {
  network: text('source', 'network'),
  portgroup: optionalText('source', 'portgroup'),
  bridge: text('source', 'bridge'),
  dev: text('source', 'dev'),
  mode: {
    ...text('source', 'mode'),
    same: (have, want) => (have ?? 'vepa') === want,
  },
  pci: {
    read: (nic) => readPciAddress(child(child(nic, 'source'), 'address')),
    write: (nic, want) => inSource(nic, (source) => setChild(source, 'address', addressXml(want))),
    same: (have, want) => have === want.toLowerCase(),
  },
  managed: {
    read: (nic) => readYes(attr(nic, 'managed')),
    write: (nic, want) => ({ ...nic, attributes: { ...nic.attributes, managed: yesNo(want) } }),
    same: (have, want) => (have ?? false) === want,
  },
  path: {
    ...text('source', 'path'),
    write: (nic, want) =>
      inSource(nic, (source) => ({
        ...source,
        attributes: { type: 'unix', ...source.attributes, path: want },
      })),
  },
  reconnect: {
    read: (nic) => readReconnect(child(nic, 'source')),
    write: (nic, want) => inSource(nic, (source) => writeReconnect(source, want)),
    same: (have, want) => isDeepStrictEqual(have ?? {}, want),
  },
  socket: {
    read: (nic) => (hasSocket(nic) ? readSocket(child(nic, 'source')) : undefined),
    write: (nic, want) => inSource(nic, (source) => writeSocket(source, want)),
    same: (have, want) => sameMembers({ ...have }, { ...want }),
  },
  internal: text('source', 'name'),
  host_ips: {
    read: (nic) => readAddresses(child(nic, 'source')),
    write: (nic, want) => inSource(nic, (source) => writeAddresses(source, want)),
    same: (have, want) => isDeepStrictEqual(have ?? [], normalAddresses(want)),
  },
  host_routes: {
    read: (nic) => readRoutes(child(nic, 'source')),
    write: (nic, want) => inSource(nic, (source) => writeRoutes(source, want)),
    same: (have, want) => isDeepStrictEqual(have ?? [], normalRoutes(want)),
  },
};
