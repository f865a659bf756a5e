import type { BackendFacts, Files, Profile } from '../../profile.ts';
import { activeConnection, devicesOf } from './facts.ts';
import { brokenLine, Entries, isTrue, parseKeyfile, unescapeValue } from './keyfile.ts';

const ETC = '/etc/NetworkManager/system-connections';

/** Of files with the same UUID the one in the earlier directory counts. */
const DIRECTORIES = [
  '/run/NetworkManager/system-connections',
  ETC,
  '/usr/lib/NetworkManager/system-connections',
];

/** What netplan generates is netplan's. */
const GENERATED = /^\/run\/NetworkManager\/system-connections\/netplan-/;

export const CONNECTION_GLOBS: readonly string[] = DIRECTORIES.map((directory) => `${directory}/*`);

/** Where the definition of an interface goes that is ours. */
export const ownPath = (name: string): string => `${ETC}/wirebook-${name}.nmconnection`;

/** A connection of a kind that we know, and the interface that it is for. */
export interface Connection {
  readonly file: string;
  /** Where it says which interface it is for */
  readonly line: number;
  readonly name: string;
  readonly kind: Profile['kind'];
  readonly uuid: string | undefined;
  readonly entries: Entries;
}

export const KINDS: Readonly<Record<string, Profile['kind']>> = {
  ethernet: 'ethernet',
  '802-3-ethernet': 'ethernet',
  bridge: 'bridge',
  bond: 'bond',
  vlan: 'vlan',
};

/** The connections that NetworkManager loads from its files, and that are for one interface each. */
export function readConnections(files: Files, facts: BackendFacts): readonly Connection[] {
  const seen = new Set<string>();
  const found: Connection[] = [];
  for (const directory of DIRECTORIES) {
    for (const file of Object.keys(files).sort()) {
      if (!file.startsWith(`${directory}/`) || GENERATED.test(file)) continue;
      if (!isLoaded(files, file, directory)) continue;
      const entries = new Entries(parseKeyfile(files[file]!.content));
      const uuid = entries.peek('connection', 'uuid')?.toLowerCase();
      if (uuid !== undefined && seen.has(uuid)) continue;
      if (uuid !== undefined) seen.add(uuid);
      const connection = connectionOf(file, entries, facts);
      if (connection) found.push(connection);
    }
  }
  return found;
}

/** NetworkManager ignores backups, what others than root could read or write, and what is no keyfile. */
function isLoaded(files: Files, file: string, directory: string): boolean {
  const name = file.slice(directory.length + 1);
  const { mode, uid, content } = files[file]!;
  if (name.startsWith('.') || name.endsWith('~') || name.includes('/')) return false;
  if (brokenLine(content) !== undefined) return false;
  if (directory !== ETC) return name.endsWith('.nmconnection');
  return uid === 0 && (mode & 0o077) === 0 && !/\.(bak|orig|rej|rpm(new|save|orig)|dpkg-\w+)$/.test(name);
}

function connectionOf(file: string, entries: Entries, facts: BackendFacts): Connection | undefined {
  const kind = KINDS[entries.peek('connection', 'type') ?? ''];
  // What it made up itself, of a device that others have configured
  if (!kind || isTrue(entries.peek('.nmmeta', 'nm-generated') ?? 'false')) return undefined;
  const portType = entries.peek('connection', 'port-type') ?? entries.peek('connection', 'slave-type');
  if (portType && portType !== 'bridge' && portType !== 'bond') return undefined;
  const place = [
    ['connection', 'interface-name'],
    [kind, 'interface-name'],
    ['ethernet', 'mac-address'],
    ['vlan', 'id'],
  ].find(([section, key]) => entries.peek(section!, key!) !== undefined);
  const name = nameOf(kind, entries, facts);
  if (place === undefined || name === undefined) return undefined;
  const uuid = entries.peek('connection', 'uuid')?.toLowerCase();
  return { file, line: entries.line(place[0]!, place[1]!)!, name, kind, uuid, entries };
}

/** undefined: for any device, so of none in particular. */
function nameOf(kind: Profile['kind'], entries: Entries, facts: BackendFacts): string | undefined {
  const stated = entries.peek('connection', 'interface-name') ?? entries.peek(kind, 'interface-name');
  if (stated) return unescapeValue(stated);
  if (kind === 'vlan') {
    const [parent, id] = [entries.peek('vlan', 'parent'), entries.peek('vlan', 'id')];
    return parent && id ? `${parent}.${id}` : undefined;
  }
  const mac = entries.peek('ethernet', 'mac-address')?.toLowerCase();
  if (kind !== 'ethernet' || !mac) return undefined;
  const devices = devicesOf(facts).filter((device) => device.mac === mac);
  return (devices.find(({ physical }) => physical) ?? devices[0])?.name;
}

/** One connection an interface: the active one, else the one that is started first. */
export function definitions(connections: readonly Connection[], facts: BackendFacts): readonly Connection[] {
  const rank = ({ name, uuid, entries }: Connection): number => {
    if (uuid !== undefined && activeConnection(facts, name) === uuid) return 1e6;
    const priority = Number(entries.peek('connection', 'autoconnect-priority') ?? 0);
    const starts = isTrue(entries.peek('connection', 'autoconnect') ?? 'true');
    return (starts ? 1e4 : 0) + (Number.isFinite(priority) ? priority : 0);
  };
  const best = new Map<string, Connection>();
  for (const connection of connections) {
    const other = best.get(connection.name);
    if (!other || rank(connection) > rank(other)) best.set(connection.name, connection);
  }
  return [...best.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
