/** How networks and the host's links bear on each other. */
import { UNKNOWN } from '../../engine/unknown.ts';
import { familyOf } from '../interfaces/address.ts';
import type { Link, Links } from '../interfaces/link.ts';
import { childrenOf, portsOf } from '../interfaces/link.ts';
import { own } from '../own.ts';
import type { StoredXml } from '../state.ts';
import { isL3, type Network, networkTitle } from './network.ts';
import { attr, parseXml } from './xml.ts';

/** Guests' NICs by the name of their tap or macvtap. */
export type Taps = Readonly<Record<string, { readonly domain: string; readonly mac: string }>>;

/** A link of a guest's NIC as messages name it: `web1 52:54:00:aa:00:01 (vnet3)`; by its own name where its guest is not known. */
export function nicTitle(name: string, taps: Taps): string {
  const nic = own(taps, name);
  return nic === undefined ? name : `${nic.domain} ${nic.mac} (${name})`;
}

/** Ports of guests on a bridge that a network has of its own. Before libvirt 7.1 it had a port of libvirt's own. */
export const guestPorts = (links: Links, bridge: string): Link[] =>
  portsOf(links, bridge).filter(({ name }) => name !== `${bridge}-nic`);

/** Names of links that are on a live network: ports of its own bridge, taps on a host's bridge, macvtaps on its interfaces. */
export function attachedLinks(links: Links, model: Network): string[] {
  const { name } = model.bridge ?? {};
  const ofItself = isL3(model.forward.mode);
  const ports = typeof name !== 'string' ? [] : ofItself ? guestPorts(links, name) : portsOf(links, name);
  const taps = ofItself ? ports : ports.filter(({ kind }) => kind === 'tun');
  const pool = ofItself ? [] : (model.forward.interfaces ?? []);
  const macvtaps = pool.flatMap((dev) => childrenOf(links, dev).filter((link) => link.kind === 'macvtap'));
  return [...taps, ...macvtaps].map((link) => link.name).toSorted();
}

/** Who is on a live network. Where no link is to be seen, the number of connections that libvirt counts. */
export function attachedGuests(links: Links, { model, xml }: StoredXml<Network>, taps: Taps = {}): string[] {
  const names = attachedLinks(links, model);
  const count = attr(parseXml(xml), 'connections');
  if (names.length === 0 && count !== undefined) return [`${count} connected`];
  return names.map((name) => nicTitle(name, taps));
}

/** Warnings about what guests would be attached to, but is not there: libvirt itself only says so to a guest. */
export function missingDevices(links: Links, network: Network): string[] {
  if (isL3(network.forward.mode)) return [];
  const { bridge, forward } = network;
  const openVswitch = network.virtualport?.type === 'openvswitch';
  const wanted = openVswitch ? [] : [bridge?.name, ...(forward.interfaces ?? [])];
  return wanted
    .filter((name) => typeof name === 'string')
    .filter((name) => !Object.hasOwn(links, name))
    .map((name) => `${networkTitle(network.name)} is on ${name}, which is not there`);
}

/** Addresses that the network gives the host. */
export const networkAddresses = (network: Network): readonly string[] =>
  isL3(network.forward.mode) ? (network.ips ?? []).map((ip) => ip.address) : [];

/** The links once the network is started: its bridge is there. */
export function withBridge(links: Links, network: Network): Links {
  const { name, stp } = network.bridge ?? {};
  if (!isL3(network.forward.mode) || typeof name !== 'string') return links;
  const addresses = (family: 'ipv4' | 'ipv6') =>
    networkAddresses(network).filter((address) => familyOf(address) === family);
  const routes = (family: 'ipv4' | 'ipv6') =>
    (network.routes ?? []).filter(({ to }) => familyOf(to) === family);
  const bridge: Link = {
    name,
    kind: 'bridge',
    index: UNKNOWN,
    up: true,
    mac: network.mac ?? UNKNOWN,
    mtu: network.mtu ?? 1500,
    promisc: false,
    ipv4: { addresses: addresses('ipv4'), dynamic: [], linkLocal: [], routes: routes('ipv4'), learned: [] },
    ipv6: {
      addresses: addresses('ipv6'),
      dynamic: [],
      linkLocal: [],
      routes: routes('ipv6'),
      learned: [],
      autoconf: UNKNOWN,
      accept_ra: UNKNOWN,
    },
    bridge: {
      stp: stp ?? true,
      forward_delay: UNKNOWN,
      ageing_time: UNKNOWN,
      priority: UNKNOWN,
      vlan_filtering: UNKNOWN,
      group_fwd_mask: UNKNOWN,
      mcast_snooping: UNKNOWN,
    },
    vlans: UNKNOWN,
  };
  return { ...links, [name]: bridge };
}

/** The links once the network is stopped: its bridge is gone, and taps hang loose. */
export function withoutBridge(links: Links, network: Network): Links {
  const { name } = network.bridge ?? {};
  if (!isL3(network.forward.mode) || typeof name !== 'string') return links;
  const { [name]: _, ...others } = links;
  const released = portsOf(others, name).map(({ controller: __, ...link }) => [link.name, link] as const);
  return { ...others, ...Object.fromEntries(released) };
}
