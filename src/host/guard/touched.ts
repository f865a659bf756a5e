import type { Link, Links } from '../interfaces/link.ts';
import type { Operation } from '../interfaces/operation.ts';
import { own } from '../own.ts';
import { above, below } from './path.ts';

/**
 * Links that a change may leave otherwise than they were: what its operations name, what comes out of them otherwise
 * (ports of a bridge that goes, VLANs of a bond that goes down, the owner of a route that is replaced), and all above
 * and below these, as things are before and as they will be.
 * @param more Links that someone else changes: whose definition a daemon applies anew
 */
export function touchedLinks(
  before: Links,
  after: Links,
  operations: readonly Operation[],
  more: Iterable<string> = [],
): Set<string> {
  const named = new Set([...operations.flatMap(linksOf), ...more]);
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (own(before, name) !== own(after, name)) named.add(name);
  }
  const touched = new Set(named);
  for (const links of [before, after]) {
    for (const next of [above, below]) for (const name of reached(links, named, next)) touched.add(name);
  }
  return touched;
}

const linksOf = (operation: Operation): string[] => {
  switch (operation.op) {
    case 'add':
      return [operation.link, ...(operation.parent === undefined ? [] : [operation.parent])];
    case 'controller':
      return [operation.link, ...(operation.controller === undefined ? [] : [operation.controller])];
    default:
      return [operation.link];
  }
};

function reached(
  links: Links,
  from: ReadonlySet<string>,
  next: (links: Links, link: Link) => Link[],
): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    const link = own(links, name);
    if (!link || found.has(name)) return;
    found.add(name);
    for (const other of next(links, link)) visit(other.name);
  };
  for (const name of from) visit(name);
  return found;
}
