import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import type { Files, Place } from '../../profile.ts';

/** Read as netplan reads: every scalar is its text. */
export type Value = string | readonly Value[] | Mapping;
export interface Mapping {
  readonly [key: string]: Value;
}

export const GROUPS = { ethernets: 'ethernet', bonds: 'bond', vlans: 'vlan', bridges: 'bridge' } as const;
export type Group = keyof typeof GROUPS;
export const groupNames = Object.keys(GROUPS) as Group[];

/** A device under its id, from all files that speak of it. */
export interface Definition {
  readonly id: string;
  readonly group: Group;
  readonly value: Mapping;
  readonly places: readonly Place[];
  /** `networkd` or `NetworkManager` */
  readonly renderer: string;
}

/** First the one whose file wins over a file of the same name. */
const FOLDERS = ['/etc/netplan', '/run/netplan', '/lib/netplan'] as const;
/** Of Wirebook's own definitions; after people's, so that what it builds on is there before (netplan needs that). */
export const OUR_FILE = '/etc/netplan/99-wirebook.yaml';

export const globs: readonly string[] = FOLDERS.map((folder) => `${folder}/*.yaml`);

/** Files in the order in which netplan reads them. */
export function filesInOrder(files: Files): string[] {
  const byName = new Map<string, string>();
  for (const folder of FOLDERS) {
    for (const path of Object.keys(files)) {
      const name = path.slice(folder.length + 1);
      const isHere = path.startsWith(`${folder}/`) && name.endsWith('.yaml') && !name.includes('/');
      if (isHere && !byName.has(name)) byName.set(name, path);
    }
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

export const parseYaml = (content: string, lines?: LineCounter) =>
  parseDocument(content, { schema: 'failsafe', uniqueKeys: false, ...(lines && { lineCounter: lines }) });

/** All devices of the kinds that Wirebook knows. A file that is not YAML is netplan's to complain about. */
export function readDefinitions(files: Files): Definition[] {
  const found = new Map<string, { group: Group; value: Mapping; places: Place[] }>();
  let network: Mapping = {};
  for (const path of filesInOrder(files)) {
    const lines = new LineCounter();
    const document = parseYaml(files[path]!.content, lines);
    const root = document.get('network');
    if (document.errors.length > 0 || !isMap(root)) continue;
    network = merge(network, mappingOf(toValue(root)));
    for (const group of groupNames) {
      const devices = root.get(group);
      if (!isMap(devices)) continue;
      for (const { key, value } of devices.items) {
        if (!isScalar(key) || !isMap(value)) continue;
        const id = String(key.value);
        const have = found.get(id) ?? { group, value: {}, places: [] };
        const place = { file: path, line: lines.linePos(key.range![0]).line };
        found.set(id, {
          group,
          value: merge(have.value, mappingOf(toValue(value))),
          places: [...have.places, place],
        });
      }
    }
  }
  return [...found].map(([id, { group, value, places }]) => {
    const renderer = [value.renderer, mappingOf(network[group]).renderer, network.renderer].find(isText);
    return { id, group, value, places, renderer: renderer ?? 'networkd' };
  });
}

function toValue(node: unknown): Value {
  if (isScalar(node)) return node.value === null || node.value === undefined ? '' : String(node.value);
  if (isSeq(node)) return node.items.map(toValue);
  if (!isMap(node)) return '';
  return Object.fromEntries(
    node.items.map(({ key, value }) => [String((key as Node).toJSON()), toValue(value)]),
  );
}

/** As netplan does: mappings are merged, lists joined, and the later word counts. */
function merge(a: Mapping, b: Mapping): Mapping {
  const merged: Record<string, Value> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const have = Object.hasOwn(merged, key) ? merged[key] : undefined;
    if (isMapping(have) && isMapping(value)) merged[key] = merge(have, value);
    else if (isList(have) && isList(value)) merged[key] = joined(have, value);
    else merged[key] = value;
  }
  return merged;
}

const joined = (a: readonly Value[], b: readonly Value[]): Value[] => [
  ...a,
  ...b.filter((item) => !a.some((other) => JSON.stringify(other) === JSON.stringify(item))),
];

export const isText = (value: Value | undefined): value is string => typeof value === 'string';
export const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);
export const isMapping = (value: Value | undefined): value is Mapping =>
  typeof value === 'object' && !Array.isArray(value);
export const mappingOf = (value: Value | undefined): Mapping => (isMapping(value) ? value : {});
export const textsOf = (value: Value | undefined): string[] => (isList(value) ? value.filter(isText) : []);
