import type { Goal } from '../../engine/module.ts';
import { isUnknown, type Unknown } from '../../engine/unknown.ts';
import type { HostState } from '../state.ts';
import { routeKey } from './address.ts';
import { allRoutes, extraAddresses, hasRoute, meets, missingAddresses } from './compare.ts';
import { applyOperation, IPV6_MIN_MTU, type Model } from './effects.ts';
import { type Family, type Link, type Links, portsOf } from './link.ts';
import type { Operation } from './operation.ts';
import { vlanOperations } from './port-vlans.ts';

/**
 * Operations that lead from links as they are to links as wanted. Each phase compares the two and does what
 * is missing; since every operation changes the model with all that the kernel does by itself, a later phase
 * or round puts back what an earlier one took. What the goal does not claim is put back too, but for MTU, MAC
 * and options, which the kernel may change as it likes.
 */
export function converge(have: Links, goal: Goal<HostState>): { operations: Operation[]; links: Links } {
  const draft = new Draft(have, goal);
  let before: number;
  let rounds = 0;
  do {
    before = draft.operations.length;
    for (const phase of PHASES) phase(draft);
    if (rounds++ > 8)
      throw new Error(`plan does not come to an end: ${JSON.stringify(draft.operations.slice(-9))}`);
  } while (draft.operations.length > before);
  return { operations: draft.operations, links: draft.model.links };
}

type Kind = 'bridge' | 'bond' | 'vlan';

class Draft {
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
    const have = this.model.links[want.name];
    // Most links of a host are none of the task's business: their wish is what they are
    if (have && have !== want) visit(want, have);
  }
}

/** How many links it stands on, or brings together. */
function depth(links: Links, link: Link, seen: readonly string[] = []): number {
  if (seen.includes(link.name)) return 0;
  const below = [
    ...(link.parent === undefined ? [] : [links[link.parent]]),
    ...portsOf(links, link.name),
  ].filter((other) => other !== undefined);
  return Math.max(0, ...below.map((other) => 1 + depth(links, other, [...seen, link.name])));
}

/** Unwanted links, and those that the kernel cannot turn into what is wanted. */
function remove(draft: Draft): void {
  for (const name of Object.keys(draft.model.links)) {
    const have = draft.model.links[name];
    const want = draft.want[name];
    if (have && (!want || isReplaced(want, have))) draft.run({ op: 'delete', link: name });
  }
}

const isReplaced = (want: Link, have: Link): boolean =>
  want.kind !== have.kind ||
  (want.kind === 'vlan' &&
    (want.parent !== have.parent ||
      !meets(want.vlan?.id, have.vlan?.id) ||
      !meets(want.vlan?.protocol, have.vlan?.protocol)));

/**
 * Before anything is added, so that an address or route can move from one link to another. Going down takes
 * routes and IPv6 addresses by itself, and so does a small MTU.
 */
function strip(draft: Draft): void {
  for (const family of ['ipv4', 'ipv6'] as const) {
    draft.each((want, have) => {
      const goesDown = have.up && !want.up;
      const losesIpv6 = family === 'ipv6' && (goesDown || Number(want.mtu) < IPV6_MIN_MTU);
      for (const route of goesDown || losesIpv6 ? [] : allRoutes(have[family])) {
        const replaced = allRoutes(want[family]).some((other) => routeKey(other) === routeKey(route));
        if (!replaced) draft.run({ op: 'delete-route', link: want.name, family, route });
      }
      for (const address of losesIpv6 ? [] : extraAddresses(want[family], have[family])) {
        // An earlier one may have taken it along
        const now = draft.model.links[want.name]![family];
        if (![...now.addresses, ...now.dynamic].includes(address)) continue;
        draft.run({ op: 'delete-address', link: want.name, family, address });
      }
    });
  }
}

function releasePorts(draft: Draft): void {
  draft.each((want, have) => {
    if (want.controller !== undefined || have.controller === undefined) return;
    draft.run({ op: 'controller', link: want.name, controller: undefined });
  });
}

/** The mode and fail_over_mac can be set only on a bond without ports, and with lacp_rate only while it is down. */
function setBondMode(draft: Draft): void {
  draft.each((want, have) => {
    if (want.kind !== 'bond') return;
    const changed = differing(draft, want, have);
    const bare = 'mode' in changed || 'fail_over_mac' in changed;
    if (!bare && !('lacp_rate' in changed)) return;
    if (bare) {
      for (const port of portsOf(draft.model.links, want.name)) {
        draft.run({ op: 'controller', link: port.name, controller: undefined });
      }
    }
    if (have.up) draft.run({ op: 'down', link: want.name });
    const { primary: _, ...options } = changed;
    draft.run({ op: 'options', link: want.name, kind: 'bond', options });
  });
}

/** Claimed options that are not as wanted. */
function differing(draft: Draft, want: Link, have: Link): Record<string, unknown> {
  const kind = want.kind as Kind;
  return Object.fromEntries(
    Object.entries(want[kind] ?? {}).filter(
      ([option, value]) =>
        draft.claims(want.name, kind, option) &&
        !meets(value, (have[kind] as Record<string, unknown>)[option]),
    ),
  );
}

function create(draft: Draft): void {
  let again = true;
  while (again) {
    again = false;
    for (const want of Object.values(draft.want)) {
      const ready = want.parent === undefined || draft.model.links[want.parent];
      if (draft.model.links[want.name] || !ready || !isKind(want.kind)) continue;
      again = true;
      draft.run({
        op: 'add',
        link: want.name,
        kind: want.kind,
        ...(want.parent !== undefined && { parent: want.parent }),
        options: creationOptions(want),
      });
      restoreVlan(draft, want);
    }
  }
}

const isKind = (kind: string): kind is Kind => ['bridge', 'bond', 'vlan'].includes(kind);

/** A primary must be a port first, and what is off anyway the kernel may not let be named at all. */
function creationOptions(want: Link): Record<string, unknown> {
  const off = (value: unknown): boolean =>
    value === 0 || value === 'none' || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(
    Object.entries(want[want.kind as Kind] ?? {}).filter(
      ([option, value]) =>
        !isUnknown(value) && !(want.kind === 'bond' && (option === 'primary' || off(value))),
    ),
  );
}

/** A VLAN that went with its parent gets back what it did not just inherit. */
function restoreVlan(draft: Draft, want: Link): void {
  const old = draft.original[want.name];
  const made = draft.model.links[want.name]!;
  if (old?.kind !== 'vlan' || old.parent !== want.parent) return;
  const parent = draft.original[old.parent ?? ''];
  const { name: link } = want;
  if (!isUnknown(old.mac) && old.mac !== parent?.mac && !draft.claims(link, 'mac')) {
    draft.run({ op: 'mac', link, mac: old.mac });
  }
  if (!isUnknown(old.mtu) && !isUnknown(made.mtu) && old.mtu < made.mtu && !draft.claims(link, 'mtu')) {
    draft.run({ op: 'mtu', link, mtu: old.mtu });
  }
  if (old.label !== undefined && !draft.claims(link, 'label'))
    draft.run({ op: 'label', link, label: old.label });
}

/**
 * Before ports join, so that a bond hands its own on, and a bridge does not follow its ports: one that is set,
 * even to what it is, stays.
 */
function setControllerAddress(draft: Draft): void {
  draft.each((want, have) => {
    const { name: link, kind, mac, mtu } = want;
    if ((kind !== 'bond' && kind !== 'bridge') || !portsChange(draft, link)) return;
    const pinned = draft.model.pinned[link] ?? {};
    const set = <T>(field: 'mac' | 'mtu', value: T | Unknown): value is T =>
      draft.claims(link, field) &&
      !isUnknown(value) &&
      !pinned[field] &&
      (kind === 'bridge' || value !== have[field]);
    if (set<string>('mac', mac)) draft.run({ op: 'mac', link, mac });
    if (set<number>('mtu', mtu)) draft.run({ op: 'mtu', link, mtu });
  });
}

const portsChange = (draft: Draft, name: string): boolean =>
  Object.values(draft.want).some((want) => {
    const have = draft.model.links[want.name]?.controller;
    return want.controller !== have && (want.controller === name || have === name);
  });

function joinControllers(draft: Draft): void {
  draft.each((want, have) => {
    const controller = want.controller;
    if (controller === undefined || have.controller === controller || !draft.model.links[controller]) return;
    const link = want.name;
    if (draft.model.links[controller].kind === 'bond' && have.up) draft.run({ op: 'down', link });
    draft.run({ op: 'controller', link, controller });
  });
}

/** A VLAN cannot have more than its parent, so what grows does so from below. */
function setMtus(draft: Draft): void {
  draft.each((want) => setMtu(draft, want));
}

function setMtu(draft: Draft, want: Link): void {
  const { name: link, mtu } = want;
  if (isUnknown(mtu) || !draft.claims(link, 'mtu') || mtu === draft.model.links[link]?.mtu) return;
  draft.run({ op: 'mtu', link, mtu });
}

function setMacs(draft: Draft): void {
  draft.each((want) => setMac(draft, want));
}

function setMac(draft: Draft, want: Link): void {
  const { name: link, mac } = want;
  if (isUnknown(mac) || !draft.claims(link, 'mac') || mac === draft.model.links[link]?.mac) return;
  draft.run({ op: 'mac', link, mac });
}

function setOptions(draft: Draft): void {
  draft.each((want, have) => {
    if (!isKind(want.kind)) return;
    const { name: link, kind } = want;
    const { stp, ...rest } = differing(draft, want, have);
    // The kernel reads the delay first, and takes less than two seconds only while STP is off
    if (stp === false) draft.run({ op: 'options', link, kind, options: { stp } });
    const options = stp === true ? { ...rest, stp } : rest;
    if (Object.keys(options).length > 0) draft.run({ op: 'options', link, kind, options });
  });
}

function setRest(draft: Draft): void {
  draft.each((want, have) => {
    const { name: link, label, promisc } = want;
    if (label !== undefined && draft.claims(link, 'label') && label !== (have.label ?? '')) {
      draft.run({ op: 'label', link, label });
    }
    if (draft.claims(link, 'promisc') && promisc !== have.promisc)
      draft.run({ op: 'promisc', link, promisc });
    for (const key of ['accept_ra', 'autoconf'] as const) {
      const value = want.ipv6[key];
      if (draft.claims(link, 'ipv6', key) && !meets(value, have.ipv6[key])) {
        draft.run({ op: 'sysctl', link, key, value: Number(value) });
      }
    }
  });
}

function setUp(draft: Draft): void {
  draft.each((want, have) => {
    if (want.up && !have.up) draft.run({ op: 'up', link: want.name });
  });
  draft.eachFromAbove((want, have) => {
    if (!want.up && have.up) draft.run({ op: 'down', link: want.name });
  });
}

function setVlans(draft: Draft): void {
  draft.each((want, have) => {
    if (!draft.claims(want.name, 'vlans')) return;
    for (const operation of vlanOperations(want, have)) draft.run(operation);
  });
}

const families: readonly Family[] = ['ipv4', 'ipv6'];

function addAddresses(draft: Draft): void {
  draft.each((want, have) => {
    for (const family of families) {
      for (const address of missingAddresses(want[family], have[family])) {
        draft.run({ op: 'add-address', link: want.name, family, address });
      }
    }
  });
}

function setRoutes(draft: Draft): void {
  draft.each((want, have) => {
    if (!want.up) return;
    for (const family of families) {
      for (const route of allRoutes(want[family])) {
        if (hasRoute(allRoutes(have[family]), route)) continue;
        draft.run({ op: 'set-route', link: want.name, family, route });
      }
    }
  });
}

const PHASES: readonly ((draft: Draft) => void)[] = [
  strip,
  remove,
  create,
  setControllerAddress,
  releasePorts,
  setBondMode,
  setControllerAddress,
  joinControllers,
  setMtus,
  setMacs,
  setOptions,
  setRest,
  setUp,
  setVlans,
  addAddresses,
  setRoutes,
];
