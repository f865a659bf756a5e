import { own } from '../../own.ts';
import { routeKey } from '../address.ts';
import { allRoutes, extraAddresses, hasRoute, missingAddresses } from '../compare.ts';
import { takesLeased } from '../effects/addressing.ts';
import { IPV6_MIN_MTU } from '../effects/model.ts';
import type { Family } from '../link.ts';
import type { Draft } from './draft.ts';

/**
 * Before anything is added, so that an address or route can move from one link to another. Going down takes
 * routes and IPv6 addresses by itself, and so does a small MTU.
 */
export function strip(draft: Draft): void {
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
        const now = own(draft.model.links, want.name)![family];
        if (![...now.addresses, ...now.dynamic].includes(address)) continue;
        // A lease that went along could not be put back
        const alone = family === 'ipv4' && takesLeased(now, address);
        draft.run({
          op: 'delete-address',
          link: want.name,
          family,
          address,
          ...(alone && { alone }),
        });
      }
    });
  }
}

const families: readonly Family[] = ['ipv4', 'ipv6'];

export function addAddresses(draft: Draft): void {
  draft.each((want, have) => {
    for (const family of families) {
      for (const address of missingAddresses(want[family], have[family])) {
        draft.run({ op: 'add-address', link: want.name, family, address });
      }
    }
  });
}

export function setRoutes(draft: Draft): void {
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
