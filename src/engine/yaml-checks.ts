import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, Scalar, visit } from 'yaml';
import { EngineError } from './errors.ts';
import type { Location } from './source.ts';

/** Where a range of the text is. */
type Place = (start: number, end: number) => Location;

/**
 * Finds aliases that cannot be followed, and merges of what is no mapping. Values cannot be made of such a document.
 */
export function findBadAliases(document: Document, text: string, at: Place): EngineError[] {
  const found: EngineError[] = [];
  if (!/[*]|<</.test(text)) return found;
  const report = (message: string, range: readonly number[] | null | undefined, hint?: string) => {
    const location = at(range?.[0] ?? 0, range?.[1] ?? 0);
    found.push(new EngineError('YAML_SYNTAX', message, { location, hint }));
  };
  visit(document, {
    Alias(_, alias, path) {
      const target = alias.resolve(document);
      if (!target)
        report(
          `there is no anchor &${alias.source} before this`,
          alias.range,
          'a text that begins with * must be quoted',
        );
      else if (path.includes(target)) report(`the anchor &${alias.source} holds itself`, alias.range);
    },
    Pair(_, { key, value }) {
      if (!isScalar(key) || key.source !== '<<' || key.type !== Scalar.PLAIN) return;
      const follow = (node: unknown) => (isAlias(node) ? node.resolve(document) : node);
      const sources = isSeq(follow(value)) ? (follow(value) as { items: unknown[] }).items : [value];
      if (!sources.every((source) => isMap(follow(source)))) report('<< merges mappings only', key.range);
    },
  });
  return found;
}

export function findDuplicateKeys(document: Document, at: Place): EngineError[] {
  const found: EngineError[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key) || key.value === '<<') continue;
        if (seen.has(key.value) && key.range) {
          found.push(
            new EngineError('YAML_DUPLICATE_KEY', 'this key is there twice in one mapping', {
              location: at(key.range[0], key.range[1]),
              hint: 'remove one of them; YAML parsers disagree on which would count',
            }),
          );
        }
        seen.add(key.value);
      }
    },
  });
  return found;
}

/**
 * Finds keys that are lists or mappings: nearly always a `{{ name }}` that lacks its quotes. It is read as the template
 * that is meant, so that the rest of the file can be checked.
 */
export function findCollectionKeys(document: Document, text: string, at: Place): EngineError[] {
  const found: EngineError[] = [];
  if (!/[{[?]/.test(text)) return found;
  visit(document, {
    Map(_, map) {
      if (!map.items.some(({ key }) => isCollection(key))) return undefined;
      const [start, end] = map.range ?? [0, 0];
      const message = text.startsWith('{{', start)
        ? 'a value that begins with {{ must be quoted'
        : 'a key is text, not a list or a mapping';
      const hint = 'write "{{ name }}"';
      found.push(new EngineError('YAML_SYNTAX', message, { location: at(start, end), hint }));
      const template = new Scalar(text.slice(start, end));
      template.range = [start, end, end];
      return template;
    },
  });
  return found;
}

const surprisingBooleans = /^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/;
const surprisingNumbers = /^[-+]?(?:0[0-7_]+|0b[01_]+|[0-9][0-9_]*_[0-9_]*)$/;

/** Finds plain scalars that a YAML 1.2 parser would read otherwise. */
export function findSurprises(document: Document, at: Place): EngineError[] {
  const found: EngineError[] = [];
  visit(document, {
    Scalar(_, node) {
      if (node.type !== Scalar.PLAIN || !node.range || node.source === undefined) return;
      const surprising =
        (typeof node.value === 'boolean' && surprisingBooleans.test(node.source)) ||
        (typeof node.value === 'number' && surprisingNumbers.test(node.source));
      if (!surprising) return;
      found.push(
        new EngineError(
          'YAML_SURPRISE',
          `${node.source} is read as ${String(node.value)} (YAML 1.1, as Ansible does)`,
          {
            location: at(node.range[0], node.range[1]),
            hint: `write ${String(node.value)}, or '${node.source}' if the text is meant`,
          },
        ),
      );
    },
  });
  return found;
}
