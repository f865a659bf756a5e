import { own } from '../../../own.ts';
import type { BackendFacts, Files, Profile } from '../../profile.ts';
import { type HostLink, isPattern, matchesGlobs, parseLinks } from '../networkd/match.ts';
import { parseBoolean, parseBytes, parseMac } from '../networkd/values.ts';
import { readAddressing } from './addressing.ts';
import {
  type Definition,
  GROUPS,
  isMapping,
  mappingOf,
  OUR_FILE,
  readDefinitions,
  textsOf,
  type Value,
} from './definitions.ts';
import { notesOf } from './our-file.ts';
import { readOptions, USUAL } from './options.ts';

/** Interfaces by the id that netplan knows them by. */
export function namesById(
  definitions: readonly Definition[],
  links: readonly HostLink[],
): Map<string, string[]> {
  return new Map(definitions.map(({ id, value }) => [id, namesOf(id, value, links)]));
}

function namesOf(
  id: string,
  { match, 'set-name': setName }: Definition['value'],
  links: readonly HostLink[],
): string[] {
  if (!isMapping(match)) return [id];
  const { name, macaddress, ...rest } = match;
  // Whatever else there is to match by is not known here: such a definition is left alone
  if (Object.keys(rest).length > 0) return [];
  if (typeof setName === 'string') return [setName];
  const mac = typeof macaddress === 'string' ? parseMac(macaddress) : undefined;
  const found = links
    .filter(
      (link) =>
        (name === undefined || (typeof name === 'string' && matchesGlobs([name], link.name))) &&
        (macaddress === undefined || link.permanentMac === mac),
    )
    .map((link) => link.name);
  return found.length === 0 && typeof name === 'string' && !isPattern(name) && !mac ? [name] : found;
}

export function readProfiles(files: Files, facts: Pick<BackendFacts, 'facts'>): Profile[] {
  const definitions = readDefinitions(files);
  const names = namesById(definitions, parseLinks(facts.facts.link ?? ''));
  const notes = notesOf(own(files, OUR_FILE)?.content ?? '');
  const controllers = new Map<string, string>();
  for (const { id, value } of definitions) {
    for (const port of textsOf(value.interfaces)) {
      for (const name of names.get(port) ?? []) controllers.set(name, names.get(id)?.[0] ?? id);
    }
  }
  const nameOf = (id: string): string => names.get(id)?.[0] ?? id;
  return definitions.flatMap((definition) =>
    (names.get(definition.id) ?? []).map((name) =>
      readProfile(name, definition, controllers.get(name), notes.get(definition.id), nameOf),
    ),
  );
}

type Found = { -readonly [K in keyof Profile]?: Profile[K] };

/** Understood elsewhere: who is a port is said by the port, and the id and match by the name. */
const ELSEWHERE = ['interfaces', 'match', 'set-name'];

function readProfile(
  name: string,
  { group, value, places }: Definition,
  controller: string | undefined,
  stated: Readonly<Record<string, string>> | undefined,
  nameOf: (id: string) => string,
): Profile {
  const kind = GROUPS[group];
  const found: Found = { onboot: 'onboot' };
  const { families, rest } = readAddressing(value, stated);
  const notes = stated ?? {};
  const extra: string[] = [];
  for (const [key, item] of Object.entries(rest)) {
    if (ELSEWHERE.includes(key) || take(key, item, found)) continue;
    if (kind === 'vlan' && key === 'link' && typeof item === 'string') found.parent = nameOf(item);
    else if (isOption(kind, key, item)) continue;
    else if (key === 'parameters' && isMapping(item) && (kind === 'bond' || kind === 'bridge')) {
      extra.push(
        ...readOptions(kind, item).unknown.map(([option, text]) => showExtra(`parameters.${option}`, text)),
      );
    } else if (Array.isArray(item)) extra.push(...item.map((one) => showExtra(key, [one])));
    else extra.push(showExtra(key, item));
  }
  const options =
    kind === 'ethernet'
      ? undefined
      : {
          ...readOptions(kind, kind === 'vlan' ? value : mappingOf(value.parameters)).options,
          ...notedOptions(notes),
        };
  if (typeof options?.primary === 'string') options.primary = nameOf(options.primary);
  return {
    name,
    kind,
    backend: 'netplan',
    ...found,
    ...noted(notes),
    ...(controller !== undefined && { controller }),
    ...(options && { [kind]: options }),
    ...families,
    at: places.filter(({ file }) => file !== OUR_FILE || places.length === 1),
    ours: places.every(({ file }) => file === OUR_FILE),
    ...(extra.length > 0 && { extra }),
  };
}

const isOption = (kind: Profile['kind'], key: string, item: Value): boolean =>
  kind === 'vlan' && readOptions('vlan', { [key]: item }).unknown.length === 0;

function take(key: string, value: Value, found: Found): boolean {
  if (typeof value !== 'string') return false;
  switch (key) {
    case 'mtu':
      found.mtu = parseBytes(value)!;
      return found.mtu !== undefined;
    case 'macaddress':
      found.mac = parseMac(value)!;
      return found.mac !== undefined;
    case 'activation-mode':
      found.onboot = 'none';
      return value === 'manual';
    default:
      return false;
  }
}

function noted(notes: Readonly<Record<string, string>>): Found {
  const { uuid, label, onboot, promisc } = notes;
  return {
    ...(uuid !== undefined && { uuid }),
    ...(label !== undefined && { label }),
    ...(onboot === 'hotplug' && { onboot }),
    ...(promisc !== undefined && { promisc: parseBoolean(promisc) === true }),
  };
}

const notedOptions = (notes: Readonly<Record<string, string>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(USUAL).filter(([name]) => Object.hasOwn(notes, name)));

/** A path and JSON, in one line. */
const showExtra = (path: string, value: Value): string => `${path}: ${JSON.stringify(value)}`;
