import { isMap, isScalar, isSeq, type Document, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { groupNames, parseYaml } from './definitions.ts';

/**
 * A file of someone else without these devices. Where they stand on lines of their own just these lines go, and
 * everything else keeps every byte. undefined: nothing is left of it.
 */
export function withoutDevices(content: string, ids: readonly string[]): string | undefined {
  if (ids.length === 0) return content;
  let text = content;
  for (const id of ids) {
    for (const group of groupNames) {
      const document = parseYaml(text);
      const devices = document.getIn(['network', group]);
      if (!isMap(devices) || !devices.has(id)) continue;
      text =
        devices.items.length === 1
          ? without(text, document, ['network'], group)
          : without(text, document, ['network', group], id);
    }
  }
  return isBare(text) ? undefined : text;
}

/** A file without a port in the lists of other controllers than `controller`. */
export function withoutPort(content: string, port: string, controller: string | undefined): string {
  const document = parseYaml(content);
  if (document.errors.length > 0) return content;
  let changed = false;
  for (const group of ['bonds', 'bridges']) {
    const devices = document.getIn(['network', group]);
    if (!isMap(devices)) continue;
    for (const { key, value } of devices.items) {
      if (!isScalar(key) || String(key.value) === controller || !isMap(value)) continue;
      const ports = value.get('interfaces');
      if (!isSeq(ports)) continue;
      const index = ports.items.findIndex((item) => isScalar(item) && String(item.value) === port);
      if (index < 0) continue;
      ports.items.splice(index, 1);
      if (ports.items.length === 0) ports.flow = true;
      changed = true;
    }
  }
  return changed ? show(document) : content;
}

const show = (document: Document): string =>
  document.toString({ lineWidth: 0, flowCollectionPadding: false });

function without(text: string, document: Document, path: readonly string[], key: string): string {
  const map = document.getIn(path) as YAMLMap;
  const index = map.items.findIndex((item) => isScalar(item.key) && String(item.key.value) === key);
  const cut = map.flow ? undefined : cutLines(text, map, index);
  const plain = structure(document);
  document.deleteIn([...path, key]);
  const wanted = structure(document);
  if (cut !== undefined && cut !== text && plain !== wanted) {
    const again = parseYaml(cut);
    if (again.errors.length === 0 && structure(again) === wanted) return cut;
  }
  return show(document);
}

/** From the line of the key, with the comments right above it, to the line before what comes next. */
function cutLines(text: string, map: YAMLMap, index: number): string | undefined {
  const lineStart = (offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;
  const { key, value } = map.items[index] as Pair<Scalar, { range?: [number, number, number] }>;
  const end = value?.range?.[1] ?? key.range?.[2];
  if (!key.range || end === undefined) return undefined;
  let start = lineStart(key.range[0]);
  const indent = text.slice(start, key.range[0]);
  if (indent.trim() !== '') return undefined;
  const previous = text.slice(0, start).split('\n').slice(0, -1);
  while (previous.at(-1)?.startsWith(`${indent}#`)) start -= previous.pop()!.length + 1;
  const newline = text.indexOf('\n', Math.max(end - 1, key.range[1]));
  return text.slice(0, start) + (newline < 0 ? '' : text.slice(newline + 1));
}

const structure = (document: Document): string => JSON.stringify(document.toJS());

/** Says nothing but the version, if that. */
function isBare(text: string): boolean {
  const network = parseYaml(text).get('network');
  return !isMap(network) || network.items.every(({ key }) => isScalar(key) && key.value === 'version');
}
