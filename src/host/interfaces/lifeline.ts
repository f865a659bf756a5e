import { type SshPath, sshPath } from '../guard/path.ts';
import { own } from '../own.ts';
import { contains, familyOf, routeKey, withoutPrefix } from './address.ts';
import { toStep } from './backends/iproute2/commands.ts';
import { allRoutes } from './compare.ts';
import type { Family, Link, Links, Route } from './link.ts';
import type { Operation } from './operation.ts';

/**
 * Why a change may cut the connection it is made over, in one sentence: the first operation, or definition that is
 * applied anew, that may. undefined: none does.
 *
 * The path is the link with the address that the connection goes to, all that this link stands on (its ports, its
 * parent, and theirs), and the controllers it is a port of. What is held to be dangerous there: deleting a link,
 * taking it down, changing its MTU, MAC or controller; removing the address or another of its subnet; removing or
 * replacing a route out of that link, or the default route, or what that goes out of; STP, VLAN filtering and VLAN tables, the priority under
 * STP; a bond's mode, primary, monitoring and a new port that shares the load; a daemon that applies a link's
 * definition anew. Not dangerous, so not guarded: another port for a bridge (unless the bridge's MAC may follow it),
 * a VLAN on top, more addresses, labels, timers. A new route that is more specific than the one to the controller
 * cannot be told apart from a harmless one.
 * @param reconfigured Links whose stored definition a daemon will apply anew
 */
export function lifelineReason(
  before: Links,
  after: Links,
  operations: readonly Operation[],
  sshAddress: string,
  reconfigured: ReadonlySet<string>,
): string | undefined {
  const path = sshPath(before, sshAddress);
  if (!path) return undefined;
  const cut = operations.find((operation) => endangers(before, path, operation));
  if (cut) return reason(path, toStep(cut).title, cut.link) + forAnswers(path, cut);
  const anew = [...path.ways.keys()].find((name) => reconfigured.has(name));
  if (anew !== undefined) return reason(path, `apply the definition of ${anew} anew`, anew);
  const moved = [...path.ways.keys()].find(
    (name) => own(before, name)?.kind === 'bridge' && own(before, name)?.mac !== own(after, name)?.mac,
  );
  return moved === undefined
    ? undefined
    : reason(path, `a lower MAC among the ports of ${moved}, which its own may follow`, moved);
}

const reason = ({ address, top, ways }: SshPath, what: string, link: string): string =>
  `${what}: this SSH connection goes to ${address} on ${ways.get(link) ?? top.name}`;

/** What is dangerous though it is not on the path is so for answers, which may not take it. */
const forAnswers = ({ ways }: SshPath, { op, link }: Operation): string =>
  !ways.has(link) && ['delete', 'down', 'set-route', 'delete-route'].includes(op)
    ? ', and its answers may leave by the default route'
    : '';

function endangers(links: Links, { address, top, ways: path }: SshPath, operation: Operation): boolean {
  const { link: name } = operation;
  const link = own(links, name);
  const inPath = path.has(name);
  switch (operation.op) {
    case 'delete':
    case 'down':
      return inPath || carriesDefault(link, familyOf(address));
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

/** Answers may go out there, whatever link the connection comes in on. */
const carriesDefault = (link: Link | undefined, family: Family): boolean =>
  link !== undefined &&
  [...allRoutes(link[family]), ...link[family].learned].some(
    ({ to, table }) => to === 'default' && table === undefined,
  );

/** A new port of such a bond gets a share of the connection at once. */
const sharesLoad = (bond: Link | undefined, path: SshPath['ways']): boolean =>
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
