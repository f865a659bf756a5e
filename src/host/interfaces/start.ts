import { isUnknown } from '../../engine/unknown.ts';
import { own } from '../own.ts';
import type { Links } from './link.ts';
import { type BackendName, profileOf, type Stored, type StoredFamily6 } from './profile.ts';
import { storedPorts } from './stored-compare.ts';
import type { FamilyWish, LinkWish } from './wish.ts';

/**
 * What a task that wants a link active wants of the live one. A link that is down or not there is started, and comes up
 * as it is defined (as `virsh iface-start` does); of one that is up, only what the task states is changed, and the rest
 * is pending. DHCP is left to whoever starts it.
 */
export function asDefined(links: Links, stored: Stored, wish: LinkWish, backend: BackendName): LinkWish {
  const { name, kind } = wish;
  const live = own(links, name);
  const profile = profileOf(stored, name, backend);
  if (profile?.kind !== kind || (live?.up && live.kind === kind)) return wish;
  const ports = storedPorts(stored, name, backend).filter((port) => own(links, port));
  const addressed = profile.controller === undefined && live?.controller === undefined;
  return {
    ...wish,
    mtu: wish.mtu ?? profile.mtu,
    mac: wish.mac ?? profile.mac,
    label: wish.label ?? profile.label,
    promisc: wish.promisc ?? profile.promisc,
    ...(kind === 'vlan' && { parent: wish.parent ?? profile.parent }),
    ...((kind === 'bridge' || kind === 'bond') && ports.length > 0 && { ports: wish.ports ?? ports }),
    ...(kind !== 'ethernet' && { options: { ...known(profile[kind]), ...wish.options } }),
    ipv4: addressed ? family(wish.ipv4, profile.ipv4) : wish.ipv4,
    ipv6: addressed ? family(wish.ipv6, profile.ipv6) : wish.ipv6,
  };
}

const known = (options: object | undefined): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => !isUnknown(value)));

function family(wish: FamilyWish | undefined, stored: StoredFamily6 | undefined): FamilyWish | undefined {
  if (!stored) return wish;
  const { addresses, gateway, routes, autoconf, accept_ra } = stored;
  const filled: FamilyWish = {
    ...(addresses?.length && { addresses }),
    ...(gateway !== undefined && { gateway }),
    ...(routes?.length && { routes }),
    ...(autoconf !== undefined && { autoconf }),
    ...(accept_ra !== undefined && { accept_ra }),
    ...wish,
  };
  return Object.keys(filled).length > 0 ? filled : wish;
}
