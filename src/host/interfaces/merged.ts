import type { Goal } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import type { Link, Links } from './link.ts';

/**
 * The links that several goals want, each made from what the one before leads to: those of the last, and where a later
 * task makes unknown what an earlier one stated (a bond that is replaced gives its ports back their MTU), as stated.
 */
export function mergedLinks(goals: readonly Goal<HostState>[]): Links {
  const stated = new Map<string, { readonly path: readonly string[]; readonly value: unknown }>();
  for (const { claims, state } of goals) {
    for (const claim of claims) {
      const [part, ...path] = claim.map(String);
      if (part !== 'links' || path.length < 2) continue;
      stated.set(path.join('\0'), { path, value: at(own(state.links, path[0]!), path.slice(1)) });
    }
  }
  let { links } = goals.at(-1)!.state;
  for (const { path, value } of stated.values()) {
    const [name = '', ...fields] = path;
    const link = own(links, name);
    if (!link || value === undefined || !isUnknown(at(link, fields))) continue;
    links = { ...links, [name]: withValue(link, fields, value) };
  }
  return links;
}

const at = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      value === null || typeof value !== 'object' ? undefined : own(value as Record<string, unknown>, key),
    root,
  );

/** One or two levels: `mtu`, `ipv6.accept_ra`. */
function withValue(link: Link, [field = '', key]: readonly string[], value: unknown): Link {
  if (key === undefined) return { ...link, [field]: value };
  const part = (link as unknown as Record<string, object>)[field];
  return { ...link, [field]: { ...part, [key]: value } };
}
