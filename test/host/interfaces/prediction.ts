import { meets } from '../../../src/host/interfaces/compare.ts';
import type { Link, Links } from '../../../src/host/interfaces/link.ts';

/** Things that come and go by themselves once there is a carrier. */
const MOVING = new Set(['linkLocal', 'dynamic', 'learned']);

/** Known fields of the predicted links that the host does not have, as `br0.mtu: 1500, not 9000`. */
export function wrongPredictions(predicted: Links, found: Links): string[] {
  const names = new Set([...Object.keys(predicted), ...Object.keys(found)]);
  return [...names].flatMap((name) => {
    const [want, have] = [predicted[name], found[name]];
    if (!want || !have) return [`${name}: ${want ? 'is missing' : 'should not be there'}`];
    return wrongFields(name, flat(want), flat(have));
  });
}

/** What a change must leave or put back though no task speaks of it; options, MTU and MAC the kernel may change. */
const KEPT = ['kind', 'parent', 'controller', 'up', 'label', 'promisc', 'ipv4', 'ipv6'] as const;

/** Links of a goal that are not there afterwards, or not as they were. */
export const notKept = (wanted: Links, found: Links): string[] =>
  Object.values(wanted).flatMap((want) => {
    const have = found[want.name];
    // A new port has a table of the kernel's
    const table = want.vlans && wanted[want.controller ?? '']?.kind === 'bridge' ? ['vlans' as const] : [];
    const part = (link: Link | undefined): Record<string, unknown> =>
      link ? flat(Object.fromEntries([...KEPT, ...table].map((field) => [field, link[field]]))) : {};
    return wrongFields(want.name, part(want), part(have));
  });

function wrongFields(name: string, want: Record<string, unknown>, have: Record<string, unknown>): string[] {
  const fields = new Set([...Object.keys(want), ...Object.keys(have)]);
  return [...fields].flatMap((field) =>
    meets(want[field], have[field])
      ? []
      : [`${name}.${field}: ${JSON.stringify(have[field])}, not ${JSON.stringify(want[field])}`],
  );
}

/** One level: `ipv4.addresses`, `bridge.stp`. */
function flat(link: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(link).flatMap(([key, value]): [string, unknown][] => {
      if (!['ipv4', 'ipv6', 'bridge', 'bond', 'vlan'].includes(key)) return [[key, value]];
      return Object.entries(value as object)
        .filter(([field]) => !MOVING.has(field))
        .map(([field, inner]) => [`${key}.${field}`, inner]);
    }),
  );
}
