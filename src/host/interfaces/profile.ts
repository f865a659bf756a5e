import type { BondOptions, BridgeOptions, Route, VlanOptions } from './link.ts';

/** Who persists the configuration of host interfaces. iproute2 (live only) is none of them. */
export const BACKENDS = ['networkd', 'networkmanager', 'ifupdown', 'netplan', 'ifcfg', 'libvirt'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** Start mode (LIBVIRT.md 1.1): at boot; only by hand; when the device appears. */
export type StartMode = 'onboot' | 'none' | 'hotplug';

/**
 * The stored definition of one interface, in the words and units of the parameters. What a definition does not
 * state is left out. A bridge or bond has no list of ports: its ports name their `controller`, as live links do.
 */
export interface Profile {
  /** Interface it is for */
  readonly name: string;
  readonly kind: 'ethernet' | 'bridge' | 'bond' | 'vlan';
  readonly backend: BackendName;
  readonly onboot?: StartMode;
  readonly mtu?: number;
  /** Lower case */
  readonly mac?: string;
  /** ifalias, or kept in a comment */
  readonly label?: string;
  readonly uuid?: string;
  readonly promisc?: boolean;
  readonly controller?: string;
  readonly parent?: string;
  readonly bridge?: BridgeOptions;
  /** `primary` is stated, never implied by the order of ports */
  readonly bond?: BondOptions;
  readonly vlan?: VlanOptions;
  readonly ipv4?: StoredFamily;
  readonly ipv6?: StoredFamily6;
  /** Where it stands, first the place a person would look at; empty: not written yet, or not in a file */
  readonly at: readonly Place[];
  /** Written by Wirebook (it says so in its first comment), so Wirebook may rewrite it */
  readonly ours: boolean;
  /** What else the definition says, in the backend's own syntax: kept when it is written again */
  readonly extra?: readonly string[];
}

export interface Place {
  readonly file: string;
  /** From 1 */
  readonly line: number;
}

/** Addresses are CIDR strings, as the kernel writes them; left out: none are stated. */
export interface StoredFamily {
  readonly dhcp?: boolean;
  /** Take name servers from DHCP; left out: the backend's default, which is yes */
  readonly peerdns?: boolean;
  readonly addresses?: readonly string[];
  readonly gateway?: string;
  /** But for the gateway's */
  readonly routes?: readonly Route[];
  readonly dns?: Dns;
  readonly rules?: readonly Rule[];
}

export interface StoredFamily6 extends StoredFamily {
  readonly autoconf?: boolean;
  readonly accept_ra?: number;
}

export interface Dns {
  readonly servers?: readonly string[];
  readonly search?: readonly string[];
}

/** A routing policy rule (ip-rule(8)). */
export interface Rule {
  readonly from?: string;
  readonly to?: string;
  /** Number; left out for main */
  readonly table?: number;
  readonly priority?: number;
}

/** Everything that a host has stored about its interfaces. */
export interface Stored {
  /** Backends that are installed on the host */
  readonly backends: Readonly<Partial<Record<BackendName, BackendFacts>>>;
  /** Their files, by path: those that hold definitions and those that name them */
  readonly files: Files;
  /** Definitions by interface; one that several backends define has several */
  readonly profiles: Readonly<Record<string, readonly Profile[]>>;
}

export interface BackendFacts {
  /** It configures interfaces on this host today: its service runs, or is enabled */
  readonly active: boolean;
  /** Whatever else the backend wants to know of the host, each backend's own */
  readonly facts: Readonly<Record<string, string>>;
}

export type Files = Readonly<Record<string, StoredFile>>;

export interface StoredFile {
  readonly content: string;
  /** Permission bits, such as 0o644 */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export const nothingStored: Stored = { backends: {}, files: {}, profiles: {} };

/** The definition that a backend has of an interface. */
export const profileOf = (stored: Stored, name: string, backend: BackendName): Profile | undefined =>
  (Object.hasOwn(stored.profiles, name) ? stored.profiles[name] : undefined)?.find(
    (profile) => profile.backend === backend,
  );

/** All definitions of a backend, by interface. */
export const profilesOf = (stored: Stored, backend: BackendName): Readonly<Record<string, Profile>> =>
  Object.fromEntries(
    Object.values(stored.profiles)
      .flat()
      .filter((profile) => profile.backend === backend)
      .map((profile) => [profile.name, profile]),
  );
