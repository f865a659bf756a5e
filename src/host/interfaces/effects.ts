import { isUnknown, UNKNOWN, type Unknown } from '../../engine/unknown.ts';
import { networkOf, routeKey, withoutPrefix } from './address.ts';
import { sharesMac } from './bond-mode.ts';
import {
  type Addressing6,
  type BondOptions,
  type BridgeOptions,
  childrenOf,
  type Family,
  type Link,
  type Links,
  type PortVlans,
  portsOf,
  type Route,
} from './link.ts';
import type { Operation } from './operation.ts';

/**
 * Links as they change while a plan is made. A bridge takes its MTU and MAC from its ports until someone sets
 * them; the kernel does not tell whether someone has, so it is remembered here for what this plan does itself
 * (true: set; false: not, since the bridge is new).
 */
export interface Model {
  readonly links: Links;
  readonly pinned: Readonly<Record<string, { readonly mtu?: boolean; readonly mac?: boolean }>>;
}

export const IPV6_MIN_MTU = 1280;
const DEFAULT_MTU = 1500;
/** What the kernel gives each new port, unless the bridge says otherwise */
export const DEFAULT_VLANS: PortVlans = { pvid: 1, tagged: [], untagged: [1] };
const NO_ADDRESSING = { addresses: [], dynamic: [], linkLocal: [], routes: [], learned: [] };

/** The links after an operation, with everything that the kernel does by itself. Pure. */
export function applyOperation(model: Model, operation: Operation): Model {
  const { link: name } = operation;
  const link = model.links[name];
  if (operation.op === 'add') {
    const added = put(model, newLink(model, operation));
    return operation.kind === 'bridge' ? pin(added, name, { mtu: false }) : added;
  }
  if (!link) throw new Error(`operation ${operation.op} on ${name}, which is not there`);
  switch (operation.op) {
    case 'delete':
      return remove(model, link);
    case 'up':
      return bringUp(model, name);
    case 'down':
      return bringDown(model, name);
    case 'mtu':
      return setMtu(pin(model, name, { mtu: true }), name, operation.mtu);
    case 'mac':
      return setMac(pin(model, name, { mac: true }), name, operation.mac);
    case 'label':
      return put(model, { ...link, label: operation.label });
    case 'promisc':
      return put(model, { ...link, promisc: operation.promisc });
    case 'controller':
      return operation.controller === undefined
        ? release(model, name)
        : join(release(model, name), name, operation.controller);
    case 'options':
      return put(model, withOptions(link, operation.options));
    case 'sysctl': {
      const value = operation.key === 'autoconf' ? operation.value !== 0 : operation.value;
      return put(model, { ...link, ipv6: { ...link.ipv6, [operation.key]: value } });
    }
    case 'add-address':
      return changeFamily(model, name, operation.family, (have) => ({
        ...have,
        addresses: [...have.addresses.filter((address) => address !== operation.address), operation.address],
      }));
    case 'delete-address':
      return changeFamily(model, name, operation.family, (have) =>
        withoutAddress(have, operation.family, operation.address),
      );
    case 'set-route':
      return setRoute(model, name, operation.family, operation.route);
    case 'delete-route':
      return changeFamily(model, name, operation.family, (have) => withoutRoute(have, operation.route));
    case 'set-vlans':
    case 'delete-vlans':
      return put(model, { ...link, vlans: withVlans(link.vlans, operation) });
  }
}

function newLink(model: Model, operation: Operation & { op: 'add' }): Link {
  const { link: name, kind, parent, options } = operation;
  const below = parent === undefined ? undefined : model.links[parent];
  const addressing6: Addressing6 = {
    ...NO_ADDRESSING,
    linkLocal: UNKNOWN,
    autoconf: UNKNOWN,
    accept_ra: UNKNOWN,
  };
  const unset = Object.fromEntries(OPTION_NAMES[kind].map((option) => [option, UNKNOWN]));
  return {
    name,
    kind,
    index: UNKNOWN,
    up: false,
    // udev may give a bridge or bond a MAC of its own, and a VLAN takes its parent's
    mac: below?.mac ?? UNKNOWN,
    mtu: below?.mtu ?? DEFAULT_MTU,
    maxMtu: UNKNOWN,
    ...(parent !== undefined && { parent }),
    promisc: false,
    ipv4: NO_ADDRESSING,
    ipv6: addressing6,
    [kind]: { ...unset, ...options },
    ...(kind === 'bridge' && { vlans: UNKNOWN }),
  };
}

const OPTION_NAMES = {
  bridge: [
    'stp',
    'forward_delay',
    'ageing_time',
    'priority',
    'vlan_filtering',
    'group_fwd_mask',
    'mcast_snooping',
  ],
  bond: [
    'mode',
    'primary',
    'miimon',
    'updelay',
    'downdelay',
    'use_carrier',
    'arp_interval',
    'arp_targets',
    'arp_validate',
    'lacp_rate',
    'xmit_hash_policy',
    'fail_over_mac',
  ],
  vlan: ['id', 'protocol', 'reorder_hdr'],
} as const;

/** What stands on it goes with it; its ports are released. */
function remove(model: Model, link: Link): Model {
  let next = model;
  for (const child of childrenOf(next.links, link.name)) next = remove(next, child);
  for (const port of portsOf(next.links, link.name)) next = release(next, port.name);
  next = release(next, link.name);
  const { [link.name]: _, ...links } = next.links;
  const { [link.name]: __, ...pinned } = next.pinned;
  return { links, pinned };
}

/** VLANs on it come up with it. */
function bringUp(model: Model, name: string): Model {
  const { ipv6 } = model.links[name]!;
  let next = change(model, name, { up: true, ipv6: { ...ipv6, linkLocal: UNKNOWN } });
  for (const child of childrenOf(next.links, name)) {
    if (child.kind === 'vlan' && !child.up) next = bringUp(next, child.name);
  }
  return next;
}

/** Its routes go, its IPv6 addresses too, and VLANs on it go down. */
function bringDown(model: Model, name: string): Model {
  let next = put(model, quiet({ ...model.links[name]!, up: false }));
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

function setMtu(model: Model, name: string, mtu: number | Unknown): Model {
  const link = model.links[name]!;
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

function setMac(model: Model, name: string, mac: string | Unknown): Model {
  const link = model.links[name]!;
  const before = model.links;
  let next = change(model, name, { mac, ipv6: { ...link.ipv6, linkLocal: UNKNOWN } });
  for (const child of childrenOf(next.links, name)) {
    // A VLAN follows unless its MAC was set, which the kernel does not tell
    if (child.mac === link.mac && mac !== link.mac) next = setMac(next, child.name, UNKNOWN);
  }
  if (link.kind === 'bond') {
    for (const port of portsOf(next.links, name)) {
      next = change(next, port.name, { mac: portMac(next.links[name]!) });
    }
  }
  return followPorts(next, link.controller, before);
}

/** Ports of a bond have its MAC, except where the mode or fail_over_mac gives each its own. */
function portMac(bond: Link): string | Unknown {
  const { mode, fail_over_mac: failOver } = bond.bond ?? {};
  const shared = typeof mode === 'string' && sharesMac(mode) && failOver === 'none';
  return shared ? bond.mac : UNKNOWN;
}

function release(model: Model, name: string): Model {
  const { controller, vlans, ...rest } = model.links[name]!;
  if (controller === undefined) return model;
  const before = model.links;
  let next = put(model, rest.kind === 'bridge' && vlans ? { ...rest, vlans } : rest);
  if (before[controller]?.kind !== 'bond') return followPorts(next, controller, before);
  next = bringDown(next, name);
  next = setMtu(next, name, UNKNOWN);
  next = setMac(next, name, rest.permanentMac ?? UNKNOWN);
  const { permanentMac: _, ...released } = next.links[name]!;
  next = put(next, released);
  return afterBondRelease(next, controller, name);
}

/** A bond without ports gets a random MAC, even if one was set, and one without its primary has none. */
function afterBondRelease(model: Model, name: string, port: string): Model {
  const { primary, ...bond } = model.links[name]!.bond ?? {};
  const next = primary === port ? change(model, name, { bond }) : model;
  if (portsOf(next.links, name).length > 0) return next;
  return setMac(pin(next, name, { mac: false }), name, UNKNOWN);
}

function join(model: Model, name: string, controller: string): Model {
  const link = model.links[name]!;
  const target = model.links[controller];
  if (!target) throw new Error(`${name} cannot join ${controller}, which is not there`);
  const before = model.links;
  if (target.kind !== 'bond') {
    const vlans = target.vlans === undefined ? {} : { vlans: UNKNOWN };
    return followPorts(put(model, { ...link, controller, ...vlans }), controller, before);
  }
  if (link.up) throw new Error(`${name} cannot join ${controller} while it is up`);
  let next = put(model, { ...link, controller, permanentMac: link.permanentMac ?? link.mac });
  // The first port may give the bond its MAC, and a recorded primary may be back
  if (portsOf(before, controller).length === 0 && !model.pinned[controller]?.mac) {
    next = setMac(next, controller, UNKNOWN);
  }
  const bond = next.links[controller]!;
  next = change(next, controller, { bond: { primary: UNKNOWN, ...bond.bond } });
  next = setMtu(next, name, bond.mtu);
  next = setMac(next, name, portMac(bond));
  return bringUp(next, name);
}

/** What a bridge takes from its ports after they changed. */
function followPorts(model: Model, controller: string | undefined, before: Links): Model {
  const bridge = controller === undefined ? undefined : model.links[controller];
  if (bridge?.kind !== 'bridge') return model;
  const pinned = model.pinned[bridge.name] ?? {};
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

function withOptions(link: Link, options: Readonly<Record<string, unknown>>): Link {
  if (link.kind === 'bridge') return { ...link, bridge: withBridgeOptions(link.bridge ?? {}, options) };
  if (link.kind === 'bond') return { ...link, bond: withBondOptions(link.bond ?? {}, options) };
  return { ...link, vlan: { ...link.vlan, ...options } };
}

/** With STP on, the kernel keeps the delay within 2 and 30 seconds. */
function withBridgeOptions(have: BridgeOptions, options: BridgeOptions): BridgeOptions {
  const next = { ...have, ...options };
  if (options.stp !== true || typeof next.forward_delay !== 'number') return next;
  return { ...next, forward_delay: Math.min(30, Math.max(2, next.forward_delay)) };
}

/**
 * Either monitor turns the other off; delays are kept as multiples of miimon, also while it is off; a mode brings its
 * own monitoring.
 */
function withBondOptions(have: BondOptions, options: BondOptions): BondOptions {
  const mode =
    options.mode === undefined ? {} : { miimon: UNKNOWN, arp_interval: UNKNOWN, arp_validate: UNKNOWN };
  const monitored = typeof have.miimon === 'number' && have.miimon > 0;
  const delays = {
    ...(!(monitored && have.updelay === 0) && { updelay: UNKNOWN }),
    ...(!(monitored && have.downdelay === 0) && { downdelay: UNKNOWN }),
  };
  const mii = options.miimon ? { ...delays, arp_interval: 0, arp_validate: 'none' } : {};
  const off = options.miimon === 0 || options.arp_interval ? { miimon: 0, updelay: 0, downdelay: 0 } : {};
  return { ...have, ...mode, ...mii, ...off, ...options };
}

function withoutAddress(have: Addressing6, family: Family, address: string): Addressing6 {
  const gone = (other: string): boolean =>
    other === address || (family === 'ipv4' && secondaryOf(address, other, have.addresses));
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

/** IPv4 addresses of one subnet but the first go with the first, unless the host promotes them. */
function secondaryOf(primary: string, other: string, all: readonly string[]): boolean {
  if (primary.includes(' ') || other.includes(' ')) return false;
  return networkOf(primary) === networkOf(other) && all.indexOf(primary) < all.indexOf(other);
}

function setRoute(model: Model, name: string, family: Family, route: Route): Model {
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

function withoutRoute(have: Addressing6, route: Route): Addressing6 {
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

function withVlans(
  have: PortVlans | Unknown | undefined,
  entry: Operation & { op: 'set-vlans' | 'delete-vlans' },
): PortVlans {
  const { pvid, tagged, untagged } = have === undefined || isUnknown(have) ? DEFAULT_VLANS : have;
  const inside = (id: number): boolean => id >= entry.first && id <= entry.last;
  const ids = Array.from({ length: entry.last - entry.first + 1 }, (_, index) => entry.first + index);
  const set = entry.op === 'set-vlans';
  const merge = (list: readonly number[], here: boolean): number[] =>
    [...list.filter((id) => !inside(id)), ...(set && here ? ids : [])].sort((a, b) => a - b);
  const nextPvid = set && entry.pvid ? entry.first : pvid !== undefined && inside(pvid) ? undefined : pvid;
  return {
    ...(nextPvid !== undefined && { pvid: nextPvid }),
    tagged: merge(tagged, !entry.untagged),
    untagged: merge(untagged, entry.untagged),
  };
}

const put = (model: Model, link: Link): Model => ({ ...model, links: { ...model.links, [link.name]: link } });

const change = (model: Model, name: string, fields: Partial<Link>): Model =>
  put(model, { ...model.links[name]!, ...fields });

const pin = (model: Model, name: string, what: { mtu?: boolean; mac?: boolean }): Model => ({
  ...model,
  pinned: { ...model.pinned, [name]: { ...model.pinned[name], ...what } },
});

const changeFamily = (
  model: Model,
  name: string,
  family: Family,
  edit: (have: Addressing6) => Addressing6,
): Model => change(model, name, { [family]: edit(model.links[name]![family]) });
