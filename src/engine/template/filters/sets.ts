/** Filters that take lists as sets; the order of the first occurrence is kept. */
import { contains, equals } from '../compare.ts';
import { defineAll } from '../signature.ts';
import { isMapping, iterate } from '../value.ts';
import { flag } from './argument.ts';
import { dotted, folded } from './lists.ts';

const within = (items: readonly unknown[], item: unknown) => contains(items, item) === true;

/** Ansible ignores case unless told otherwise, but not in lists that hold lists or mappings. */
function unique(
  items: readonly unknown[],
  caseSensitive: boolean,
  key: (item: unknown) => unknown,
): unknown[] {
  const exact = caseSensitive || items.some((item) => Array.isArray(item) || isMapping(item));
  const seen: unknown[] = [];
  const fast = new Set<unknown>();
  return items.filter((item) => {
    const id = exact ? key(item) : folded(key(item));
    if (typeof id === 'string') return !fast.has(id) && fast.add(id);
    return !seen.some((each) => equals(each, id) === true) && seen.push(id);
  });
}

const same = (item: unknown) => item;

export const setFilters = defineAll({
  'unique(case_sensitive?, attribute?)': function (input, caseSensitive, attribute) {
    const key =
      attribute === undefined || attribute === null ? same : (item: unknown) => dotted(this, item, attribute);
    return unique(iterate(input), flag(caseSensitive), key);
  },
  'union(other)': (input, other) => unique([...iterate(input), ...iterate(other)], true, same),
  'intersect(other)': (input, other) =>
    unique(
      iterate(input).filter((item) => within(iterate(other), item)),
      true,
      same,
    ),
  'difference(other)': (input, other) =>
    unique(
      iterate(input).filter((item) => !within(iterate(other), item)),
      true,
      same,
    ),
  'symmetric_difference(other)': (input, other) => {
    const [a, b] = [iterate(input), iterate(other)];
    return unique([...a, ...b], true, same).filter((item) => within(a, item) !== within(b, item));
  },
});
