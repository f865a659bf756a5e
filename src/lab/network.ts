import { randomBytes } from 'node:crypto';
import { EngineError } from '../engine/errors.ts';
import { run } from './exec.ts';
import {
  DATA_NICS,
  dataPort,
  gatewayAddress,
  LAB_SLOTS,
  type LabHost,
  labName,
  macAddress,
  mgmtPort,
  overlapsSubnet,
  PREFIX_LENGTH,
  SEGMENT_PREFIX_LENGTH,
  SEGMENTS,
  segmentAddress,
  segmentLink,
  segmentOf,
} from './plan.ts';

/** A random, locally administered hardware address. */
export function randomMac(): string {
  const bytes = randomBytes(6);
  bytes[0] = (bytes[0]! & 0xfc) | 0x02;
  return bytes.toString('hex').replace(/..(?=.)/g, '$&:');
}

/**
 * Takes a free lab number by making the link wb<id>, which the kernel lets only one lab do. `announce` is told
 * of each number before it is tried.
 * @throws EngineError LAB when no subnet is free
 */
export async function claimLab(mac: string, announce: (id: number) => void): Promise<number> {
  const taken = await usedPrefixes();
  for (let id = 0; id < LAB_SLOTS; id++) {
    if (taken.names.has(labName(id)) || taken.prefixes.some((prefix) => overlapsSubnet(id, prefix))) continue;
    announce(id);
    const link = ['ip', 'link', 'add', labName(id), 'address', mac, 'type', 'veth'];
    try {
      await run([...link, 'peer', 'name', `${labName(id)}p`]);
      return id;
    } catch (error) {
      if (!(await linkAddresses()).has(labName(id))) throw error;
    }
  }
  throw new EngineError('LAB', 'no subnet of 198.18.0.0/15 is free', {
    hint: 'Take down other labs, or see `ip route show table all`',
  });
}

async function usedPrefixes(): Promise<{ names: Set<string>; prefixes: string[] }> {
  const [links, routes, namespaces] = await Promise.all([
    run(['ip', '-json', 'link', 'show']),
    run(['ip', '-json', '-4', 'route', 'show', 'table', 'all']),
    run(['ip', '-json', 'netns', 'list']),
  ]);
  const names = [links, namespaces].flatMap((text) =>
    (JSON.parse(text || '[]') as { ifname?: string; name?: string }[]).map(
      ({ ifname, name }) => ifname ?? name!,
    ),
  );
  const prefixes = (JSON.parse(routes || '[]') as { dst: string }[]).map(({ dst }) => dst);
  return { names: new Set(names), prefixes: prefixes.filter((prefix) => prefix !== 'default') };
}

/** Hardware addresses of the links in the root namespace, by name. */
export async function linkAddresses(): Promise<Map<string, string>> {
  const links = JSON.parse(await run(['ip', '-json', 'link', 'show'])) as {
    ifname: string;
    address: string;
  }[];
  return new Map(links.map(({ ifname, address }) => [ifname, address]));
}

/** The switch namespace: a bridge for management, joined to this machine by the lab's link, and two segments. */
export async function makeSwitch(id: number): Promise<void> {
  const name = labName(id);
  await run(['ip', 'netns', 'add', name]);
  await batch([
    `link set ${name}p netns ${name} name uplink`,
    `addr add ${gatewayAddress(id)}/${PREFIX_LENGTH} dev ${name}`,
    `link set ${name} up`,
  ]);
  await batch(
    [
      'link set lo up',
      ...['mgmt', ...SEGMENTS].flatMap((bridge) => [
        `link add ${bridge} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`,
        `link set ${bridge} up`,
      ]),
      'link set uplink master mgmt up',
    ],
    name,
  );
}

/** The commands that join a host's data port to its segment; LACP frames pass too. */
export const joinSegment = (host: LabHost, nic: number): string[] => [
  `link set ${dataPort(host, nic)} master ${segmentOf(nic)} up`,
  `link set ${dataPort(host, nic)} type bridge_slave group_fwd_mask 0x4`,
];

export const joinSegments = (host: LabHost): string[] => DATA_NICS.flatMap((nic) => joinSegment(host, nic));

export const joinMgmt = (host: LabHost): string => `link set ${mgmtPort(host)} master mgmt up`;

/** Puts this machine on the segments too, each by a link of its own. */
export async function joinMachine(id: number): Promise<void> {
  const name = labName(id);
  for (const segment of SEGMENTS) {
    const link = segmentLink(id, segment);
    await batch([
      `link add ${link} type veth peer name ${segment}m netns ${name}`,
      `addr add ${segmentAddress(id, segment, 1)}/${SEGMENT_PREFIX_LENGTH} dev ${link}`,
      `link set ${link} up`,
    ]);
  }
  await batch(
    SEGMENTS.map((segment) => `link set ${segment}m master ${segment} up`),
    name,
  );
}

/**
 * Tells this machine the hosts' hardware addresses beforehand: who asks a host that is not up yet waits a whole
 * second for the next try. The entries age like any other.
 */
export const introduce = (id: number, hosts: readonly LabHost[]): Promise<void> =>
  batch(
    hosts.map(
      (host) => `neigh replace ${host.address} lladdr ${macAddress(host, 0)} dev ${labName(id)} nud stale`,
    ),
  );

/** Runs many commands of ip in one process, in the root namespace or the one that is named. */
export async function batch(lines: readonly string[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ['-netns', namespace];
  await run(['ip', ...where, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}
