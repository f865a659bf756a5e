import type { Claim, FieldDiff } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';
import { own } from '../own.ts';
import { sameRoute } from './address.ts';
import { type Addressing, describeLink, type Link, type Links, portsOf, type Route } from './link.ts';

/** Whether what is there is what is wanted; an Unknown wish is met by anything. */
export function meets(want: unknown, have: unknown): boolean {
  if (isUnknown(want)) return true;
  if (isUnknown(have)) return false;
  if (Array.isArray(want) && Array.isArray(have)) {
    return want.length === have.length && want.every((item) => have.some((other) => meets(item, other)));
  }
  if (want !== null && have !== null && typeof want === 'object' && typeof have === 'object') {
    const keys = new Set([...Object.keys(want), ...Object.keys(have)]);
    return [...keys].every((key) =>
      meets((want as Record<string, unknown>)[key], (have as Record<string, unknown>)[key]),
    );
  }
  return want === have;
}

/** Addresses that are there but not wanted. Where DHCP is wanted, what it brings is. */
export const extraAddresses = (want: Addressing, have: Addressing): string[] => [
  ...have.addresses.filter((address) => !want.addresses.includes(address)),
  ...have.dynamic.filter(
    (address) => !want.dhcp && !want.dynamic.includes(address) && !want.addresses.includes(address),
  ),
];

/** Addresses that are wanted but not there, however those that are came to be. */
export const missingAddresses = (want: Addressing, have: Addressing): string[] =>
  want.addresses.filter(
    (address) => ![...have.addresses, ...have.dynamic, ...linkLocal(have)].includes(address),
  );

/** The kernel's own link-local addresses, as far as they are known. */
export const linkLocal = (have: Addressing): readonly string[] =>
  isUnknown(have.linkLocal) ? [] : have.linkLocal;

/** All permanent routes of a link, the gateway's among them. */
export const allRoutes = ({ gateway, routes }: Addressing): Route[] => [
  ...(gateway === undefined ? [] : [{ to: 'default', via: gateway }]),
  ...routes,
];

export const hasRoute = (routes: readonly Route[], route: Route): boolean =>
  routes.some((other) => sameRoute(other, route));

/** Where `have` is not as claimed in `want`, in the words of the parameters. */
export function differences(claims: readonly Claim[], want: Links, have: Links): FieldDiff[] {
  const found = claims.flatMap((claim) => difference(claim, want, have));
  // Several claims are about one list of ports
  return found.filter(
    (diff, index) =>
      found.findIndex((other) => other.object === diff.object && other.field === diff.field) === index,
  );
}

function difference(claim: Claim, want: Links, have: Links): FieldDiff[] {
  const [, name, field, ...rest] = claim.map(String) as [string, string, string | undefined, ...string[]];
  const wanted = own(want, name);
  const found = own(have, name);
  // What is to be inactive may be gone, or there and down
  if (field === 'up' && !wanted && found && !found.up) return [];
  if (field === undefined || field === 'up') return stateDifference(wanted, found);
  if (!wanted) return [];
  const object = describeLink(wanted);
  if (field === 'controller') return portsDifference(wanted, found, want, have);
  if (field === 'ipv4' || field === 'ipv6') {
    return addressingDifference(object, field, rest[0] ?? '', wanted[field], found?.[field]);
  }
  const wish = valueAt(wanted, [field, ...rest]);
  const live = valueAt(found, [field, ...rest]);
  if (meets(wish, live)) return [];
  return [{ object, field: rest[0] ?? field, want: wish, ...(live !== undefined && { live }) }];
}

const stateOf = (link: Link | undefined): string => (link ? (link.up ? 'active' : 'inactive') : 'absent');

function stateDifference(want: Link | undefined, have: Link | undefined): FieldDiff[] {
  const link = want ?? have;
  if (!link) return [];
  const replaced = want && have && want.kind !== have.kind;
  if (!replaced && stateOf(want) === stateOf(have)) return [];
  // Some backends delete what they have made rather than bring it down: either is inactive (MODULES.md)
  if (want && !want.up && !have && ['bridge', 'bond', 'vlan'].includes(want.kind)) return [];
  const live = replaced ? `${have.kind}, ${stateOf(have)}` : stateOf(have);
  return [{ object: describeLink(link), field: 'state', want: stateOf(want), live }];
}

/** Shown as the list of the controller that a port joins, else of the one that it leaves. */
function portsDifference(want: Link, have: Link | undefined, wants: Links, haves: Links): FieldDiff[] {
  if (want.controller === have?.controller) return [];
  const name = want.controller ?? have?.controller ?? '';
  const controller = own(wants, name) ?? own(haves, name);
  if (!controller) return [];
  const live = portNames(haves, name);
  return [
    {
      object: describeLink(controller),
      field: 'ports',
      want: portNames(wants, name),
      ...(own(haves, name) && { live }),
    },
  ];
}

/** Ports but for taps, which guests bring. */
export const portNames = (links: Links, controller: string): string[] =>
  portsOf(links, controller)
    .filter((port) => port.kind !== 'tun')
    .map((port) => port.name);

function addressingDifference(
  object: string,
  family: 'ipv4' | 'ipv6',
  key: string,
  want: Addressing,
  have: Addressing | undefined,
): FieldDiff[] {
  const field = `${family}.${key}`;
  if (key === 'addresses') {
    const same = have && missingAddresses(want, have).length + extraAddresses(want, have).length === 0;
    const live = [...(have?.addresses ?? []), ...(have?.dynamic ?? [])];
    return same ? [] : [{ object, field, want: want.addresses, ...(have && { live }) }];
  }
  if (key === 'dhcp') {
    const live = (have?.dynamic.length ?? 0) > 0;
    return want.dhcp === live ? [] : [{ object, field, want: want.dhcp, live }];
  }
  const wish = (want as unknown as Record<string, unknown>)[key];
  const live = (have as unknown as Record<string, unknown> | undefined)?.[key];
  const same =
    key === 'routes' && have
      ? want.routes.length === have.routes.length &&
        want.routes.every((route) => hasRoute(have.routes, route))
      : meets(wish, live);
  return same ? [] : [{ object, field, want: wish ?? 'none', ...(live !== undefined && { live }) }];
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      value === null || typeof value !== 'object' ? undefined : (value as Record<string, unknown>)[key],
    root,
  );
}
