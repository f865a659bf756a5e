import type { Unknown } from '../../engine/unknown.ts';

/** A live link, in the words and units of the parameters. MTU in bytes. */
export interface Link {
  readonly name: string;
  /** iproute2's kind (`bridge`, `bond`, `vlan`, `tun`, `veth`, `macvtap`, …); `ethernet` for a device without one, `loopback` for lo */
  readonly kind: string;
  readonly index: number | Unknown;
  /** Other names that the kernel knows it by; left out: none */
  readonly altnames?: readonly string[];
  /** Administratively up */
  readonly up: boolean;
  /** Lower case */
  readonly mac: string | Unknown;
  /** What the device itself has, where it differs from `mac` or a bond has noted it */
  readonly permanentMac?: string | Unknown;
  readonly mtu: number | Unknown;
  /** Largest MTU the driver takes, where it says so */
  readonly maxMtu?: number | Unknown;
  /** Bridge or bond it is a port of */
  readonly controller?: string;
  /** Link it stands on (vlan, macvlan, macvtap) */
  readonly parent?: string;
  /** ifalias */
  readonly label?: string | undefined;
  /** Asked to be promiscuous (bridge ports are so without) */
  readonly promisc: boolean;
  /** Driver of the device, as sysfs names it */
  readonly driver?: string;
  /** Where the device is, as sysfs names it: `0000:00:03.0` */
  readonly path?: string;
  readonly ipv4: Addressing;
  readonly ipv6: Addressing6;
  readonly bridge?: BridgeOptions;
  readonly bond?: BondOptions;
  readonly vlan?: VlanOptions;
  /** Of a bridge port, where they are not the kernel's own: `isolated`, `hairpin`, `learning`, … */
  readonly portFlags?: Readonly<Record<string, boolean>>;
  /** What others have put on a bridge, bond or VLAN, and is lost with it for good: `qdisc htb`, `XDP program` */
  readonly attached?: readonly string[];
  /** Bridge VLAN table of a port, or of the bridge itself; undefined: not a port, or the kernel has no VLAN filtering */
  readonly vlans?: PortVlans | Unknown;
}

/** Addresses are CIDR strings, as the kernel writes them. */
export interface Addressing {
  /** Permanent ones */
  readonly addresses: readonly string[];
  /** With a lifetime: from DHCP or router advertisements */
  readonly dynamic: readonly string[];
  /** In goals only: an address from DHCP is wanted */
  readonly dhcp?: boolean;
  /** The kernel's own link-local ones */
  readonly linkLocal: readonly string[] | Unknown;
  /** Of the default route without a metric in the main table */
  readonly gateway?: string;
  /** Other permanent unicast routes out of this link */
  readonly routes: readonly Route[];
  /** Routes that a daemon or router advertisements brought */
  readonly learned: readonly Route[];
}

export interface Addressing6 extends Addressing {
  readonly autoconf?: boolean | Unknown;
  /** 0: off, 1: on unless forwarding, 2: on */
  readonly accept_ra?: number | Unknown;
}

/** A unicast route. The metric is left out where it is the kernel's default (0, or 1024 for IPv6). */
export interface Route {
  /** CIDR, or `default` */
  readonly to: string;
  readonly via?: string;
  /** Number; left out for main */
  readonly table?: number;
  readonly metric?: number;
  readonly src?: string;
}

/** Known to the kernel, Unknown until it is asked. */
type Options<T> = { readonly [K in keyof T]?: T[K] | Unknown };

export type BridgeOptions = Options<{
  stp: boolean;
  /** Seconds */
  forward_delay: number;
  /** Seconds */
  ageing_time: number;
  priority: number;
  vlan_filtering: boolean;
  group_fwd_mask: number;
  mcast_snooping: boolean;
}>;

/** Times in milliseconds. */
export type BondOptions = Options<{
  mode: string;
  primary: string;
  miimon: number;
  updelay: number;
  downdelay: number;
  use_carrier: boolean;
  arp_interval: number;
  arp_targets: readonly string[];
  arp_validate: string;
  lacp_rate: string;
  xmit_hash_policy: string;
  fail_over_mac: string;
}>;

export type VlanOptions = Options<{
  id: number;
  /** `802.1q` or `802.1ad` */
  protocol: string;
  reorder_hdr: boolean;
}>;

/** Sorted. */
export interface PortVlans {
  readonly pvid?: number;
  readonly tagged: readonly number[];
  /** Leave without a tag; the pvid too, unless it is in `tagged` */
  readonly untagged: readonly number[];
}

export type Links = Readonly<Record<string, Link>>;
export type Family = 'ipv4' | 'ipv6';

/** `bridge br0`, as messages and diffs name a link. */
export const describeLink = (link: Pick<Link, 'name' | 'kind'>): string =>
  ['bridge', 'bond', 'vlan'].includes(link.kind) ? `${link.kind} ${link.name}` : `interface ${link.name}`;

export const portsOf = (links: Links, controller: string): Link[] =>
  Object.values(links).filter((link) => link.controller === controller);

export const childrenOf = (links: Links, parent: string): Link[] =>
  Object.values(links).filter((link) => link.parent === parent);
