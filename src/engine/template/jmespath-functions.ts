import { didYouMean } from '../suggest.ts';
import { contains, order } from './compare.ts';
import { fail } from './failure.ts';
import { list, number, text } from './filters/argument.ts';
import { fromJson, toJson } from './json.ts';
import { str } from './text.ts';
import { float, isMapping, isNumber, mapping, toNumber, typeName } from './value.ts';

/** Arguments; one written with & is the query itself. */
type QueryFunction = (args: readonly unknown[]) => unknown;
type Key = (item: unknown) => unknown;

const sorted = (items: unknown[], key: Key) => [...items].sort((a, b) => order(key(a), key(b)) as number);
const dicts = (values: readonly unknown[]) =>
  values.flatMap((value) => (isMapping(value) ? Object.entries(value) : fail('merge needs mappings')));
const compact = { sortKeys: false, ascii: true, itemSeparator: ',', keySeparator: ':' };

function best(items: unknown[], key: Key, side: 1 | -1): unknown {
  if (items.length === 0) return null;
  return items.reduce((found, item) => ((order(key(item), key(found)) as number) * side > 0 ? item : found));
}

const self: Key = (item) => item;

const functions: Readonly<Record<string, QueryFunction>> = {
  abs: ([x]) => Math.abs(number(x)),
  avg: ([x]) =>
    list(x).length === 0
      ? null
      : float(list(x).reduce((sum: number, each) => sum + number(each), 0) / list(x).length),
  ceil: ([x]) => Math.ceil(number(x)),
  contains: ([x, item]) => contains(x, item),
  ends_with: ([x, suffix]) => text(x).endsWith(text(suffix)),
  floor: ([x]) => Math.floor(number(x)),
  join: ([glue, x]) => list(x).map(str).join(text(glue)),
  keys: ([x]) => (isMapping(x) ? Object.keys(x) : fail('keys needs a mapping')),
  length: ([x]) =>
    typeof x === 'string' ? [...x].length : isMapping(x) ? Object.keys(x).length : list(x).length,
  map: ([key, x]) => list(x).map(key as Key),
  max: ([x]) => best(list(x), self, 1),
  max_by: ([x, key]) => best(list(x), key as Key, 1),
  merge: (all) => mapping(dicts(all)),
  min: ([x]) => best(list(x), self, -1),
  min_by: ([x, key]) => best(list(x), key as Key, -1),
  not_null: (all) => all.find((each) => each !== null && each !== undefined) ?? null,
  reverse: ([x]) => (typeof x === 'string' ? [...x].reverse().join('') : [...list(x)].reverse()),
  sort: ([x]) => sorted(list(x), self),
  sort_by: ([x, key]) => sorted(list(x), key as Key),
  starts_with: ([x, prefix]) => text(x).startsWith(text(prefix)),
  sum: ([x]) => list(x).reduce((sum: number, each) => sum + number(each), 0),
  to_array: ([x]) => (Array.isArray(x) ? x : [x]),
  to_number: ([x]) =>
    isNumber(x)
      ? x
      : typeof x === 'string' && x.trim() !== '' && Number.isFinite(Number(x))
        ? fromJson(String(Number(x)))
        : null,
  to_string: ([x]) => (typeof x === 'string' ? x : toJson(x, compact)),
  type: ([x]) =>
    ({ NoneType: 'null', str: 'string', bool: 'boolean', dict: 'object', list: 'array' })[typeName(x)] ??
    (isNumber(x) && !Number.isNaN(toNumber(x)) ? 'number' : 'null'),
  values: ([x]) => (isMapping(x) ? Object.values(x) : fail('values needs a mapping')),
};

/** @throws Failure if there is none of that name */
export function queryFunction(name: string): QueryFunction {
  return (
    (Object.hasOwn(functions, name) ? functions[name] : undefined) ??
    fail(`a query has no function ${name}`, didYouMean(name, Object.keys(functions)))
  );
}
