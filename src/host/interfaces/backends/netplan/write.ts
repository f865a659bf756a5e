import { EngineError } from '../../../../engine/errors.ts';
import { own } from '../../../own.ts';
import { hasPrimary } from '../../bond-mode.ts';
import { type Profile, profilesOf, type Stored } from '../../profile.ts';
import type { DefinitionChange, FileChange } from '../backend.ts';
import { labelChanges } from '../networkd/label.ts';
import { parseLinks } from '../networkd/match.ts';
import {
  type Definition,
  filesInOrder,
  GROUPS,
  type Group,
  groupNames,
  isList,
  isMapping,
  isText,
  type Mapping,
  OUR_FILE,
  readDefinitions,
  textsOf,
  type Value,
} from './definitions.ts';
import { withoutDevices, withoutPort } from './edit.ts';
import { writeAddressing } from './addressing.ts';
import { refuseBroken } from './mistake.ts';
import { noWord, writeOptions } from './options.ts';
import { type Block, parseBlocks, renderBlock, renderFile } from './our-file.ts';
import { namesById } from './read.ts';

type Profiles = Readonly<Record<string, Profile>>;

const groupOf = (kind: Profile['kind']): Group => groupNames.find((group) => GROUPS[group] === kind)!;

/**
 * Our definitions in a file of their own; those of others are taken out of theirs where they go or become ours.
 * @throws EngineError REQUIREMENT, REFUSED
 */
export function writeFiles(stored: Stored, change: DefinitionChange): FileChange[] {
  const { files } = stored;
  const before = profilesOf(stored, 'netplan');
  const after = Object.fromEntries([
    ...Object.entries(before).filter(([name]) => !change.remove.includes(name)),
    ...change.set.map((profile): [string, Profile] => [profile.name, profile]),
  ]);
  const touched = new Set([...change.remove, ...change.set.map(({ name }) => name)]);
  const definitions = readDefinitions(files);
  const ids = idsOf(definitions, stored);
  const foreign = foreignEdits(stored, change, definitions, ids);
  const elsewhere = readDefinitions(withEdits(files, foreign));

  const old = parseBlocks(own(files, OUR_FILE)?.content ?? '');
  const blocks = Object.keys(after).flatMap((name): Block[] => {
    const profile = after[name]!;
    const ours = touched.has(name) || profile.ours;
    const block = ours
      ? deviceBlock(profile, portsOf(after, name, []), ids)
      : addedPorts(profile, touched, after, elsewhere, ids);
    if (!block) return [];
    const have = old.find((other) => other.group === block.group && other.id === block.id);
    const same = have && !touched.has(name) && samePorts(have, block);
    return [same ? have : block];
  });
  const parents = Object.values(after).flatMap(({ parent, name }) =>
    parent !== undefined && touched.has(name) && !own(after, parent) ? [parent] : [],
  );
  for (const parent of new Set(parents)) blocks.push(renderBlock('ethernets', parent, {}, {}));

  const content = renderFile(blocks);
  const ourChange: FileChange = { path: OUR_FILE, ...(content !== undefined && { content, mode: 0o600 }) };
  const changes = [...foreign, ourChange].filter(
    ({ path, content: text }) => own(files, path)?.content !== text,
  );
  if (changes.includes(ourChange)) refuseBroken(own(files, OUR_FILE)?.content ?? '');
  return [...changes, ...labelChanges(files, change)];
}

/** Ids of interfaces; those of ours are their names. */
function idsOf(definitions: readonly Definition[], stored: Stored): ReadonlyMap<string, string> {
  const links = parseLinks(stored.backends.netplan?.facts.link ?? '');
  const found = new Map<string, string>();
  for (const [id, names] of namesById(definitions, links)) for (const name of names) found.set(name, id);
  return found;
}

/** What is to be taken out of the files of others. */
function foreignEdits(
  stored: Stored,
  change: DefinitionChange,
  definitions: readonly Definition[],
  ids: ReadonlyMap<string, string>,
): FileChange[] {
  const names = [...change.remove, ...change.set.map(({ name }) => name)];
  const gone = names.flatMap((name) => {
    const definition = definitions.find(({ id }) => id === ids.get(name));
    if (!definition?.places.some(({ file }) => file !== OUR_FILE)) return [];
    const shared = [...ids].find(([other, id]) => id === definition.id && other !== name);
    if (shared) {
      throw new EngineError(
        'REFUSED',
        `${definition.id} in ${definition.places[0]!.file} is for ${name} and ${shared[0]}`,
        {
          hint: 'Give each interface a definition of its own',
        },
      );
    }
    return [definition];
  });
  return filesInOrder(stored.files)
    .filter((path) => path !== OUR_FILE)
    .flatMap((path) => {
      const { content } = stored.files[path]!;
      const here = gone.filter(({ places }) => places.some(({ file }) => file === path));
      let text = withoutDevices(
        content,
        here.map(({ id }) => id),
      );
      for (const name of names) {
        const controller = change.set.find((profile) => profile.name === name)?.controller;
        const port = ids.get(name) ?? name;
        if (text !== undefined)
          text = withoutPort(text, port, controller && (ids.get(controller) ?? controller));
      }
      if (text === content) return [];
      if (!path.startsWith('/etc/')) {
        throw new EngineError(
          'REFUSED',
          `${names.join(', ')} is defined by ${path}, which another program generates`,
          {
            hint: 'Change it where it comes from',
          },
        );
      }
      return [{ path, ...(text !== undefined && { content: text }) }];
    });
}

function withEdits(files: Stored['files'], edits: readonly FileChange[]): Stored['files'] {
  const result = { ...files };
  delete result[OUR_FILE];
  for (const { path, content } of edits) {
    if (content === undefined) delete result[path];
    else result[path] = { ...files[path]!, content };
  }
  return result;
}

const portsOf = (profiles: Profiles, controller: string, known: readonly string[]): string[] =>
  Object.values(profiles)
    .filter((profile) => profile.controller === controller && !known.includes(profile.name))
    .map(({ name }) => name)
    .sort();

const portIds = (ports: readonly string[], ids: ReadonlyMap<string, string>): Value[] =>
  ports.map((port) => ids.get(port) ?? port);

/** Our ports of someone else's bridge or bond: netplan joins the lists of all files. */
function addedPorts(
  { name, kind }: Profile,
  touched: ReadonlySet<string>,
  after: Profiles,
  elsewhere: readonly Definition[],
  ids: ReadonlyMap<string, string>,
): Block | undefined {
  const id = ids.get(name) ?? name;
  const listed = textsOf(elsewhere.find((definition) => definition.id === id)?.value.interfaces);
  const added = portsOf(after, name, []).filter(
    (port) => !listed.includes(ids.get(port) ?? port) && (touched.has(port) || after[port]!.ours),
  );
  return added.length === 0
    ? undefined
    : renderBlock(groupOf(kind), id, {}, { interfaces: portIds(added, ids) });
}

/** Whether two blocks of a device list the same ports; the rest of one that is not to change is as it is. */
const samePorts = (a: Block, b: Block): boolean => {
  const ports = ({ lines }: Block): string =>
    lines.find((line) => line.startsWith('      interfaces:')) ?? '';
  return ports(a) === ports(b);
};

/** @throws EngineError REQUIREMENT */
function deviceBlock(profile: Profile, ports: readonly string[], ids: ReadonlyMap<string, string>): Block {
  const { kind, mtu, mac, onboot, promisc, parent, name } = profile;
  if (promisc === true) throw noWord('promisc');
  const id = (other: string): string => ids.get(other) ?? other;
  const options: Record<string, unknown> = kind === 'ethernet' ? {} : { ...profile[kind] };
  // Left over from another mode; networkd gives the port up over it
  if (!hasPrimary(options.mode)) delete options.primary;
  if (typeof options.primary === 'string') options.primary = id(options.primary);
  const { parameters, notes } =
    kind === 'ethernet' ? { parameters: {}, notes: {} } : writeOptions(kind, options);
  const addressing = writeAddressing(profile);
  const value: Record<string, Value> = {
    ...(kind === 'vlan' && { ...parameters, link: id(parent ?? '') }),
    ...((kind === 'bond' || kind === 'bridge') && ports.length > 0 && { interfaces: portIds(ports, ids) }),
    ...(onboot === 'none' && { 'activation-mode': 'manual' }),
    ...(mtu !== undefined && { mtu: String(mtu) }),
    ...(mac !== undefined && { macaddress: mac }),
    ...(kind !== 'vlan' && Object.keys(parameters).length > 0 && { parameters }),
    ...addressing.value,
  };
  const head = {
    ...(profile.uuid !== undefined && { uuid: profile.uuid }),
    ...(profile.label !== undefined && { label: profile.label }),
    ...(onboot === 'hotplug' && { onboot }),
    ...(promisc === false && { promisc: 'false' }),
  };
  return renderBlock(
    groupOf(kind),
    name,
    { ...head, ...notes, ...addressing.notes },
    withExtra(value, profile.extra),
  );
}

/** `a.b: JSON` put where it was; lists are joined. */
function withExtra(value: Mapping, extra: readonly string[] = []): Mapping {
  const result: Record<string, Value> = { ...value };
  for (const line of extra) {
    const [, path, json] = /^(\S+): (.*)$/s.exec(line) ?? [];
    if (path === undefined) continue;
    const [key = '', ...rest] = path.startsWith('parameters.') ? ['parameters', path.slice(11)] : [path];
    const item = JSON.parse(json!) as Value;
    const have = Object.hasOwn(result, key) ? result[key] : undefined;
    if (rest.length > 0) result[key] = { ...(isMapping(have) ? have : {}), [rest[0]!]: item };
    else if (isList(have) && isList(item)) result[key] = [...have, ...item];
    else if (isMapping(have) && isMapping(item)) result[key] = { ...have, ...item };
    else if (!isText(have)) result[key] = item;
  }
  return result;
}
