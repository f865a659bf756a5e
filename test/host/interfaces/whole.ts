import { portNames } from '../../../src/host/interfaces/compare.ts';
import type { Addressing, Link, Links } from '../../../src/host/interfaces/link.ts';
import type { Task } from './task.ts';

/** Links that tasks make and remove; the others are NICs. */
const OWN = ['x', 'v', 'y'] as const;
const NICS = ['e1', 'e2'] as const;

/**
 * Tasks that lead from a state to another, described in whole: what is not in it is removed, what is below comes first,
 * addresses come when all else is there, and what is down is brought down at the end.
 */
export function tasksFor(links: Links, from: Links): Task[] {
  const absent = OWN.filter((name) => !links[name] && from[name]).map(
    (name): Task => [moduleOf(from[name]!), { name, state: 'absent' }],
  );
  // A link of another kind may not be allowed to stay a port
  const stays = ({ name, kind }: Link): boolean => links[name]?.kind === kind;
  const released = Object.values(from)
    .filter((link) => portNames(from, link.name).some((port) => !stays(from[port]!)))
    .map((link): Task => {
      const ports = portNames(from, link.name).filter((port) => stays(from[port]!));
      return [moduleOf(link), { name: link.name, ports }];
    });
  const there = lowerFirst(links).filter(({ name }) => [...OWN, ...NICS].some((other) => other === name));
  const free = there.filter(({ controller }) => controller === undefined);
  // An inactive NIC is no port
  const down = there.filter(
    ({ up, kind, controller }) => !up && (kind !== 'veth' || controller === undefined),
  );
  return [
    ...released,
    ...absent,
    ...there.map((link) => structureOf(links, link)),
    ...free.map(addressesOf),
    ...down.reverse().map(inactive),
  ];
}

function lowerFirst(links: Links): Link[] {
  const depth = ({ name, parent }: Link): number =>
    Math.max(
      0,
      ...Object.values(links)
        .filter((other) => other.controller === name || other.name === parent)
        .map((other) => 1 + depth(other)),
    );
  return Object.values(links).sort((a, b) => depth(a) - depth(b));
}

const moduleOf = ({ kind }: Link): Task[0] => (kind === 'veth' ? 'iface' : (kind as Task[0]));

function structureOf(links: Links, link: Link): Task {
  const { name, kind, mtu, label, promisc, parent } = link;
  return [
    moduleOf(link),
    {
      name,
      mtu,
      label: label ?? '',
      ...(kind === 'veth' && { promisc }),
      ...((kind === 'bridge' || kind === 'bond') && { ports: portNames(links, name) }),
      ...(parent !== undefined && { parent }),
      ...link.bridge,
      ...(link.bond && bondOptions(link)),
      ...link.vlan,
    },
  ];
}

const addressesOf = (link: Link): Task => [
  moduleOf(link),
  { name: link.name, ipv4: family(link.ipv4), ipv6: family(link.ipv6) },
];

/** Only what the mode has. */
function bondOptions({ bond = {} }: Link): object {
  const {
    lacp_rate,
    use_carrier: _,
    arp_interval,
    arp_validate,
    arp_targets,
    updelay,
    downdelay,
    ...rest
  } = bond;
  const own = ['802.3ad', 'balance-tlb', 'balance-alb'].includes(String(rest.mode));
  return {
    ...rest,
    ...(rest.miimon !== 0 && { updelay, downdelay }),
    ...(rest.mode === '802.3ad' && { lacp_rate }),
    ...(!own && { arp_interval, arp_validate, arp_targets }),
  };
}

const family = ({ addresses, gateway, routes }: Addressing): object => ({
  addresses,
  gateway: gateway ?? 'none',
  routes,
});

const inactive = (link: Link): Task => [moduleOf(link), { name: link.name, state: 'inactive' }];
