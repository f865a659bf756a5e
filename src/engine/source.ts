import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  type YAMLMap,
} from 'yaml';
import { EngineError } from './errors.ts';
import { findBadAliases, findCollectionKeys, findDuplicateKeys, findSurprises } from './yaml-checks.ts';
import { ansibleTags } from './yaml-tags.ts';

/** A place in a file. Lines and columns count from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Length of the marked text on its first line */
  readonly length: number;
  /** The source line itself, for the code frame */
  readonly text: string;
}

/** Keys and indexes from the root of a document to a node. */
export type NodePath = readonly (string | number)[];

/** A string that is never templated (`!unsafe`). */
export class UnsafeText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A YAML file that was read: its plain value, and where each part of it stands. */
export interface YamlSource {
  readonly file: string;
  /** Plain JavaScript values: objects, arrays, strings, numbers, booleans, null, UnsafeText */
  readonly value: unknown;
  /** Problems found while reading; when there is a syntax error, `value` is undefined */
  readonly problems: readonly EngineError[];
  /** Readings that a YAML 1.2 parser would not share, such as `no` or `0777` */
  readonly surprises: readonly EngineError[];
  /** Where the value at a path stands, or its key; falls back to the nearest ancestor that is there */
  locate(path: NodePath, at?: 'value' | 'key'): Location;
  /** The text of a plain scalar as written (`0777`, `1.10`, `yes`), undefined for anything else */
  scalarText(path: NodePath): string | undefined;
}

/** A node of a YAML file, carried by plays and tasks so that errors can point at them. */
export interface SourceNode {
  readonly source: YamlSource;
  readonly path: NodePath;
}

export function locationOf(node: SourceNode, ...more: (string | number)[]): Location {
  return node.source.locate([...node.path, ...more]);
}

/** How a file begins that is encrypted as a whole. */
export const VAULT_HEADER = '$ANSIBLE_VAULT;';

const vaultProblem = (what: string, location: Location): EngineError =>
  new EngineError('VAULT', `${what} is encrypted with Ansible Vault`, {
    location,
    hint: 'decrypt it with ansible-vault, or keep the secret elsewhere: Wirebook cannot read it yet',
  });

/** Aliases that one anchor may come to, through other aliases */
const MAX_ALIASES = 1000;

/**
 * Reads YAML as 1.1, as Ansible does, except that base-60 numbers stay strings
 * (a MAC address such as 52:54:00:12:34:56 is one to PyYAML).
 */
export function readYaml(file: string, content: string): YamlSource {
  const text = content.replace(/^\uFEFF/, '');
  const counter = new LineCounter();
  const document = parseDocument(text, {
    version: '1.1',
    merge: true,
    lineCounter: counter,
    prettyErrors: false,
    // Checked below: the library compares every key with every other, which a fleet's inventory feels
    uniqueKeys: false,
    customTags: (tags) => [
      ...ansibleTags(tags),
      { tag: '!unsafe', resolve: (value: string) => new UnsafeText(value) as unknown },
    ],
  });
  const lines = text.split(/\r?\n/);

  const at = (start: number, end: number): Location => {
    const { line, col } = counter.linePos(Math.min(start, text.length));
    const lineText = lines[line - 1] ?? '';
    const length = Math.max(1, Math.min(end - start, lineText.length - col + 1));
    return { file, line, column: col, length, text: lineText };
  };

  const locate = (path: NodePath, which: 'value' | 'key' = 'value'): Location => {
    const range = rangeOf(document, path, which) ?? document.contents?.range ?? [0, 0];
    return at(range[0] ?? 0, range[1] ?? 0);
  };

  const problems = firstErrors(document).map((error) => {
    const location = at(error.pos[0], error.pos[1]);
    return new EngineError('YAML_SYNTAX', error.message.replace(/\s+/g, ' '), {
      location,
      hint: yamlHint(lines[location.line - 1] ?? ''),
    });
  });
  for (const warning of document.warnings) {
    const location = at(warning.pos[0], warning.pos[1]);
    problems.push(
      warning.message.endsWith('!vault')
        ? vaultProblem('this value', location)
        : new EngineError('YAML_TAG', warning.message, { location }),
    );
  }
  if (text.startsWith(VAULT_HEADER)) problems.push(vaultProblem('this file', at(0, VAULT_HEADER.length)));

  let fatal = document.errors.length > 0 || text.startsWith(VAULT_HEADER);
  if (!fatal) {
    const badAliases = findBadAliases(document, text, at);
    problems.push(...badAliases);
    fatal = badAliases.length > 0;
  }
  if (!fatal) problems.push(...findDuplicateKeys(document, at), ...findCollectionKeys(document, text, at));
  let value: unknown;
  try {
    value = fatal ? undefined : document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    problems.push(
      new EngineError('YAML_SYNTAX', 'aliases of aliases make this file too large', { location: at(0, 0) }),
    );
    fatal = true;
  }
  return {
    file,
    value,
    problems,
    surprises: fatal ? [] : findSurprises(document, at),
    locate,
    scalarText(path) {
      const node = nodeAt(document, path);
      if (!isScalar(node) || node.type !== Scalar.PLAIN || !node.range) return undefined;
      return text.slice(node.range[0], node.range[1]);
    },
  };
}

/** Not what follows from the first: once the document seems to be over, each further token is one error more. */
function firstErrors({ errors }: Document): Document['errors'] {
  const over = errors.findIndex(({ message }) => message.startsWith('Unexpected scalar at node end'));
  return over === -1
    ? errors
    : errors.filter(({ message }, index) => index <= over || !/^Unexpected .* token in YAML/.test(message));
}

function nodeAt(document: Document, path: NodePath): Node | undefined {
  let node: unknown = document.contents;
  for (const step of path) {
    node = child(document, node, step);
    if (node === undefined) return undefined;
  }
  return resolve(document, node);
}

function resolve(document: Document, node: unknown): Node | undefined {
  return (isAlias(node) ? node.resolve(document) : node) as Node | undefined;
}

function child(document: Document, node: unknown, step: string | number): unknown {
  const target = resolve(document, node);
  if (isMap(target)) return pairOf(document, target, step)?.value ?? undefined;
  return isSeq(target) ? target.get(Number(step), true) : undefined;
}

/** The entry of a mapping, own or merged in with `<<`. */
function pairOf(document: Document, map: YAMLMap, step: string | number): Pair | undefined {
  const name = String(step);
  const own = map.items.find(({ key }) => isScalar(key) && String(key.value) === name);
  if (own) return own;
  for (const { key, value } of map.items) {
    if (!isScalar(key) || key.source !== '<<') continue;
    const merged = resolve(document, value);
    for (const item of isSeq(merged) ? merged.items : [merged]) {
      const source = resolve(document, item);
      const found = isMap(source) ? pairOf(document, source, step) : undefined;
      if (found) return found;
    }
  }
  return undefined;
}

function rangeOf(document: Document, path: NodePath, which: 'value' | 'key'): readonly number[] | undefined {
  let parent: unknown = document.contents;
  let range = (document.contents?.range ?? undefined) as readonly number[] | undefined;
  for (const [index, step] of path.entries()) {
    const resolved = resolve(document, parent);
    const node = child(document, parent, step) as Node | undefined;
    const pair = isMap(resolved) ? pairOf(document, resolved, step) : undefined;
    const key = pair?.key as Node | undefined;
    if (node === undefined && key === undefined) return range;
    const last = index === path.length - 1;
    range = (last && which === 'key' ? key?.range : undefined) ?? node?.range ?? key?.range ?? range;
    parent = node;
  }
  return range;
}

function yamlHint(line: string): string {
  if (/:\s*\{\{/.test(line)) return 'quote a value that begins with {{: "{{ name }}"';
  if (/^\s*\t/.test(line)) return 'indent with spaces: YAML allows no tabs';
  return 'check indentation, colons and quotes on this line and the one before';
}
