/** How the traffic of a host's guests gets out: NIC → bond → VLAN → bridge → libvirt network → guest NIC. */
import { isUnknown } from '../engine/unknown.ts';
import { interfaceNames } from './facts.ts';
import type { Addressing, Link } from './interfaces/link.ts';
import type { Profile } from './interfaces/profile.ts';
import { findNic } from './libvirt/nic-identity.ts';
import type { Nic } from './libvirt/nic.ts';
import { own } from './own.ts';
import type { DomainState, HostState, LibvirtState, NetworkState } from './state.ts';

export type NodeKind = 'nic' | 'bond' | 'vlan' | 'bridge' | 'network' | 'guest' | 'other';
/** `absent`: stored only, and not there now */
type NodeState = 'up' | 'down' | 'absent';

export interface GraphNode {
  readonly id: string;
  readonly kind: NodeKind;
  readonly name: string;
  readonly state: NodeState;
  /** What is worth knowing of it, a few words each; addresses first */
  readonly details: readonly string[];
}

/** From what carries to what is carried. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}

export interface HostGraph {
  readonly host: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** Nodes in an order in which they can be drawn: links as the kernel counts them, networks, guests. */
export function hostGraph(host: string, state: HostState, uri: string): HostGraph {
  const libvirt = own(state.libvirt, uri);
  const networks = Object.entries(libvirt?.networks ?? {});
  const nics = guestNics(libvirt);
  const taps = new Set(nics.map(({ live }) => live?.target));
  const names = interfaceNames(state).filter((name) => !taps.has(name));
  const edges = [
    ...names.flatMap((name) => linkEdges(state, name)),
    ...networks.flatMap(([name, network]) => networkEdges(name, network)),
    ...nics.flatMap(nicEdges),
  ];
  const nodes = [
    ...names.map((name) => linkNode(state, name)),
    ...networks.map(([name, network]) => networkNode(name, network)),
    ...nics.map(nicNode),
  ];
  const known = new Set(nodes.map(({ id }) => id));
  const drawn = edges.filter(({ from, to }) => known.has(from) && known.has(to));
  const connected = new Set(drawn.flatMap(({ from, to }) => [from, to]));
  const worth = ({ id, kind, details }: GraphNode): boolean =>
    kind !== 'other' || connected.has(id) || details.some((detail) => /[./:].*\/\d+$/.test(detail));
  const kept = nodes.filter((node) => worth(node) && node.name !== 'lo');
  return { host, nodes: kept, edges: drawn };
}

const linkId = (name: string): string => `link ${name}`;
const networkId = (name: string): string => `network ${name}`;

const definitionOf = ({ stored }: HostState, name: string): Profile | undefined =>
  own(stored.profiles, name)?.find(({ backend }) => stored.backends[backend]?.active);

function linkNode(state: HostState, name: string): GraphNode {
  const link = own(state.links, name);
  const profile = definitionOf(state, name);
  const kind = link?.kind ?? profile?.kind ?? 'ethernet';
  return {
    id: linkId(name),
    kind:
      kind === 'ethernet' ? 'nic' : kind === 'bond' || kind === 'vlan' || kind === 'bridge' ? kind : 'other',
    name,
    state: link ? (link.up ? 'up' : 'down') : 'absent',
    details: link
      ? [...addressesOf(link.ipv4), ...addressesOf(link.ipv6), ...linkDetails(link)]
      : ['stored', ...(profile?.ipv4?.addresses ?? [])],
  };
}

const addressesOf = ({ addresses, dynamic }: Addressing): string[] => [
  ...addresses,
  ...dynamic.map((address) => `${address} (dynamic)`),
];

function linkDetails({ kind, mtu, mac, bond, vlan, bridge, label }: Link): string[] {
  const of = (value: unknown, text: (known: unknown) => string): string[] =>
    value === undefined || isUnknown(value) ? [] : [text(value)];
  return [
    ...of(bond?.mode, String),
    ...of(vlan?.id, (id) => `VLAN ${id}`),
    ...(bridge?.stp === true ? ['STP'] : []),
    ...(bridge?.vlan_filtering === true ? ['VLAN filtering'] : []),
    ...(kind === 'ethernet' ? of(mac, String) : []),
    ...(mtu === 1500 ? [] : of(mtu, (size) => `MTU ${size}`)),
    ...(['ethernet', 'bond', 'vlan', 'bridge'].includes(kind) ? [] : [kind]),
    ...of(label, String),
  ];
}

/** To what carries it: its parent, and its controller, live or else stored. */
function linkEdges(state: HostState, name: string): GraphEdge[] {
  const link = own(state.links, name);
  const profile = definitionOf(state, name);
  const controller = link ? link.controller : profile?.controller;
  const parent = link ? link.parent : profile?.parent;
  return [
    ...(controller === undefined ? [] : [{ from: linkId(name), to: linkId(controller) }]),
    ...(parent === undefined ? [] : [{ from: linkId(parent), to: linkId(name) }]),
  ];
}

function networkNode(name: string, { stored, live, autostart }: NetworkState): GraphNode {
  const { forward, ips = [] } = (live ?? stored)!.model;
  return {
    id: networkId(name),
    kind: 'network',
    name,
    state: live ? 'up' : 'down',
    details: [
      ...ips.map(({ address }) => address),
      forward.mode,
      ...(live ? [] : ['inactive']),
      ...(autostart ? [] : ['no autostart']),
    ],
  };
}

function networkEdges(name: string, { stored, live }: NetworkState): GraphEdge[] {
  const { forward, bridge } = (live ?? stored)!.model;
  const to = networkId(name);
  const pool = forward.interfaces ?? [];
  const named = [forward.dev, forward.pf].filter((device) => device !== undefined);
  const devices = [...new Set([...named, ...pool])];
  return [
    ...(typeof bridge?.name === 'string' ? [{ from: linkId(bridge.name), to }] : []),
    ...devices.map((device) => ({ from: linkId(device), to })),
  ];
}

interface GuestNic {
  readonly guest: string;
  readonly domain: DomainState;
  readonly config: Nic;
  readonly live: Nic | undefined;
}

function guestNics(libvirt: LibvirtState | undefined): GuestNic[] {
  return Object.entries(libvirt?.domains ?? {}).flatMap(([guest, domain]) => {
    if (!domain) return [];
    const transient = domain.live.filter(({ model }) => !findNic(domain, 'stored', model.mac));
    return [...domain.stored, ...transient].map(({ model }) => ({
      guest,
      domain,
      config: model,
      live: findNic(domain, 'live', model.mac)?.model,
    }));
  });
}

const nicId = ({ guest, config }: GuestNic): string => `guest ${guest} ${config.mac}`;

function nicNode(nic: GuestNic): GraphNode {
  const { guest, domain, config, live } = nic;
  const { mac, model, portgroup, link } = live ?? config;
  const target = live?.target;
  return {
    id: nicId(nic),
    kind: 'guest',
    name: guest,
    state: domain.state === 'running' && live !== undefined && link !== 'down' ? 'up' : 'down',
    details: [
      mac,
      [model, target].filter((word) => typeof word === 'string').join(' on ') || 'NIC',
      ...(portgroup === undefined ? [] : [`portgroup ${portgroup}`]),
      ...(domain.state === 'running' ? (live ? [] : ['not plugged']) : [domain.state]),
      ...(link === 'down' ? ['link down'] : []),
    ],
  };
}

/** A NIC on a network hangs on that, whatever the network gave it. */
function nicEdges(nic: GuestNic): GraphEdge[] {
  const { network, bridge, dev, mode } = nic.live ?? nic.config;
  const to = nicId(nic);
  if (network !== undefined) return [{ from: networkId(network), to }];
  if (typeof bridge === 'string') return [{ from: linkId(bridge), to }];
  if (typeof dev === 'string') return [{ from: linkId(dev), to, label: String(mode ?? 'direct') }];
  return [];
}
