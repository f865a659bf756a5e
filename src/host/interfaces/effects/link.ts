import { isUnknown, UNKNOWN, type Unknown } from '../../../engine/unknown.ts';
import { own } from '../../own.ts';
import { followsPort, sharesMac } from '../bond-mode.ts';
import { type Addressing6, childrenOf, type Link, type Links, portsOf } from '../link.ts';
import { change, DEFAULT_MTU, IPV6_MIN_MTU, type Model, NO_ADDRESSING, pin, put } from './model.ts';

/** What stands on it goes with it; its ports are released. */
export function remove(model: Model, link: Link): Model {
  let next = model;
  for (const child of childrenOf(next.links, link.name)) next = remove(next, child);
  for (const port of portsOf(next.links, link.name)) next = release(next, port.name);
  next = release(next, link.name);
  const { [link.name]: _, ...links } = next.links;
  const { [link.name]: __, ...pinned } = next.pinned;
  return { links, pinned };
}

/** VLANs on it come up with it. */
export function bringUp(model: Model, name: string): Model {
  const { ipv6 } = own(model.links, name)!;
  let next = change(model, name, { up: true, ipv6: { ...ipv6, linkLocal: UNKNOWN } });
  for (const child of childrenOf(next.links, name)) {
    if (child.kind === 'vlan' && !child.up) next = bringUp(next, child.name);
  }
  return next;
}

/** Its routes go, its IPv6 addresses too, and VLANs on it go down. */
export function bringDown(model: Model, name: string): Model {
  let next = put(model, quiet({ ...own(model.links, name)!, up: false }));
  for (const child of childrenOf(next.links, name)) {
    if (child.kind === 'vlan' && child.up) next = bringDown(next, child.name);
  }
  return next;
}

function quiet(link: Link): Link {
  const { gateway: _, ...ipv4 } = link.ipv4;
  return { ...link, ipv4: { ...ipv4, routes: [], learned: [] }, ipv6: withoutIpv6(link.ipv6) };
}

function withoutIpv6(ipv6: Addressing6): Addressing6 {
  const { gateway: _, ...rest } = ipv6;
  return { ...rest, ...NO_ADDRESSING, linkLocal: UNKNOWN };
}

export function setMtu(model: Model, name: string, mtu: number | Unknown): Model {
  const link = own(model.links, name)!;
  const before = model.links;
  let next = change(model, name, { mtu, ipv6: ipv6WithMtu(link, mtu) });
  for (const child of childrenOf(next.links, name)) {
    if (isUnknown(mtu) || isUnknown(child.mtu)) next = setMtu(next, child.name, UNKNOWN);
    else if (child.mtu > mtu) next = setMtu(next, child.name, mtu);
  }
  if (link.kind === 'bond') {
    for (const port of portsOf(next.links, name)) next = setMtu(next, port.name, mtu);
  }
  return followPorts(next, link.controller, before);
}

/** Below 1280 bytes a link has no IPv6 at all, and above it starts afresh. */
function ipv6WithMtu({ mtu: have, ipv6 }: Link, mtu: number | Unknown): Addressing6 {
  const small = (size: number | Unknown): boolean => !isUnknown(size) && size < IPV6_MIN_MTU;
  if (small(mtu)) return NO_ADDRESSING;
  const afresh = { autoconf: UNKNOWN, accept_ra: UNKNOWN };
  if (small(have)) return { ...NO_ADDRESSING, linkLocal: UNKNOWN, ...afresh };
  return isUnknown(mtu) ? { ...ipv6, ...afresh } : ipv6;
}

export function setMac(model: Model, name: string, mac: string | Unknown): Model {
  const link = own(model.links, name)!;
  const before = model.links;
  let next = change(model, name, { mac, ipv6: { ...link.ipv6, linkLocal: UNKNOWN } });
  for (const child of childrenOf(next.links, name)) {
    // A VLAN follows unless its MAC was set, which the kernel does not tell
    if (child.mac === link.mac && mac !== link.mac) next = setMac(next, child.name, UNKNOWN);
  }
  if (link.kind === 'bond') {
    for (const port of portsOf(next.links, name)) {
      next = change(next, port.name, { mac: portMac(own(next.links, name)!) });
    }
  }
  return followPorts(next, link.controller, before);
}

/** Ports of a bond have its MAC, except where the mode or fail_over_mac gives each its own. */
function portMac(bond: Link): string | Unknown {
  return sharesMac(bond.bond ?? {}) ? bond.mac : UNKNOWN;
}

export function release(model: Model, name: string): Model {
  const { controller, vlans, portFlags: _, ...rest } = own(model.links, name)!;
  if (controller === undefined) return model;
  const before = model.links;
  let next = put(model, rest.kind === 'bridge' && vlans ? { ...rest, vlans } : rest);
  if (own(before, controller)?.kind !== 'bond') return followPorts(next, controller, before);
  next = bringDown(next, name);
  next = setMtu(next, name, UNKNOWN);
  next = setMac(next, name, rest.permanentMac ?? UNKNOWN);
  const { permanentMac: __, ...released } = own(next.links, name)!;
  next = put(next, released);
  return afterBondRelease(next, controller, name);
}

/** A bond without ports gets a random MAC, even if one was set, and one without its primary has none. */
function afterBondRelease(model: Model, name: string, port: string): Model {
  const { primary, ...bond } = own(model.links, name)!.bond ?? {};
  const next = primary === port ? change(model, name, { bond }) : model;
  if (followsPort(own(next.links, name)!.bond ?? {})) return setMac(next, name, UNKNOWN);
  if (portsOf(next.links, name).length > 0) return next;
  return setMac(pin(next, name, { mac: false }), name, UNKNOWN);
}

export function join(model: Model, name: string, controller: string): Model {
  const link = own(model.links, name)!;
  const target = own(model.links, controller);
  if (!target) throw new Error(`${name} cannot join ${controller}, which is not there`);
  const before = model.links;
  if (target.kind !== 'bond') {
    const vlans = target.vlans === undefined ? {} : { vlans: UNKNOWN };
    return followPorts(put(model, { ...link, controller, ...vlans }), controller, before);
  }
  if (link.up) throw new Error(`${name} cannot join ${controller} while it is up`);
  let next = put(model, { ...link, controller, permanentMac: link.permanentMac ?? link.mac });
  // The first port may give the bond its MAC, and a recorded primary may be back
  const first = portsOf(before, controller).length === 0;
  if ((first && !own(model.pinned, controller)?.mac) || followsPort(target.bond ?? {})) {
    next = setMac(next, controller, UNKNOWN);
  }
  const bond = own(next.links, controller)!;
  next = change(next, controller, { bond: { primary: UNKNOWN, ...bond.bond } });
  next = setMtu(next, name, bond.mtu);
  next = setMac(next, name, portMac(bond));
  return bringUp(next, name);
}

/** What a bridge takes from its ports after they changed. */
function followPorts(model: Model, controller: string | undefined, before: Links): Model {
  const bridge = controller === undefined ? undefined : own(model.links, controller);
  if (bridge?.kind !== 'bridge') return model;
  const pinned = own(model.pinned, bridge.name) ?? {};
  let next = model;
  const least = lowest(model.links, bridge.name, 'mtu') ?? DEFAULT_MTU;
  const mtu = pinned.mtu === false ? least : follow(bridge.mtu, lowest(before, bridge.name, 'mtu'), least);
  if (!pinned.mtu && mtu !== bridge.mtu) next = setMtu(next, bridge.name, mtu);
  const mac = follow(bridge.mac, lowest(before, bridge.name, 'mac'), lowest(model.links, bridge.name, 'mac'));
  if (!pinned.mac && mac !== bridge.mac) next = setMac(next, bridge.name, mac);
  return next;
}

/**
 * The bridge's value, which was the ports' lowest unless it was set: one that differs from it was;
 * for one that equals it that cannot be known.
 */
function follow<T>(
  have: T | Unknown,
  before: T | Unknown | undefined,
  after: T | Unknown | undefined,
): T | Unknown {
  if (have === after) return have;
  if (isUnknown(have) || isUnknown(before) || before === undefined) return UNKNOWN;
  return have === before ? UNKNOWN : have;
}

function lowest<K extends 'mtu' | 'mac'>(links: Links, bridge: string, field: K): Link[K] | undefined {
  const values = portsOf(links, bridge).map((port) => port[field]);
  if (values.some(isUnknown)) return UNKNOWN;
  return values.reduce<Link[K] | undefined>(
    (low, value) => (low === undefined || value < low ? value : low),
    undefined,
  );
}
