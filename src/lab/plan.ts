import type { Backend } from './backends.ts';

/** How a host is made: as network namespace on the running kernel, or with a User Mode Linux kernel of its own. */
export type Driver = 'netns' | 'uml';

/** `full`: systemd, NetworkManager, networkd, libvirtd. `sshd-only`: nothing but sshd, up in a third of a second. */
export type Form = 'full' | 'sshd-only';

export interface LabHost {
  /** host1, host2, … */
  name: string;
  /** Counted from 1 */
  number: number;
  /** IPv4 address of mgmt0, without prefix */
  address: string;
  /** What configures its data NICs; absent when nobody asked for one */
  backend?: Backend;
  /** Addresses kept for it on the segments, without prefix; absent when this machine is not on them */
  segments?: Record<Segment, string>;
}

/**
 * Labs that fit on a machine. Each has a /22 of 198.18.0.0/16 for management, and the like of 198.19.0.0/16 for its
 * segments: together the range that RFC 2544 keeps for benchmarks.
 */
export const LAB_SLOTS = 64;
export const PREFIX_LENGTH = 22;
export const MAX_HOSTS = 1000;

/** Data NICs of a host: eth1 and eth2 on one segment, eth3 and eth4 on the other. */
export const DATA_NICS = [1, 2, 3, 4] as const;

/** A lab host's NICs; mgmt0 is the one at which its management address is. */
export const NICS = ['mgmt0', 'eth1', 'eth2', 'eth3', 'eth4'] as const;
export type Nic = (typeof NICS)[number];

/** A network that data NICs of all hosts are on. */
export const SEGMENTS = ['seg1', 'seg2'] as const;
export type Segment = (typeof SEGMENTS)[number];
export const SEGMENT_PREFIX_LENGTH = 23;
/** Hosts that a segment has addresses for */
export const MAX_SEGMENT_HOSTS = 500;

/** Name of lab `id`'s link in the root namespace, and of its switch namespace; host namespaces build on it. */
export const labName = (id: number): string => `wb${id}`;
export const hostNamespace = (id: number, host: LabHost): string => `${labName(id)}-${host.name}`;

/** First address of lab `id`'s subnet as a number; `id` + LAB_SLOTS is that of its segments. */
const subnetStart = (id: number): number => ((198 << 24) | (18 << 16)) + id * 1024;

/** Address of this machine in lab `id`'s subnet. */
export const gatewayAddress = (id: number): string => dotted(subnetStart(id) + 1);

/** Address on a segment of lab `id`, without prefix: this machine's is the first, host 1 has the 11th. */
export const segmentAddress = (id: number, segment: Segment, position: number): string =>
  dotted(subnetStart(id + LAB_SLOTS) + SEGMENTS.indexOf(segment) * 512 + position);

/** Name of this machine's link to a segment. */
export const segmentLink = (id: number, segment: Segment): string =>
  `${labName(id)}s${SEGMENTS.indexOf(segment) + 1}`;

export interface HostOptions {
  /** Of the hosts, in turn */
  backends: readonly Backend[];
  /** Whether this machine is on the segments too */
  segments: boolean;
}

/** The hosts of lab `id`. */
export const planHosts = (id: number, count: number, { backends, segments }: HostOptions): LabHost[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `host${index + 1}`,
    number: index + 1,
    address: dotted(subnetStart(id) + 11 + index),
    ...(backends.length > 0 && { backend: backends[index % backends.length]! }),
    ...(segments && {
      segments: {
        seg1: segmentAddress(id, 'seg1', 11 + index),
        seg2: segmentAddress(id, 'seg2', 11 + index),
      },
    }),
  }));

/** Hardware address of a host's NIC: 0 is mgmt0, 1 is eth1 and so on. The same in every lab. */
export function macAddress(host: LabHost, nic: number): string {
  const bytes = [0x02, 0x77, 0x62, host.number >> 8, host.number & 0xff, nic];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** Names of a host's links in the switch namespace: veth or tap. */
export const mgmtPort = (host: LabHost): string => `h${host.number}m`;
export const dataPort = (host: LabHost, nic: number): string => `h${host.number}d${nic}`;

/** The shared segment that data NIC 1, 2, 3 or 4 is on. */
export const segmentOf = (nic: number): Segment => (nic <= 2 ? 'seg1' : 'seg2');

/** A dotted quad from a number. */
const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');

/** Whether an IPv4 prefix such as `198.18.0.0/15` overlaps one of lab `id`'s subnets. */
export function overlapsSubnet(id: number, prefix: string): boolean {
  const [address = '', length = '32'] = prefix.split('/');
  const bits = Math.min(Number(length), PREFIX_LENGTH);
  const mask = bits === 0 ? 0 : -1 << (32 - bits);
  const value = address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0);
  return [id, id + LAB_SLOTS].some((slot) => ((value ^ subnetStart(slot)) & mask) === 0);
}
