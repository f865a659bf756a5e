import { EngineError } from '../errors.ts';
import type { Loop } from '../playbook/types.ts';
import { locationOf } from '../source.ts';
import type { Templar, Variables } from '../template/types.ts';
import { isTemplate } from '../template/types.ts';
import { isUnknown, type Unknown } from '../unknown.ts';

/** Items of `loop` and `with_*`, as Ansible's lookups of those names give them. @throws EngineError KEYWORD_VALUE */
export function loopItems(loop: Loop, templar: Templar, variables: Variables): unknown[] | Unknown {
  const terms =
    typeof loop.items === 'string' &&
    !isTemplate(loop.items) &&
    loop.kind !== 'sequence' &&
    loop.kind !== 'fileglob'
      ? templar.evaluate(loop.items, variables, loop.at)
      : templar.render(loop.items, variables, loop.at);
  if (isUnknown(terms)) return terms;
  switch (loop.kind) {
    case 'loop':
      return list(terms, loop);
    case 'items':
      return asList(terms).flatMap((item) => (Array.isArray(item) ? item : [item]));
    case 'list':
      return asList(terms);
    case 'flattened':
      return flatten(terms);
    case 'dict':
      return Object.entries(terms as object).map(([key, value]) => ({ key, value }));
    case 'indexed_items':
      return asList(terms)
        .flatMap((item) => (Array.isArray(item) ? item : [item]))
        .map((item, index) => [index, item]);
    case 'nested':
    case 'cartesian':
      return product(asList(terms).map(asList)).map((row) => row.flat());
    case 'together':
      return zip(asList(terms).map(asList));
    default: {
      const found = templar.evaluate(
        `query('${loop.kind}', *wb_terms)`,
        withTerms(variables, asList(terms)),
        loop.at,
      );
      return list(found, loop);
    }
  }
}

function list(value: unknown, loop: Loop): unknown[] {
  if (Array.isArray(value)) return value;
  const type = value === null ? 'null' : typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
  throw new EngineError('KEYWORD_VALUE', `a loop needs a list, this is ${type}`, {
    location: locationOf(loop.at),
    hint:
      typeof value === 'object'
        ? 'use dict2items to loop over a mapping'
        : 'put the value in a list: [value]',
  });
}

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

const flatten = (value: unknown): unknown[] => (Array.isArray(value) ? value.flatMap(flatten) : [value]);

const product = (lists: readonly unknown[][]): unknown[][] =>
  lists.reduce<unknown[][]>(
    (rows, items) => rows.flatMap((row) => items.map((item) => [...row, item])),
    [[]],
  );

function zip(lists: readonly unknown[][]): unknown[][] {
  const length = Math.max(0, ...lists.map((items) => items.length));
  return Array.from({ length }, (_, index) => lists.map((items) => items[index] ?? null));
}

const withTerms = (variables: Variables, terms: unknown[]): Variables => [
  ...variables,
  { name: 'loop', values: { wb_terms: terms }, templated: false },
];
