import { createHash } from 'node:crypto';
import type { Unknown } from '../../engine/unknown.ts';
import type { Bandwidth, VirtualPort, Vlan } from './port.ts';

/**
 * A guest's `<interface>`, in the words of the `domain-nic` module's parameters. What is not there is left out.
 * A live NIC says what libvirt made of it (LIBVIRT.md 3.6): `type` is the actual one, `network` stands beside the
 * bridge or device that the network gave it, and settings are the effective ones.
 */
export interface Nic {
  /** Lower case */
  readonly mac: string;
  /** One of libvirt's types, also those that no task can ask for yet */
  readonly type: string;
  readonly network?: string;
  readonly portgroup?: string;
  readonly bridge?: string | Unknown;
  readonly dev?: string | Unknown;
  readonly mode?: string | Unknown;
  /** As the guest sees the card: `virtio`, `e1000e` */
  readonly model?: string | Unknown;
  /** Not there: up */
  readonly link?: 'up' | 'down';
  /** Bytes */
  readonly mtu?: number;
  readonly bandwidth?: Bandwidth;
  readonly vlan?: Vlan;
  readonly virtualport?: VirtualPort;
  readonly filterref?: FilterRef;
  readonly boot_order?: number;
  readonly alias?: string | Unknown;
  /** Tap or macvtap on the host */
  readonly target?: string | Unknown;
  /** PCI address in the guest, `0000:01:00.0` */
  readonly address?: string | Unknown;
  readonly acpi_index?: number;
  readonly driver?: Driver;
  readonly rom?: Rom;
  /** Bytes */
  readonly sndbuf?: number;
  readonly port_isolated?: boolean;
  readonly trust_guest_rx_filters?: boolean;
  /** Device of the host that the guest gets (type hostdev), `0000:06:10.1` */
  readonly pci?: string;
  /** libvirt takes the device from the host's driver and gives it back (type hostdev) */
  readonly managed?: boolean;
  /** Unix socket (type vhostuser) */
  readonly path?: string;
  readonly reconnect?: Reconnect;
  /** Where frames are exchanged with other guests (types mcast, server, client, udp) */
  readonly socket?: Socket;
  /** Name of an internal switch (type internal) */
  readonly internal?: string;
  readonly backend?: Backend;
  readonly port_forward?: readonly PortForward[];
  /** Addresses that the guest is given (type user) */
  readonly guest_ips?: readonly GuestAddress[];
  readonly guest_routes?: readonly GuestRoute[];
  /** Addresses and routes of the tap on the host (type ethernet) */
  readonly host_ips?: readonly GuestAddress[];
  readonly host_routes?: readonly GuestRoute[];
  readonly coalesce?: Coalesce;
  readonly teaming?: Teaming;
  readonly script?: string;
  readonly downscript?: string;
  /** false: the tap is there already, and belongs to someone else (type ethernet) */
  readonly target_managed?: boolean;
}

/** Parameters that describe a NIC; one that is not there is left alone. */
export type NicFields = Partial<Nic>;

/** A network filter and what it is given; a parameter may have several values. */
export interface FilterRef {
  readonly filter?: string;
  readonly parameters?: Readonly<Record<string, string | readonly string[]>>;
}

/** Switches and sizes of a virtio card, named as in libvirt's `<driver>`. */
export type Driver = Readonly<Record<string, string | number | boolean | Readonly<Record<string, boolean>>>>;

export interface Rom {
  readonly enabled?: boolean;
  readonly bar?: boolean;
  readonly file?: string;
}

/** Whether and when QEMU connects anew to a vhost-user socket; seconds. */
export interface Reconnect {
  readonly enabled?: boolean;
  readonly timeout?: number;
  readonly delay?: number;
}

export interface Socket {
  readonly address?: string;
  readonly port?: number;
  /** Own end of a UDP tunnel */
  readonly local?: { readonly address?: string; readonly port?: number };
}

/** `type` is of user NICs: slirp is in QEMU, passt a process of its own. Paths are of the host. */
export interface Backend {
  readonly type?: 'slirp' | 'passt';
  readonly tap?: string;
  readonly vhost?: string;
  readonly log_file?: string;
}

/** Ports of the host that lead to the guest; without ranges, all of them. */
export interface PortForward {
  readonly proto: string;
  readonly address?: string;
  readonly dev?: string;
  readonly ranges?: readonly PortRange[];
}

export interface PortRange {
  readonly start: number;
  readonly end?: number;
  /** First port in the guest */
  readonly to?: number;
  readonly exclude?: boolean;
}

/** `address` is CIDR, or without a prefix where libvirt picks one. */
export interface GuestAddress {
  readonly address: string;
  readonly peer?: string;
}

export interface GuestRoute {
  /** CIDR */
  readonly to: string;
  readonly via: string;
  readonly metric?: number;
}

/** Frames that may wait for one interrupt. */
export interface Coalesce {
  readonly rx_frames?: number;
}

/** Two cards of a guest that stand in for each other; `persistent` is the alias of the one that stays. */
export interface Teaming {
  readonly type: string;
  readonly persistent?: string;
}

/** The NIC in messages and diffs: `web1 NIC 52:54:00:aa:00:01`. */
export const nicTitle = (domain: string, mac: string): string => `${domain} NIC ${mac}`;

/**
 * The MAC of a NIC that is only named: 52:54:00 and the first three bytes of SHA-256 over domain and name, each ended
 * by a NUL. Stable for ever, since guests and DHCP servers remember it.
 */
export function deriveMac(domain: string, name: string): string {
  const digest = createHash('sha256').update(`${domain}\0${name}\0`).digest('hex');
  return `52:54:00:${digest.slice(0, 2)}:${digest.slice(2, 4)}:${digest.slice(4, 6)}`;
}
