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
}

/** Labs that fit on a machine: /22 slices of 198.18.0.0/15, the range that RFC 2544 keeps for benchmarks. */
export const LAB_SLOTS = 128;
export const PREFIX_LENGTH = 22;
export const MAX_HOSTS = 1000;

/** Data NICs of a host: eth1 and eth2 on one segment, eth3 and eth4 on the other. */
export const DATA_NICS = [1, 2, 3, 4] as const;

/** Name of lab `id`'s link in the root namespace, and of its switch namespace; host namespaces build on it. */
export const labName = (id: number): string => `wb${id}`;
export const hostNamespace = (id: number, host: LabHost): string => `${labName(id)}-${host.name}`;

/** First address of lab `id`'s subnet as a number. */
const subnetStart = (id: number): number => ((198 << 24) | (18 << 16)) + id * 1024;

/** Address of this machine in lab `id`'s subnet. */
export const gatewayAddress = (id: number): string => dotted(subnetStart(id) + 1);

/** The hosts of lab `id`, with the backends in turn. */
export const planHosts = (id: number, count: number, backends: readonly Backend[] = []): LabHost[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `host${index + 1}`,
    number: index + 1,
    address: dotted(subnetStart(id) + 11 + index),
    ...(backends.length > 0 && { backend: backends[index % backends.length]! }),
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
export const segmentOf = (nic: number): string => (nic <= 2 ? 'seg1' : 'seg2');

/** A dotted quad from a number. */
const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');

/** Whether an IPv4 prefix such as `198.18.0.0/15` overlaps lab `id`'s subnet. */
export function overlapsSubnet(id: number, prefix: string): boolean {
  const [address = '', length = '32'] = prefix.split('/');
  const bits = Math.min(Number(length), PREFIX_LENGTH);
  const mask = bits === 0 ? 0 : -1 << (32 - bits);
  const value = address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0);
  return ((value ^ subnetStart(id)) & mask) === 0;
}
