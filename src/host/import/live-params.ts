/** What is live of a link in the words of the parameters, without what the kernel gives by itself. */
import { isDeepStrictEqual } from 'node:util';
import { isUnknown } from '../../engine/unknown.ts';
import { portNames } from '../interfaces/compare.ts';
import { ownOptions } from '../interfaces/kernel-defaults.ts';
import type { Addressing6, Link, Links, PortVlans } from '../interfaces/link.ts';
import { own } from '../own.ts';
import { tidy } from './candidate.ts';

const USUAL_MTU = 1500;

export function liveParams(links: Links, link: Link): Readonly<Record<string, unknown>> {
  const { mac, permanentMac, label, promisc, parent, controller, kind } = link;
  const ownMac =
    kind !== 'bridge' &&
    kind !== 'bond' &&
    controller === undefined &&
    permanentMac !== undefined &&
    permanentMac !== mac;
  return {
    mtu: ownMtu(links, link),
    mac: ownMac && !isUnknown(mac) ? mac : undefined,
    label,
    promisc: promisc || undefined,
    parent: kind === 'vlan' ? parent : undefined,
    ...ownOptions(link),
    ipv4: family(link.ipv4),
    ipv6: family(link.ipv6),
  };
}

/** An MTU that it does not have from the links below it. */
function ownMtu(links: Links, { mtu, kind, parent, controller }: Link): number | undefined {
  if (isUnknown(mtu)) return undefined;
  const above =
    kind === 'vlan' ? parent : own(links, controller ?? '')?.kind === 'bond' ? controller : undefined;
  const usual = above === undefined ? USUAL_MTU : own(links, above)?.mtu;
  return mtu === usual ? undefined : mtu;
}

function family({
  addresses,
  gateway,
  routes,
  autoconf,
  accept_ra,
}: Addressing6): Readonly<Record<string, unknown>> {
  const isAddressed = addresses.length > 0;
  return tidy({
    addresses,
    gateway,
    routes,
    // Hosts have their own ideas of these; they matter where there are addresses
    autoconf: isAddressed && autoconf === false ? false : undefined,
    accept_ra: isAddressed && !isUnknown(accept_ra) && accept_ra !== 1 ? accept_ra : undefined,
  });
}

const USUAL_VLANS: PortVlans = { pvid: 1, tagged: [], untagged: [1] };

/** VLAN tables of a bridge and its ports, but for those that every port has at first. */
export function portVlanParams(links: Links, name: string): Readonly<Record<string, unknown>> {
  const tables = [name, ...portNames(links, name)].flatMap((one): [string, unknown][] => {
    const vlans = own(links, one)?.vlans;
    if (vlans === undefined || isUnknown(vlans) || isDeepStrictEqual(vlans, USUAL_VLANS)) return [];
    const { pvid, tagged, untagged } = vlans;
    return [
      [one, tidy({ pvid, tagged, untagged: untagged.filter((id) => id !== pvid || tagged.includes(id)) })],
    ];
  });
  return Object.fromEntries(tables);
}
