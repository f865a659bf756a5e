/** Filters on mappings. */
import { equals } from '../compare.ts';
import { Failure, fail } from '../failure.ts';
import { compileQuery } from '../jmespath.ts';
import { defineAll, type NamedArguments } from '../signature.ts';
import { str } from '../text.ts';
import { isMapping, iterate, type Mapping, mapping, typeName, Undefined } from '../value.ts';
import { dict, flag, list, text } from './argument.ts';
import { folded } from './lists.ts';

export const mapFilters = defineAll(
  {
    'combine(*maps, **options)': (input, maps, options) => {
      const { recursive, list_merge: listMerge, ...others } = options as NamedArguments;
      const [unknown] = Object.keys(others);
      if (unknown !== undefined)
        fail(`combine has no argument ${unknown}`, 'it has recursive and list_merge');
      const all = [input, ...(maps as unknown[])].flat();
      return all
        .map(dict)
        .reduce((low, high) => merge(low, high, flag(recursive), text(listMerge, 'replace')), {});
    },
    'dict2items(key_name?, value_name?)': (input, key, value) =>
      Object.entries(dict(input)).map(([name, each]) =>
        mapping([
          [text(key, 'key'), name],
          [text(value, 'value'), each],
        ]),
      ),
    'items2dict(key_name?, value_name?)': (input, key, value) =>
      mapping(
        list(input).map((item) => [str(field(item, text(key, 'key'))), field(item, text(value, 'value'))]),
      ),
    'items()': (input) => (input instanceof Undefined ? [] : Object.entries(dict(input))),
    'json_query(expr)': (input, query) => compileQuery(text(query))(input),
    'dictsort(case_sensitive?, by?, reverse?)': (input, caseSensitive, by, reverse) => {
      const side = by === 'value' ? 1 : 0;
      const key = (entry: [string, unknown]) =>
        (flag(caseSensitive) ? entry[side] : folded(entry[side])) as string;
      const direction = flag(reverse) ? -1 : 1;
      return Object.entries(dict(input)).sort(
        (a, b) => direction * (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0),
      );
    },
    'rekey_on_member(key, duplicates?)': (input, key, duplicates) => {
      const items = isMapping(input) ? Object.values(input) : iterate(input);
      const entries = items.map((item): [string, unknown] => [str(field(item, text(key))), item]);
      const twice = entries.find(([name], index) => entries.findIndex(([other]) => other === name) < index);
      if (twice && text(duplicates, 'error') === 'error') fail(`two items have the ${text(key)} ${twice[0]}`);
      return mapping(entries);
    },
    'subelements(subelements, skip_missing?)': (input, path, skipMissing) => {
      const names = Array.isArray(path) ? path.map((each) => str(each)) : text(path).split('.');
      const items = isMapping(input) ? Object.values(input) : list(input);
      return items.flatMap((item) => {
        let value: unknown = item;
        for (const name of names) {
          if (isMapping(value) && Object.hasOwn(value, name)) value = value[name];
          else if (flag(skipMissing)) return [];
          else fail(`an item has no key ${name}`, 'give skip_missing=true if that is fine');
        }
        return list(value).map((each) => [item, each]);
      });
    },
  },
  'partial',
);

function field(item: unknown, name: string): unknown {
  if (isMapping(item) && Object.hasOwn(item, name)) return item[name];
  throw new Failure(
    'EXPR_FAILED',
    isMapping(item) ? `an item has no key ${name}` : `an item is a ${typeName(item)}, not a mapping`,
  );
}

/** Ansible's merge_hash: what `high` says goes before what `low` says. */
function merge(low: Mapping, high: Mapping, recursive: boolean, listMerge: string): Mapping {
  return mapping([
    ...Object.entries(low),
    ...Object.entries(high).map(([key, value]): [string, unknown] => {
      const before = Object.hasOwn(low, key) ? low[key] : undefined;
      if (recursive && isMapping(before) && isMapping(value))
        return [key, merge(before, value, true, listMerge)];
      return [
        key,
        Array.isArray(before) && Array.isArray(value) ? mergeLists(before, value, listMerge) : value,
      ];
    }),
  ]);
}

function mergeLists(low: unknown[], high: unknown[], mode: string): unknown[] {
  const without = (items: unknown[], others: unknown[]) =>
    items.filter((item) => !others.some((other) => equals(item, other) === true));
  switch (mode) {
    case 'replace':
      return high;
    case 'keep':
      return low;
    case 'append':
      return [...low, ...high];
    case 'prepend':
      return [...high, ...low];
    case 'append_rp':
      return [...without(low, high), ...high];
    case 'prepend_rp':
      return [...high, ...without(low, high)];
    default:
      return fail(`list_merge cannot be ${mode}`, 'replace, keep, append, prepend, append_rp or prepend_rp');
  }
}
