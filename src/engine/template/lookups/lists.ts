/** Lookups that arrange what they are given: the `with_` loops. */
import { Failure, fail } from '../failure.ts';
import { percentFormat } from '../format.ts';
import { whole } from '../filters/argument.ts';
import type { CallContext, NamedArguments } from '../signature.ts';
import { str } from '../text.ts';
import { isMapping, iterate, mapping } from '../value.ts';

type Lookup = (context: CallContext, terms: readonly unknown[], options: NamedArguments) => unknown[];

const rows = (terms: readonly unknown[]) => terms.map((term) => (Array.isArray(term) ? term : [term]));

const product: Lookup = (_, terms) =>
  rows(terms).reduce<unknown[][]>(
    (all, items) => all.flatMap((row) => items.map((item) => [...row, item].flat(1))),
    [[]],
  );

/** `start=1 end=9 stride=2 format=x%02d`, or `1-9/2:x%02d` */
const sequence: Lookup = (_, terms, options) => {
  const specs =
    terms.length > 0 ? terms.map((term) => ({ ...options, ...parseSequence(str(term)) })) : [options];
  return specs.flatMap((spec) => {
    const number = (name: string) =>
      spec[name] === undefined
        ? undefined
        : typeof spec[name] === 'string'
          ? Number(spec[name])
          : whole(spec[name]);
    const start = number('start') ?? 1;
    const count = number('count');
    const stride = number('stride') ?? 1;
    const end =
      number('end') ??
      (count === undefined ? fail('a sequence needs end or count') : start + (count - 1) * stride);
    if (count === 0 || stride === 0) return [];
    if ([start, end, stride].some((each) => !Number.isInteger(each)))
      return fail('a sequence is made of integers');
    const length = Math.max(0, Math.floor((end - start) / stride) + 1);
    if (length > 1_000_000) return fail(`a sequence of ${length} numbers is too long`);
    const format = spec.format === undefined ? '%d' : str(spec.format);
    return Array.from({ length }, (__, index) => percentFormat(format, start + index * stride));
  });
};

function parseSequence(term: string): Record<string, string> {
  const short = /^(?:(0x[\da-f]+|-?\d+)-)?(0x[\da-f]+|-?\d+)(?:\/(-?\d+))?(?::(.+))?$/i.exec(term.trim());
  if (short) {
    const [, start, end, stride, format] = short;
    return Object.fromEntries(
      Object.entries({ start, end, stride, format }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
  }
  return Object.fromEntries(
    term
      .trim()
      .split(/\s+/)
      .map((part) => {
        const [key = '', value] = part.split('=');
        if (value === undefined || !['start', 'end', 'count', 'stride', 'format'].includes(key))
          fail(`${part} is no part of a sequence`, 'start=, end=, count=, stride=, format=');
        return [key, value!];
      }),
  );
}

const subelements: Lookup = (context, terms) => {
  const [list, path, flags] = terms;
  const skip = isMapping(flags) ? flags.skip_missing : false;
  const found = context.filter('subelements', list, [path], { skip_missing: skip }) as [unknown, unknown][];
  return found.map(([item, each]) => [without(item, str(path).split('.')), each]);
};

/** The item, less the list whose element goes with it. */
function without(item: unknown, [key = '', ...deeper]: readonly string[]): unknown {
  if (!isMapping(item)) return item;
  if (deeper.length > 0) return { ...item, [key]: without(item[key], deeper) };
  return mapping(Object.entries(item).filter(([name]) => name !== key));
}

export const listLookups: Readonly<Record<string, Lookup>> = {
  items: (_, terms) => terms.flat(1),
  list: (_, terms) => [...terms],
  flattened: (_, terms) => (terms as unknown[]).flat(Number.POSITIVE_INFINITY),
  indexed_items: (_, terms) => terms.flat(1).map((item, index) => [index, item]),
  dict: (_, terms) =>
    terms
      .flat(1)
      .flatMap((term) =>
        isMapping(term)
          ? Object.entries(term).map(([key, value]) => ({ key, value }))
          : fail('the lookup dict needs a mapping'),
      ),
  nested: product,
  cartesian: product,
  together: (_, terms) => {
    const lists = rows(terms);
    const length = Math.max(0, ...lists.map((list) => list.length));
    return Array.from({ length }, (__, index) => lists.map((list) => list[index] ?? null));
  },
  subelements,
  sequence,
  random_choice: (context, terms) => [context.filter('random', iterate(terms))],
  vars: (context, terms, options) =>
    terms.map((term) => {
      const value = context.variable(str(term));
      const found = context.test('defined', value) === true;
      if (!found && options.default === undefined)
        throw new Failure('VAR_UNDEFINED', `${str(term)} is not defined`);
      return found ? value : options.default;
    }),
  env: (context, terms, options) =>
    terms.map((term) => context.options.env?.[str(term)] ?? options.default ?? ''),
};
