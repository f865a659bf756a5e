import { networkOf, routeKey, withoutPrefix } from '../address.ts';
import type { Addressing6, Family, Route } from '../link.ts';
import type { OperationOf } from '../operation.ts';
import { changeFamily, type Model } from './model.ts';

export function withoutAddress(
  have: Addressing6,
  { family, address, alone }: OperationOf<'delete-address'>,
): Addressing6 {
  const gone = (other: string): boolean =>
    other === address || (family === 'ipv4' && !alone && secondaryOf(address, other, have.addresses));
  const addresses = have.addresses.filter((other) => !gone(other));
  const dynamic = have.dynamic.filter((other) => other !== address);
  const rest = { ...have, addresses, dynamic };
  if (family === 'ipv6') return rest;
  if (addresses.length + dynamic.length === 0) {
    const { gateway: _, ...empty } = rest;
    return { ...empty, routes: [], learned: [] };
  }
  const source = withoutPrefix(address);
  return { ...rest, routes: have.routes.filter((route) => route.src !== source) };
}

/** Whether an address of the subnet that is leased, or that stands beside a leased one, would go with it. */
export const takesLeased = ({ addresses, dynamic }: Addressing6, address: string): boolean => {
  const others = dynamic.includes(address) ? [...addresses, ...dynamic] : dynamic;
  return others.some(
    (other) => other !== address && !other.includes(' ') && networkOf(other) === networkOf(address),
  );
};

/** IPv4 addresses of one subnet but the first go with the first, unless the host promotes them. */
function secondaryOf(primary: string, other: string, all: readonly string[]): boolean {
  if (primary.includes(' ') || other.includes(' ')) return false;
  const subnet = all.filter((cidr) => !cidr.includes(' ') && networkOf(cidr) === networkOf(primary));
  return subnet[0] === primary && subnet.includes(other);
}

export function setRoute(model: Model, name: string, family: Family, route: Route): Model {
  let next = model;
  for (const other of Object.keys(model.links)) {
    next = changeFamily(next, other, family, (have) => withoutRoute(have, route));
  }
  const { to, via, ...more } = route;
  const gateway = to === 'default' && via !== undefined && Object.keys(more).length === 0;
  return changeFamily(next, name, family, (have) =>
    gateway ? { ...have, gateway: via } : { ...have, routes: [...have.routes, route] },
  );
}

export function withoutRoute(have: Addressing6, route: Route): Addressing6 {
  const key = routeKey(route);
  const { gateway, ...rest } = have;
  const keepsGateway = gateway !== undefined && routeKey({ to: 'default' }) !== key;
  return {
    ...rest,
    ...(keepsGateway && { gateway }),
    routes: have.routes.filter((other) => routeKey(other) !== key),
    learned: have.learned.filter((other) => routeKey(other) !== key),
  };
}
