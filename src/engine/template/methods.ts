/** Methods of strings, lists and mappings, as Python has them. */
import { contains, equals, order } from './compare.ts';
import { DateTime, TimeDelta } from './datetime.ts';
import { fail } from './failure.ts';
import { split, trim } from './filters/strings.ts';
import { flag, number, text, whole } from './filters/argument.ts';
import { braceFormat } from './format.ts';
import { type CallableSpec, defineAll, type FunctionTable } from './signature.ts';
import { str } from './text.ts';
import { float, isMapping, iterate, type Mapping } from './value.ts';

const every = (pattern: RegExp) => (input: unknown) => pattern.test(str(input));
const cased = (input: unknown) => /\p{L}/u.test(str(input));
const optional = (value: unknown) => (value === undefined || value === null ? undefined : text(value));
const part = (input: unknown, from: unknown, to: unknown) =>
  str(input).slice(whole(from, 0), to === undefined ? undefined : whole(to));
const anyOf = (affixes: unknown, test: (affix: string) => boolean) =>
  (Array.isArray(affixes) ? affixes : [affixes]).some((each) => test(text(each)));

function position(found: number, from: unknown): number {
  return found < 0 ? -1 : found + whole(from, 0);
}

const strings: FunctionTable = {
  'upper()': (input) => str(input).toUpperCase(),
  'lower|casefold()': (input) => str(input).toLowerCase(),
  'capitalize()': (input) => str(input).charAt(0).toUpperCase() + str(input).slice(1).toLowerCase(),
  'title()': (input) =>
    str(input).replace(/\p{L}+/gu, (word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()),
  'swapcase()': (input) =>
    [...str(input)]
      .map((each) => (each === each.toUpperCase() ? each.toLowerCase() : each.toUpperCase()))
      .join(''),
  'strip(chars?)': (input, characters) => trim(str(input), optional(characters)),
  'lstrip(chars?)': (input, characters) => trim(str(input), optional(characters), 'left'),
  'rstrip(chars?)': (input, characters) => trim(str(input), optional(characters), 'right'),
  'split(sep?, maxsplit?)': (input, separator, limit) => split(str(input), separator, whole(limit, -1)),
  'rsplit(sep?, maxsplit?)': (input, separator, limit) => {
    const parts = split(str(input), separator);
    const cuts = whole(limit, -1);
    if (cuts < 0 || parts.length <= cuts + 1) return parts;
    return [
      parts.slice(0, parts.length - cuts).join(text(separator, ' ')),
      ...parts.slice(parts.length - cuts),
    ];
  },
  'splitlines(keepends?)': (input, keep) =>
    str(input)
      .match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g)
      ?.map((line) => (flag(keep) ? line : line.replace(/[\r\n]+$/, ''))) ?? [],
  'join(items)': (input, items) =>
    iterate(items)
      .map((each) =>
        typeof each === 'string' ? each : fail('join needs strings', "use the filter: | join(',')"),
      )
      .join(str(input)),
  'replace(old, new, count?)': function (input, old, replacement, count) {
    return this.filter('replace', input, [
      old,
      replacement,
      ...(count === undefined || whole(count) < 0 ? [] : [count]),
    ]);
  },
  'startswith(prefix, start?, end?)': (input, prefix, from, to) =>
    anyOf(prefix, (each) => part(input, from, to).startsWith(each)),
  'endswith(suffix, start?, end?)': (input, suffix, from, to) =>
    anyOf(suffix, (each) => part(input, from, to).endsWith(each)),
  'removeprefix(prefix)': (input, prefix) =>
    str(input).startsWith(text(prefix)) ? str(input).slice(text(prefix).length) : input,
  'removesuffix(suffix)': (input, suffix) =>
    text(suffix) !== '' && str(input).endsWith(text(suffix))
      ? str(input).slice(0, -text(suffix).length)
      : input,
  'find(sub, start?, end?)': (input, sub, from, to) =>
    position(part(input, from, to).indexOf(text(sub)), from),
  'rfind(sub, start?, end?)': (input, sub, from, to) =>
    position(part(input, from, to).lastIndexOf(text(sub)), from),
  'index(sub, start?, end?)': (input, sub, from, to) => {
    const found = position(part(input, from, to).indexOf(text(sub)), from);
    return found < 0 ? fail(`${text(sub)} is not in the text`) : found;
  },
  'count(sub)': (input, sub) =>
    text(sub) === '' ? str(input).length + 1 : str(input).split(text(sub)).length - 1,
  'format(*values, **named)': (input, values, named) =>
    braceFormat(str(input), values as unknown[], named as Mapping),
  'zfill(width)': (input, width) =>
    str(input).replace(
      /^([-+]?)(.*)$/s,
      (_, sign: string, digits: string) => sign + digits.padStart(whole(width) - sign.length, '0'),
    ),
  'ljust(width, fill?)': (input, width, fill) => str(input).padEnd(whole(width), text(fill, ' ')),
  'rjust(width, fill?)': (input, width, fill) => str(input).padStart(whole(width), text(fill, ' ')),
  'center(width, fill?)': function (input, width, fill) {
    return (this.filter('center', input, [width]) as string).replace(/^ +| +$/g, (pad) =>
      text(fill, ' ').repeat(pad.length),
    );
  },
  'partition(sep)': (input, separator) => {
    const at = str(input).indexOf(text(separator));
    return at < 0
      ? [input, '', '']
      : [str(input).slice(0, at), separator, str(input).slice(at + text(separator).length)];
  },
  'rpartition(sep)': (input, separator) => {
    const at = str(input).lastIndexOf(text(separator));
    return at < 0
      ? ['', '', input]
      : [str(input).slice(0, at), separator, str(input).slice(at + text(separator).length)];
  },
  'isdigit|isdecimal|isnumeric()': every(/^\p{Nd}+$/u),
  'isalpha()': every(/^\p{L}+$/u),
  'isalnum()': every(/^[\p{L}\p{N}]+$/u),
  'isspace()': every(/^\s+$/),
  'isidentifier()': every(/^[\p{L}_][\p{L}\p{N}_]*$/u),
  'isupper()': (input) => cased(input) && str(input) === str(input).toUpperCase(),
  'islower()': (input) => cased(input) && str(input) === str(input).toLowerCase(),
};

const mappings: FunctionTable = {
  'keys()': (input) => Object.keys(input as Mapping),
  'values()': (input) => Object.values(input as Mapping),
  'items()': (input) => Object.entries(input as Mapping),
  'get(key, default?)': (input, key, otherwise = null) =>
    Object.hasOwn(input as Mapping, String(key)) ? (input as Mapping)[String(key)] : otherwise,
  'copy()': (input) => ({ ...(input as Mapping) }),
};

const lists: FunctionTable = {
  'index(item)': (input, item) => {
    const found = iterate(input).findIndex((each) => equals(each, item) === true);
    return found < 0 ? fail('the item is not in the list') : found;
  },
  'count(item)': (input, item) => iterate(input).filter((each) => equals(each, item) === true).length,
  'copy()': (input) => [...iterate(input)],
};

const times: FunctionTable = {
  'strftime(format)': (input, format) => (input as DateTime).format(text(format)),
  'isoformat(sep?)': (input, separator) => (input as DateTime).isoformat(text(separator, 'T')),
  'timestamp()': (input) => float((input as DateTime).time / 1000),
};

const spans: FunctionTable = { 'total_seconds()': (input) => float((input as TimeDelta).totalSeconds) };

const set = (input: unknown, key: unknown, value: unknown) =>
  Object.defineProperty(input, String(key), { value, enumerable: true, writable: true, configurable: true });

/** Methods that change a list or mapping; only what the expression itself has made lets them. */
const listChanges: FunctionTable = {
  'append(item)': (input, item) => {
    (input as unknown[]).push(item);
    return null;
  },
  'extend(items)': (input, items) => {
    (input as unknown[]).push(...iterate(items));
    return null;
  },
  'insert(index, item)': (input, index, item) => {
    (input as unknown[]).splice(whole(index), 0, item);
    return null;
  },
  'remove(item)': (input, item) => {
    const found = (input as unknown[]).findIndex((each) => equals(each, item) === true);
    if (found < 0) fail('the item is not in the list');
    (input as unknown[]).splice(found, 1);
    return null;
  },
  'pop(index?)': (input, index) =>
    (input as unknown[]).splice(number(index, -1), 1)[0] ?? fail('there is nothing to pop'),
  'reverse()': (input) => {
    (input as unknown[]).reverse();
    return null;
  },
  'sort(reverse?)': (input, reverse) => {
    (input as unknown[]).sort((a, b) => (order(a, b) as number) * (flag(reverse) ? -1 : 1));
    return null;
  },
};

const mappingChanges: FunctionTable = {
  'update(other?, **named)': (input, other, named) => {
    for (const [key, value] of Object.entries({ ...(isMapping(other) ? other : {}), ...(named as Mapping) }))
      set(input, key, value);
    return null;
  },
  'setdefault(key, default?)': (input, key, otherwise = null) => {
    if (contains(input, key) === false) set(input, key, otherwise);
    return (input as Mapping)[String(key)];
  },
  'pop(key, default?)': (input, key, otherwise) => {
    const name = String(key);
    if (!Object.hasOwn(input as Mapping, name)) return otherwise ?? fail(`there is no key ${name}`);
    const value = (input as Mapping)[name];
    delete (input as Mapping)[name];
    return value;
  },
};

interface Method {
  readonly spec: CallableSpec;
  readonly changes: boolean;
}

function methodsOf(
  reading: FunctionTable,
  changing: FunctionTable,
  tolerance: 'known' | 'partial',
): Map<string, Method> {
  return new Map<string, Method>([
    ...defineAll(reading, tolerance).map((spec) => [spec.name, { spec, changes: false }] as const),
    ...defineAll(changing, tolerance).map((spec) => [spec.name, { spec, changes: true }] as const),
  ]);
}

const stringMethods = methodsOf(strings, {}, 'known');
const listMethods = methodsOf(lists, listChanges, 'partial');
const mappingMethods = methodsOf(mappings, mappingChanges, 'partial');
const timeMethods = methodsOf(times, {}, 'known');
const spanMethods = methodsOf(spans, {}, 'known');

function methods(object: unknown): ReadonlyMap<string, Method> | undefined {
  if (typeof object === 'string') return stringMethods;
  if (Array.isArray(object)) return listMethods;
  if (isMapping(object)) return mappingMethods;
  if (object instanceof DateTime) return timeMethods;
  return object instanceof TimeDelta ? spanMethods : undefined;
}

export const methodNamed = (object: unknown, name: string): Method | undefined => methods(object)?.get(name);

export const methodNames = (object: unknown): Iterable<string> => methods(object)?.keys() ?? [];
