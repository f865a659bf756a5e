/** Filters on lists. */
import { isUnknown, UNKNOWN } from '../../unknown.ts';
import { operate } from '../arithmetic.ts';
import { type Decision, equals, not, order, truth } from '../compare.ts';
import { fail } from '../failure.ts';
import { type CallContext, defineAll, type NamedArguments } from '../signature.ts';
import { holdsUnknown, iterate, Undefined } from '../value.ts';
import { flag, text, whole } from './argument.ts';

const partial = defineAll(
  {
    'first()': (input) => {
      const items = iterate(input);
      return items.length > 0 ? items[0] : new Undefined('the list is empty, it has no first element');
    },
    'last()': (input) => {
      const items = iterate(input);
      return items.length > 0 ? items.at(-1) : new Undefined('the list is empty, it has no last element');
    },
    'reverse()': (input) =>
      typeof input === 'string' ? [...input].reverse().join('') : [...iterate(input)].reverse(),
    'map(*args, **named)': function (input, args, named) {
      const [name, ...rest] = args as unknown[];
      const { attribute, default: otherwise } = named as NamedArguments;
      if (attribute !== undefined && name === undefined)
        return iterate(input).map((item) => {
          const value = dotted(this, item, attribute);
          return value instanceof Undefined && otherwise !== undefined ? otherwise : value;
        });
      if (name === undefined) return fail('map needs the name of a filter, or attribute=');
      return iterate(input).map((item) => this.filter(text(name), item, rest, named as NamedArguments));
    },
    'select(*args, **named)': function (input, args, named) {
      return choose(this, input, args as unknown[], named as NamedArguments, (item) => item, true);
    },
    'reject(*args, **named)': function (input, args, named) {
      return choose(this, input, args as unknown[], named as NamedArguments, (item) => item, false);
    },
    'selectattr(attribute, *args, **named)': function (input, attribute, args, named) {
      const get = (item: unknown) => dotted(this, item, attribute);
      return choose(this, input, args as unknown[], named as NamedArguments, get, true);
    },
    'rejectattr(attribute, *args, **named)': function (input, attribute, args, named) {
      const get = (item: unknown) => dotted(this, item, attribute);
      return choose(this, input, args as unknown[], named as NamedArguments, get, false);
    },
    'sort(reverse?, case_sensitive?, attribute?)': function (input, reverse, caseSensitive, attribute) {
      const key = sortKey(this, attribute, flag(caseSensitive));
      return sorted(iterate(input), key, flag(reverse));
    },
    'groupby(attribute, default?, case_sensitive?)': function (
      input,
      attribute,
      otherwise,
      caseSensitive = true,
    ) {
      const value = (item: unknown) => {
        const found = dotted(this, item, attribute);
        return found instanceof Undefined && otherwise !== undefined ? otherwise : found;
      };
      const fold = (each: unknown) => (flag(caseSensitive) ? each : folded(each));
      const items = sorted(iterate(input), (item) => [fold(value(item))], false);
      if (isUnknown(items)) return UNKNOWN;
      const groups: [unknown, unknown[]][] = [];
      for (const item of items as unknown[]) {
        const current = groups.at(-1);
        if (current && equals(fold(current[0]), fold(value(item))) === true) current[1].push(item);
        else groups.push([value(item), [item]]);
      }
      return groups;
    },
    'batch(linecount, fill_with?)': (input, count, fill) => {
      const items = iterate(input);
      const size = Math.max(1, whole(count));
      const rows = Array.from({ length: Math.ceil(items.length / size) }, (_, row) =>
        items.slice(row * size, (row + 1) * size),
      );
      const last = rows.at(-1);
      if (last && fill !== undefined && fill !== null) while (last.length < size) last.push(fill);
      return rows;
    },
    'slice(slices, fill_with?)': (input, count, fill) => {
      const items = iterate(input);
      const columns = Math.max(1, whole(count));
      const height = Math.floor(items.length / columns);
      const longer = items.length % columns;
      return Array.from({ length: columns }, (_, column) => {
        const start = column * height + Math.min(column, longer);
        const part = items.slice(start, start + height + (column < longer ? 1 : 0));
        return fill !== undefined && fill !== null && column >= longer && longer > 0 ? [...part, fill] : part;
      });
    },
    'flatten(levels?, skip_nulls?)': (input, levels, skipNulls = true) =>
      flatten(
        iterate(input),
        levels === undefined || levels === null ? Number.POSITIVE_INFINITY : whole(levels),
        flag(skipNulls),
      ),
    'zip(*lists)': (input, lists) => zip([input, ...(lists as unknown[])], undefined),
    'zip_longest(*lists, **named)': (input, lists, named) =>
      zip([input, ...(lists as unknown[])], { fill: (named as NamedArguments).fillvalue ?? null }),
    'extract(container, morekeys?)': function (input, container, more) {
      const keys = more === undefined || more === null ? [] : Array.isArray(more) ? more : [more];
      return [input, ...keys].reduce((value: unknown, key) => this.item(value, key), container);
    },
  },
  'partial',
);

const known = defineAll({
  'min(case_sensitive?, attribute?)': function (input, caseSensitive, attribute) {
    return extreme(this, input, flag(caseSensitive), attribute, -1);
  },
  'max(case_sensitive?, attribute?)': function (input, caseSensitive, attribute) {
    return extreme(this, input, flag(caseSensitive), attribute, 1);
  },
  'sum(attribute?, start?)': function (input, attribute, start = 0) {
    const items =
      attribute === undefined || attribute === null
        ? iterate(input)
        : iterate(input).map((item) => dotted(this, item, attribute));
    return items.reduce((total, item) => operate('+', total, item), start);
  },
});

/** `a.b.0` of an item; a number is an index. */
export function dotted(context: CallContext, item: unknown, attribute: unknown): unknown {
  if (typeof attribute !== 'string') return context.item(item, attribute);
  return attribute
    .split('.')
    .reduce((value: unknown, key) => context.item(value, /^\d+$/.test(key) ? Number(key) : key), item);
}

/** select, reject and their kin; UNKNOWN as soon as one item cannot be decided. */
function choose(
  context: CallContext,
  input: unknown,
  args: readonly unknown[],
  named: NamedArguments,
  get: (item: unknown) => unknown,
  wanted: boolean,
): unknown {
  const [name, ...rest] = args;
  const test = (value: unknown): Decision =>
    name === undefined ? truth(value) : context.test(text(name), value, rest, named);
  const chosen: unknown[] = [];
  for (const item of iterate(input)) {
    const decision = wanted ? test(get(item)) : not(test(get(item)));
    if (isUnknown(decision)) return UNKNOWN;
    if (decision) chosen.push(item);
  }
  return chosen;
}

export const folded = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

function sortKey(
  context: CallContext,
  attribute: unknown,
  caseSensitive: boolean,
): (item: unknown) => unknown[] {
  const fold = (value: unknown) => (caseSensitive ? value : folded(value));
  if (attribute === undefined || attribute === null) return (item) => [fold(item)];
  const names = typeof attribute === 'string' ? attribute.split(',') : [attribute];
  return (item) => names.map((name) => fold(dotted(context, item, name)));
}

/** Stable also in reverse, as Python's sort. */
function sorted(items: readonly unknown[], key: (item: unknown) => unknown[], reverse: boolean): unknown {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  if (items.length > 1 && keyed.some((each) => holdsUnknown(each.key))) return UNKNOWN;
  const direction = reverse ? -1 : 1;
  return keyed.sort((a, b) => direction * (order(a.key, b.key) as number)).map(({ item }) => item);
}

function extreme(
  context: CallContext,
  input: unknown,
  caseSensitive: boolean,
  attribute: unknown,
  side: 1 | -1,
): unknown {
  const key = sortKey(context, attribute, caseSensitive);
  const items = iterate(input);
  if (items.length === 0) return new Undefined('the list is empty');
  return items.reduce((best, item) => ((order(key(item), key(best)) as number) * side > 0 ? item : best));
}

function flatten(items: readonly unknown[], levels: number, skipNulls: boolean): unknown[] {
  return items.flatMap((item) => {
    if (skipNulls && (item === null || item === 'None' || item === 'null')) return [];
    if (!Array.isArray(item)) return [item];
    return levels >= 1 ? flatten(item, levels - 1, skipNulls) : [item];
  });
}

function zip(lists: readonly unknown[], padding: { fill: unknown } | undefined): unknown[] {
  const columns = lists.map(iterate);
  const lengths = columns.map((column) => column.length);
  const length = padding ? Math.max(...lengths) : Math.min(...lengths);
  return Array.from({ length }, (_, row) =>
    columns.map((column) => (row < column.length ? column[row] : padding?.fill)),
  );
}

export const listFilters = [...partial, ...known];
