import type { BackendFacts, Files, Profile } from '../../profile.ts';
import { takeFamily } from './addressing.ts';
import { type Connection, definitions, ownPath, readConnections } from './connections.ts';
import { type Entries, isTrue, unescapeValue } from './keyfile.ts';
import { takeOptions } from './options.ts';
import { derivedUuid } from './uuid.ts';

/** What NetworkManager has for a bridge that states neither. */
const BRIDGE_DEFAULTS = { stp: true, forward_delay: 15 };

/** What NetworkManager has no key for. */
export const LABEL = 'wirebook.label';
export const START = 'wirebook.start';

/** The definitions that NetworkManager's files hold: one an interface. */
export function parse(files: Files, facts: BackendFacts): readonly Profile[] {
  const connections = readConnections(files, facts);
  return definitions(connections, facts).map((connection) => profileOf(connection, connections));
}

function profileOf(connection: Connection, all: readonly Connection[]): Profile {
  const { file, line, name, kind, entries, uuid } = connection;
  for (const key of ['uuid', 'type', 'interface-name']) entries.take('connection', key);
  entries.take(kind, 'interface-name');
  if (entries.peek('connection', 'id') === name) entries.take('connection', 'id');
  const controlled = takeController(entries, all);
  const profile: Omit<Profile, 'extra'> = {
    name,
    kind,
    backend: 'networkmanager',
    onboot: takeStart(entries),
    ...takeDevice(entries, kind),
    ...(uuid !== undefined && uuid !== derivedUuid(name) && { uuid }),
    ...controlled,
    ...takeKind(connection, all),
    ...(controlled.controller === undefined && takeFamilies(entries, kind)),
    at: [{ file, line }],
    ours: file === ownPath(name),
  };
  const extra = entries.rest();
  return { ...profile, ...(extra.length > 0 && { extra }) };
}

function takeStart(entries: Entries): NonNullable<Profile['onboot']> {
  const starts = isTrue(entries.take('connection', 'autoconnect') ?? 'true');
  const words = entries.take('user', START);
  if (starts) return words === 'hotplug' ? 'hotplug' : 'onboot';
  if (entries.peek('connection', 'autoconnect-slaves') === '1')
    entries.take('connection', 'autoconnect-slaves');
  return 'none';
}

function takeDevice(entries: Entries, kind: Profile['kind']): Partial<Profile> {
  const mtu = Number(entries.peek('ethernet', 'mtu') ?? 0);
  const own = entries.peek('ethernet', 'cloned-mac-address') ?? '';
  const ofBridge = kind === 'bridge' ? (entries.peek('bridge', 'mac-address') ?? '') : '';
  const isMac = (text: string): boolean => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text);
  const mac = isMac(own) ? own : own === '' && isMac(ofBridge) ? ofBridge : undefined;
  if (mac !== undefined) {
    entries.take('ethernet', 'cloned-mac-address');
    if (kind === 'bridge') entries.take('bridge', 'mac-address');
  }
  const promisc = entries.peek('ethernet', 'accept-all-mac-addresses');
  if (promisc === '0' || promisc === '1') entries.take('ethernet', 'accept-all-mac-addresses');
  if (entries.peek('ethernet', 'mtu') !== undefined && Number.isInteger(mtu)) entries.take('ethernet', 'mtu');
  const label = entries.take('user', LABEL);
  return {
    ...(Number.isInteger(mtu) && mtu > 0 && { mtu }),
    ...(mac !== undefined && { mac: mac.toLowerCase() }),
    ...(label !== undefined && { label: unescapeValue(label) }),
    ...((promisc === '0' || promisc === '1') && { promisc: promisc === '1' }),
  };
}

/** A name, or the UUID of a connection that has one. */
const interfaceOf = (text: string, all: readonly Connection[]): string =>
  all.find(({ uuid }) => uuid === text.toLowerCase())?.name ?? unescapeValue(text);

function takeController(entries: Entries, all: readonly Connection[]): Partial<Profile> {
  const key = entries.peek('connection', 'controller') !== undefined ? 'controller' : 'master';
  const text = entries.peek('connection', key);
  if (!text) return {};
  const controller = interfaceOf(text, all);
  entries.take('connection', key);
  // Where the controller has no connection, only this says what it is
  if (all.some(({ name }) => name === controller)) {
    entries.take('connection', 'port-type');
    entries.take('connection', 'slave-type');
  }
  return { controller };
}

function takeKind({ kind, entries }: Connection, all: readonly Connection[]): Partial<Profile> {
  switch (kind) {
    case 'ethernet':
      return {};
    case 'bridge':
      return { bridge: { ...BRIDGE_DEFAULTS, ...takeOptions(entries, kind) } };
    case 'bond': {
      const bond = takeOptions(entries, kind);
      return Object.keys(bond).length > 0 ? { bond } : {};
    }
    case 'vlan':
      return takeVlan(entries, all);
  }
}

/** Bit of `flags`: REORDER_HEADERS */
const REORDER = 1;

function takeVlan(entries: Entries, all: readonly Connection[]): Partial<Profile> {
  const parent = entries.take('vlan', 'parent');
  const id = Number(entries.take('vlan', 'id'));
  const flags = entries.peek('vlan', 'flags');
  // The other bits stay
  if (flags !== undefined && (Number(flags) & ~REORDER) === 0) entries.take('vlan', 'flags');
  const protocol = entries.take('vlan', 'protocol')?.toLowerCase();
  return {
    ...(parent && { parent: interfaceOf(parent, all) }),
    vlan: {
      id,
      ...(protocol && { protocol }),
      ...(flags !== undefined && { reorder_hdr: (Number(flags) & REORDER) !== 0 }),
    },
  };
}

/** A port has no addresses; what its sections say then stays as it stands. */
function takeFamilies(entries: Entries, kind: Profile['kind']): Partial<Profile> {
  if (['master', 'controller', 'slave-type', 'port-type'].some((key) => entries.peek('connection', key)))
    return {};
  const ipv4 = takeFamily(entries, 'ipv4', kind);
  const ipv6 = takeFamily(entries, 'ipv6', kind);
  return { ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) };
}
