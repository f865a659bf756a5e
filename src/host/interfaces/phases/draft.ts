import type { Goal } from '../../../engine/module.ts';
import { own } from '../../own.ts';
import type { HostState } from '../../state.ts';
import { meets } from '../compare.ts';
import { applyOperation } from '../effects/apply.ts';
import type { Model } from '../effects/model.ts';
import { type Link, type Links, portsOf } from '../link.ts';
import type { Operation } from '../operation.ts';

/** Kinds that have options, and that can be made. */
export type Kind = 'bridge' | 'bond' | 'vlan';

/** A plan in the making: what was decided so far, and the links as they will be then. */
export class Draft {
  readonly operations: Operation[] = [];
  readonly original: Links;
  readonly want: Links;
  model: Model;
  readonly #claims: ReadonlySet<string>;
  readonly #order: readonly Link[];

  constructor(have: Links, goal: Goal<HostState>) {
    this.original = have;
    this.want = goal.state.links;
    this.model = { links: have, pinned: {} };
    const depths = new Map(Object.values(this.want).map((link) => [link, depth(this.want, link)]));
    this.#order = [...depths.keys()].sort((a, b) => depths.get(a)! - depths.get(b)!);
    this.#claims = new Set(goal.claims.map((claim) => claim.slice(1).join('\0')));
  }

  run(operation: Operation): void {
    this.operations.push(operation);
    this.model = applyOperation(this.model, operation);
  }

  /** Whether this plan makes the link */
  made(name: string): boolean {
    return this.operations.some(({ op, link }) => op === 'add' && link === name);
  }

  claims(...path: string[]): boolean {
    return this.#claims.has(path.join('\0'));
  }

  /** Visits the links that are both wanted and there, lower ones first, each as it is when its turn comes */
  each(visit: (want: Link, have: Link) => void): void {
    for (const want of this.#order) this.#visit(want, visit);
  }

  /** The same, upper ones first */
  eachFromAbove(visit: (want: Link, have: Link) => void): void {
    for (const want of this.#order.toReversed()) this.#visit(want, visit);
  }

  #visit(want: Link, visit: (want: Link, have: Link) => void): void {
    const have = own(this.model.links, want.name);
    // Most links of a host are none of the task's business: their wish is what they are
    if (have && have !== want) visit(want, have);
  }
}

/** How many links it stands on, or brings together. */
function depth(links: Links, link: Link, seen: readonly string[] = []): number {
  if (seen.includes(link.name)) return 0;
  const below = [
    ...(link.parent === undefined ? [] : [own(links, link.parent)]),
    ...portsOf(links, link.name),
  ].filter((other) => other !== undefined);
  return Math.max(0, ...below.map((other) => 1 + depth(links, other, [...seen, link.name])));
}

/** Claimed options that are not as wanted. */
export function differing(draft: Draft, want: Link, have: Link): Record<string, unknown> {
  const kind = want.kind as Kind;
  return Object.fromEntries(
    Object.entries(want[kind] ?? {}).filter(
      ([option, value]) =>
        draft.claims(want.name, kind, option) &&
        !meets(value, (have[kind] as Record<string, unknown>)[option]),
    ),
  );
}

export const isKind = (kind: string): kind is Kind => ['bridge', 'bond', 'vlan'].includes(kind);
