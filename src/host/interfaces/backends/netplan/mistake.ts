import { isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { EngineError } from '../../../../engine/errors.ts';
import { groupNames, OUR_FILE } from './definitions.ts';

/** What is wrong with a file, and the offset in it. */
interface Mistake {
  readonly what: string;
  readonly offset: number;
}

/**
 * Before our file is written anew: all that it says must be understood, or would be lost.
 * @throws EngineError REQUIREMENT that names the place of what is not
 */
export function refuseBroken(content: string): void {
  const lines = new LineCounter();
  const document = parseDocument(content, {
    schema: 'failsafe',
    prettyErrors: false,
    lineCounter: lines,
  });
  const [error] = document.errors;
  const mistake = error
    ? { what: error.message, offset: error.pos[0] }
    : document.contents && mistakeIn(document.contents);
  if (!mistake) return;
  const { line, col } = lines.linePos(mistake.offset);
  throw new EngineError('REQUIREMENT', `${OUR_FILE}:${line}:${col}: ${mistake.what}`, {
    hint: 'mend the file, which is left as it is, or move it away; "netplan generate" checks it',
  });
}

function mistakeIn(root: Node): Mistake | undefined {
  if (!isMap(root)) return { what: 'the file is no mapping', offset: root.range![0] };
  const network = root.get('network');
  if (!isMap(network)) return stranger(root, ['network']) ?? notMapping(root, 'network', '');
  const devices = groupNames.flatMap((group) => {
    const value = network.get(group);
    if (!isMap(value)) return notMapping(network, group, '') ?? [];
    return value.items.flatMap(({ key }) => {
      const id = isScalar(key) ? String(key.value) : '';
      return isMap(value.get(id)) ? [] : (notMapping(value, id, `${group}.`, true) ?? []);
    });
  });
  return stranger(root, ['network']) ?? stranger(network, ['version', ...groupNames]) ?? devices[0];
}

/** A key that Wirebook never writes, and so would not write again. */
function stranger({ items }: YAMLMap, known: readonly string[]): Mistake | undefined {
  const found = items.find(({ key }) => !(isScalar(key) && known.includes(String(key.value))));
  if (!found) return undefined;
  const { range } = found.key as Node;
  return {
    what: `${String(found.key)} is not of Wirebook's own: it belongs in another file`,
    offset: range![0],
  };
}

/** Of a group nothing at all may be said. */
function notMapping(map: YAMLMap, name: string, path: string, needed = false): Mistake | undefined {
  const pair = map.items.find(({ key }) => isScalar(key) && String(key.value) === name);
  const value = pair?.value as Node | null | undefined;
  const empty = !value || (isScalar(value) && (value.value === null || value.value === ''));
  if (!pair || (empty && !needed)) return undefined;
  const { range } = value ?? (pair.key as Node);
  return { what: `${path}${name} is no mapping`, offset: range![0] };
}
