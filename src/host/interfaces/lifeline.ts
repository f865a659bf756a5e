import { EngineError } from '../../engine/errors.ts';
import { own } from '../own.ts';
import { canonicalAddress, contains, familyOf, routeKey, withoutPrefix } from './address.ts';
import { toStep } from './backends/iproute2/commands.ts';
import { allRoutes, linkLocal } from './compare.ts';
import { type Addressing, type Family, type Link, type Links, portsOf, type Route } from './link.ts';
import type { Operation } from './operation.ts';

/**
 * Why operations must not be run over the connection they would be run on: the first one that may cut it.
 *
 * The path is the link with the address that the connection goes to, all that this link stands on (its ports, its
 * parent, and theirs), and the controllers it is a port of. What is held to be dangerous there: deleting a link,
 * taking it down, changing its MTU, MAC or controller; removing the address or another of its subnet; removing or
 * replacing a route out of that link, or the default route; STP, VLAN filtering and VLAN tables, the priority under
 * STP; a bond's mode, primary, monitoring and a new port that shares the load. Not dangerous, so allowed: another
 * port for a bridge (unless the bridge's MAC may follow it), a VLAN on top, more addresses, labels, timers.
 * A new route that is more specific than the one to the controller cannot be told apart from a harmless one.
 */
export function lifelineProblem(
  before: Links,
  after: Links,
  operations: readonly Operation[],
  sshAddress: string | undefined,
): EngineError | undefined {
  const lifeline = sshAddress === undefined ? undefined : findLifeline(before, sshAddress);
  if (!lifeline) return undefined;
  const cut = operations.find((operation) => endangers(before, lifeline, operation));
  if (cut) return refusal(lifeline, toStep(cut).title, cut.link);
  const moved = [...lifeline.path.keys()].find(
    (name) => own(before, name)?.kind === 'bridge' && own(before, name)?.mac !== own(after, name)?.mac,
  );
  if (moved === undefined) return undefined;
  const hint = `state mac: ${String(own(before, moved)?.mac)} for ${moved}, so that it keeps it`;
  return refusal(lifeline, `a lower MAC among the ports of ${moved}, which its own may follow`, moved, hint);
}

interface Lifeline {
  readonly address: string;
  readonly top: Link;
  /** Links that the connection goes through, and the way from the top to each, in words */
  readonly path: ReadonlyMap<string, string>;
}

function findLifeline(links: Links, sshAddress: string): Lifeline | undefined {
  const [text = '', zone] = sshAddress.replace(/^::ffff:(?=\d+\.)/i, '').split('%');
  const address = canonicalAddress(text) ?? text;
  const has = (have: Addressing): boolean =>
    [...have.addresses, ...have.dynamic, ...linkLocal(have)].some((cidr) => withoutPrefix(cidr) === address);
  const top = Object.values(links).find(
    (link) => (zone === undefined || zone === link.name) && (has(link.ipv4) || has(link.ipv6)),
  );
  if (!top) return undefined;
  const path = new Map<string, string>();
  const descend = (link: Link | undefined, way: string): void => {
    if (!link || path.has(link.name)) return;
    path.set(link.name, way);
    const below = [
      ...portsOf(links, link.name),
      ...(link.parent === undefined ? [] : [own(links, link.parent)]),
    ];
    for (const next of below) descend(next, `${way} over ${next?.name}`);
  };
  descend(top, top.name);
  for (let link = own(links, top.controller ?? ''); link; link = own(links, link.controller ?? '')) {
    if (path.has(link.name)) break;
    path.set(link.name, `${top.name}, a port of ${link.name}`);
  }
  return { address, top, path };
}

function refusal({ address, top, path }: Lifeline, what: string, link: string, hint?: string): EngineError {
  const way = path.get(link) ?? top.name;
  return new EngineError(
    'LIFELINE',
    `would cut its own SSH connection: ${what} (it goes to ${address} on ${way})`,
    {
      hint: hint ?? 'connect to an address on another interface, or make this change on the console',
    },
  );
}

function endangers(links: Links, { address, top, path }: Lifeline, operation: Operation): boolean {
  const { link: name } = operation;
  const link = own(links, name);
  const inPath = path.has(name);
  switch (operation.op) {
    case 'delete':
    case 'down':
      return inPath;
    case 'mtu':
    case 'mac':
      return inPath && link?.[operation.op] !== (operation as { mtu?: number; mac?: string })[operation.op];
    case 'controller':
      return inPath || sharesLoad(own(links, operation.controller ?? ''), path);
    case 'options':
      return inPath && Object.keys(operation.options).some((option) => isDangerous(option, link));
    case 'sysctl':
      return name === top.name && familyOf(address) === 'ipv6' && operation.value === 0;
    case 'delete-address':
      return name === top.name && endsAddress(address, operation.address);
    case 'delete-route':
      return (
        name === top.name || (operation.route.to === 'default' && familyOf(address) === operation.family)
      );
    case 'set-route':
      return endsRoute(links, top, operation);
    case 'set-vlans':
    case 'delete-vlans':
      return inPath && own(links, link?.controller ?? name)?.bridge?.vlan_filtering !== false;
    default:
      return false;
  }
}

/** A new port of such a bond gets a share of the connection at once. */
const sharesLoad = (bond: Link | undefined, path: Lifeline['path']): boolean =>
  bond?.kind === 'bond' && path.has(bond.name) && bond.bond?.mode !== 'active-backup';

const HARMLESS = new Set([
  ...['forward_delay', 'ageing_time', 'group_fwd_mask', 'mcast_snooping'],
  ...['miimon', 'updelay', 'downdelay', 'xmit_hash_policy'],
]);

const isDangerous = (option: string, link: Link | undefined): boolean =>
  option === 'priority' ? link?.bridge?.stp !== false : !HARMLESS.has(option);

/** Removing the first IPv4 address of a subnet removes the others. */
const endsAddress = (address: string, removed: string): boolean =>
  withoutPrefix(removed) === address ||
  (familyOf(address) === 'ipv4' && (removed.includes(' ') || contains(removed, address)));

function endsRoute(
  links: Links,
  top: Link,
  operation: { link: string; family: Family; route: Route },
): boolean {
  const { link: name, family, route } = operation;
  return Object.values(links).some((link) =>
    [...allRoutes(link[family]), ...link[family].learned].some((have) => {
      const same = link.name === name && have.via === route.via && have.src === route.src;
      if (same && routeKey(have) === routeKey(route)) return false;
      const replaces = routeKey(have) === routeKey(route) && link.name === top.name;
      const takesOver =
        route.to === 'default' &&
        have.to === 'default' &&
        route.table === have.table &&
        metric(route) <= metric(have);
      return replaces || takesOver;
    }),
  );
}

const metric = (route: Route): number => route.metric ?? 0;
