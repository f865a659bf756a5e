import { own } from '../../../own.ts';
import type { Files, Place, Profile } from '../../profile.ts';
import { readDefinition } from './definition.ts';
import { plainKey } from './options.ts';
import { isOurs, MADE_HOTPLUG } from './path.ts';
import { isPortList, portNames } from './ports.ts';
import { type Interfaces, readInterfaces, type Selection, type Stanza } from './stanzas.ts';

/** Every definition in the files that ifup reads. */
export function readProfiles(files: Files): readonly Profile[] {
  const interfaces = readInterfaces(files);
  const groups = stanzasByName(interfaces);
  const members = membership(groups);
  const ours = (name: string): boolean => {
    const stanzas = groups.get(name);
    if (stanzas) return stanzas.every(({ at }) => isOurs(files, at.file, name));
    const controller = members.get(name)?.controller;
    return controller !== undefined && groups.has(controller) && ours(controller);
  };
  const defined = [...groups].map(([name, stanzas]): Profile => {
    const selections = interfaces.selections.filter((selection) => selects(selection, name));
    const notes = ours(name) ? (own(files, stanzas[0]!.at.file)?.content ?? '') : '';
    const uuid = uuidIn(notes);
    const start = startMode(selections);
    const isHotplug = start === 'onboot' && notes.split('\n').includes(MADE_HOTPLUG);
    const { extra, ...definition } = readDefinition(name, stanzas, members.get(name)?.controller);
    return {
      ...definition,
      onboot: isHotplug ? 'hotplug' : start,
      ...(uuid !== undefined && { uuid }),
      at: stanzas.map(({ at }) => at),
      ours: ours(name),
      ...withSelections(extra, selections),
    };
  });
  const listed = [...members]
    .filter(([name]) => !groups.has(name))
    .map(([name, { controller, at }]): Profile => {
      return { ...readDefinition(name, [], controller), at: [at], ours: ours(name) };
    });
  return [...defined, ...listed];
}

/** `eth0:1` is one more address of eth0. */
export const physicalName = (name: string): string => name.split(':')[0]!;

/** Stanzas of each interface, with what they inherit; templates that nothing starts are none. */
function stanzasByName({ stanzas, selections }: Interfaces): ReadonlyMap<string, readonly Stanza[]> {
  const templates = new Set(stanzas.flatMap(({ inherits }) => inherits ?? []));
  const groups = new Map<string, Stanza[]>();
  const add = (name: string, stanza: Stanza): void => {
    groups.set(name, [...(groups.get(name) ?? []), stanza]);
  };
  for (const stanza of stanzas) {
    const name = physicalName(stanza.name);
    const isTemplate = templates.has(name) && !selections.some(({ names }) => names.includes(name));
    if (name !== 'lo' && !isTemplate) add(name, withInherited(stanza, stanzas));
  }
  for (const { names } of selections) {
    for (const [name, logical] of names.map((text) => text.split('='))) {
      if (logical === undefined || !name || name.startsWith('/') || groups.has(name)) continue;
      for (const stanza of stanzas.filter((other) => other.name === logical)) {
        add(name, { ...stanza, name });
      }
    }
  }
  return groups;
}

function withInherited(stanza: Stanza, all: readonly Stanza[], seen: readonly string[] = []): Stanza {
  const { inherits } = stanza;
  if (inherits === undefined || seen.includes(inherits)) return stanza;
  const base = all.find((other) => other.name === inherits && other.family === stanza.family);
  if (!base) return stanza;
  const options = withInherited(base, all, [...seen, inherits]).options;
  const own = new Set(stanza.options.map(({ key }) => plainKey(key)));
  const kept = options.filter(({ key }) => COMMANDS.includes(key) || !own.has(plainKey(key)));
  return { ...stanza, options: [...kept, ...stanza.options] };
}

const COMMANDS = ['pre-up', 'up', 'post-up', 'pre-down', 'down', 'post-down'];

interface Membership {
  readonly controller: string;
  readonly at: Place;
}

/** Whose ports the interfaces are: by the lists of bridges and bonds, and by what ports say themselves. */
function membership(groups: ReadonlyMap<string, readonly Stanza[]>): ReadonlyMap<string, Membership> {
  const members = new Map<string, Membership>();
  for (const [name, stanzas] of groups) {
    for (const { key, value, at } of stanzas.flatMap(({ options }) => options)) {
      if (plainKey(key) === 'bond-master') members.set(name, { controller: value, at });
      if (!isPortList(key)) continue;
      for (const port of portNames(value))
        if (!members.has(port)) members.set(port, { controller: name, at });
    }
  }
  return members;
}

const selects = ({ names }: Selection, name: string): boolean =>
  names.some((text) => text.split('=')[0] === name);

function startMode(selections: readonly Selection[]): 'onboot' | 'hotplug' | 'none' {
  const words = selections.map(({ word }) => word);
  if (words.includes('auto')) return 'onboot';
  return words.includes('allow-hotplug') ? 'hotplug' : 'none';
}

/** Other ways in which an interface is selected, and `allow-hotplug` beside `auto`, are kept. */
function withSelections(
  extra: readonly string[] | undefined,
  selections: readonly Selection[],
): Pick<Profile, 'extra'> {
  const start = startMode(selections);
  const words = new Set(selections.map(({ word }) => word));
  const kept = [...words].filter(
    (word) => word !== 'auto' && !(word === 'allow-hotplug' && start === 'hotplug'),
  );
  const all = [...kept, ...(extra ?? [])];
  return all.length > 0 ? { extra: all } : {};
}

const uuidIn = (content: string): string | undefined => /^# uuid (\S+)$/m.exec(content)?.[1];
