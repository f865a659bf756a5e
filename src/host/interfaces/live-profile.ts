import { isUnknown, type Unknown } from '../../engine/unknown.ts';
import { ownOptions } from './kernel-defaults.ts';
import type { Addressing6, Link } from './link.ts';
import type { Profile, StoredFamily6 } from './profile.ts';

/**
 * What is live of a link, as if it were stored, without the kernel's defaults: addresses with a lifetime came by DHCP or router advertisements, and are
 * not of its own. Undefined for a link of which there are no definitions: loopback, taps, tunnels.
 */
export function liveProfile(link: Link): Profile | undefined {
  const kind = link.kind === 'veth' ? 'ethernet' : link.kind;
  if (kind !== 'ethernet' && kind !== 'bridge' && kind !== 'bond' && kind !== 'vlan') return undefined;
  const { name, label, controller, parent, bridge, bond, vlan, promisc } = link;
  const [mtu, mac] = [known(link.mtu), known(link.mac)];
  const [ipv4, ipv6] = [family(link.ipv4), family(link.ipv6)];
  return {
    name,
    kind,
    backend: 'libvirt',
    ...(mtu !== undefined && { mtu }),
    // A port has the MAC that its bond gives it, and what stands on other links has theirs
    ...(kind === 'ethernet' && controller === undefined && mac !== undefined && { mac }),
    ...(label !== undefined && { label }),
    ...(promisc && { promisc }),
    ...(controller !== undefined && { controller }),
    ...(kind === 'vlan' && parent !== undefined && { parent }),
    ...(bridge && { bridge: { stp: bridge.stp, forward_delay: bridge.forward_delay, ...ownOptions(link) } }),
    ...(bond && { bond: ownOptions(link) }),
    ...(vlan && { vlan: ownOptions(link) }),
    ...(ipv4 && { ipv4 }),
    ...(ipv6 && { ipv6 }),
    at: [],
    ours: false,
  };
}

const known = <T>(value: T | Unknown): T | undefined => (isUnknown(value) ? undefined : (value as T));

function family(live: Addressing6): StoredFamily6 | undefined {
  const { addresses, dynamic, gateway, routes, autoconf } = live;
  const isIPv4 = autoconf === undefined;
  const stated: StoredFamily6 = {
    ...(isIPv4 && dynamic.length > 0 && { dhcp: true }),
    ...(!isIPv4 && dynamic.length > 0 && autoconf === true && { autoconf }),
    ...(addresses.length > 0 && { addresses }),
    ...(gateway !== undefined && { gateway }),
    ...(routes.length > 0 && { routes }),
  };
  return Object.keys(stated).length > 0 ? stated : undefined;
}
