/**
 * What a host looks like: its links, live and stored, and per libvirt connection its networks and guests, stored and live.
 * The vocabulary is the parameters' own, so that what a module wants and what a host has are the same types.
 */
import type { EngineError } from '../engine/errors.ts';
import type { Link } from './interfaces/link.ts';
import { nothingStored, type Stored } from './interfaces/profile.ts';
import type { Network } from './libvirt/network.ts';
import type { Nic } from './libvirt/nic.ts';

export interface HostState {
  /** Which sources were read, by key (see observe/sources.ts), and which could not be */
  readonly reads: Readonly<Record<string, 'read' | EngineError>>;
  /** Live links by name. Source: links */
  readonly links: Readonly<Record<string, Link>>;
  /** Stored definitions of interfaces. Source: profiles */
  readonly stored: Stored;
  /** libvirt objects by connection URI. Sources: networks, domains */
  readonly libvirt: Readonly<Record<string, LibvirtState>>;
}

export interface LibvirtState {
  /** Version of the library, `9.0.0` */
  readonly version: string;
  /** All networks, by name */
  readonly networks: Readonly<Record<string, NetworkState>>;
  /** The domains that were asked for, or all, by name; undefined: there is none of that name */
  readonly domains: Readonly<Record<string, DomainState | undefined>>;
  /** NICs of running guests by the name of their tap or macvtap, as far as they are known. Source: networks */
  readonly taps?: Readonly<Record<string, { readonly domain: string; readonly mac: string }>>;
  /** Addresses that networks have leased, by network. Source: leases */
  readonly leases?: Readonly<Record<string, readonly Lease[]>>;
  /** Addresses that guests' agents tell, by guest. Source: agents */
  readonly agents?: Readonly<Record<string, readonly AgentAddress[]>>;
}

/** Active, persistent and autostart are three independent facts (LIBVIRT.md 2.4). */
export interface NetworkState {
  /** `net-dumpxml --inactive`; absent: transient */
  readonly stored?: StoredXml<Network>;
  /** `net-dumpxml`; absent: not active */
  readonly live?: StoredXml<Network>;
  readonly autostart: boolean;
}

/** An address that a network's DHCP server has given. */
export interface Lease {
  /** CIDR */
  readonly address: string;
  readonly mac: string;
  readonly hostname?: string;
  /** When it ends, in the host's local time: `2026-11-30 22:00:00` */
  readonly until: string;
}

/** An address of a guest, as its agent tells. */
export interface AgentAddress {
  /** Name in the guest, `enp1s0` */
  readonly interface: string;
  readonly mac: string;
  /** CIDR */
  readonly address: string;
}

/** A definition as libvirt holds it: its text, so that nothing unknown to us is lost, and its meaning. */
export interface StoredXml<T> {
  readonly xml: string;
  readonly model: T;
}

export interface DomainState {
  readonly state: 'running' | 'paused' | 'shut off' | 'other';
  readonly persistent: boolean;
  /** Has `<boot>` in its `<os>`, and so takes no boot order at a device */
  readonly osBoot?: boolean;
  /** NICs of the stored definition, in order */
  readonly stored: readonly StoredXml<Nic>[];
  /** NICs of the live definition; empty when shut off */
  readonly live: readonly StoredXml<Nic>[];
}

export const emptyState: HostState = { reads: {}, links: {}, stored: nothingStored, libvirt: {} };
