import { isUnknown } from '../../engine/unknown.ts';
import { contains, familyOf, withoutPrefix } from '../interfaces/address.ts';
import { followsPort } from '../interfaces/bond-mode.ts';
import type { Link, Links } from '../interfaces/link.ts';
import { own } from '../own.ts';
import { above, linkWithAddress, splitZone, sshPath } from './path.ts';

/**
 * Where a host answers after a change: `same` if the address dialled before is still there, else these, best first:
 * `confirmHost` if it is stated, else addresses that the host has afterwards on the same link, on a link that takes
 * over (a controller that it joined, what stands on it), or in the same subnet. undefined: nowhere that could be told.
 * @param leases Links that get an address by DHCP: the same again, if a link with the same MAC asks for it
 */
export function dialPlan(
  before: Links,
  after: Links,
  sshAddress: string,
  {
    confirmHost,
    leases = new Set(),
  }: { readonly confirmHost?: string | undefined; readonly leases?: ReadonlySet<string> } = {},
): 'same' | readonly string[] | undefined {
  const path = sshPath(before, sshAddress);
  // An address that no link has is not ours to move: one of another network namespace, or translated
  if (!path || isThere(after, path.top, sshAddress)) return 'same';
  if (confirmHost !== undefined) return [confirmHost];
  const { address, top } = path;
  const subnets = [
    ...top.ipv4.addresses,
    ...top.ipv4.dynamic,
    ...top.ipv6.addresses,
    ...top.ipv6.dynamic,
  ].filter((cidr) => withoutPrefix(cidr) === address && !cidr.includes(' '));
  const heirs = successors(after, top.name);
  const leased = top.ipv4.dynamic.some((cidr) => withoutPrefix(cidr) === address);
  if (leased && heirs.some((link) => leases.has(link.name) && link.up && link.mac === top.mac)) return 'same';
  const near = (other: string): boolean => subnets.some((cidr) => contains(cidr, other));
  const heirsAddresses = heirs.flatMap((link) => addressesOf(link, address));
  const others = Object.values(after)
    .filter((link) => link.kind !== 'loopback' && !heirs.includes(link))
    .flatMap((link) => addressesOf(link, address))
    .filter(near);
  const found = [
    ...heirsAddresses.filter(near),
    ...heirsAddresses.filter((other) => !near(other)),
    ...others,
  ].filter((other) => other !== address);
  return found.length === 0 ? undefined : [...new Set(found)];
}

/** A link-local address is made from the MAC, and so is not known beforehand of a link that was taken down. */
function isThere(after: Links, top: Link, sshAddress: string): boolean {
  const holder = linkWithAddress(after, sshAddress);
  if (holder) return holder.up;
  const same = own(after, top.name);
  const { address } = splitZone(sshAddress);
  return (
    same?.up === true && same.mac === top.mac && /^fe80:/i.test(address) && isUnknown(same.ipv6.linkLocal)
  );
}

/** The link itself, and what stands on it, nearest first. */
function successors(links: Links, name: string): Link[] {
  const found: Link[] = [];
  const first = own(links, name);
  const queue = first ? [first] : [];
  for (let link = queue.shift(); link; link = queue.shift()) {
    if (found.includes(link)) continue;
    found.push(link);
    queue.push(...above(links, link));
  }
  return found;
}

/** Of the same family as another, as far as they answer from outside. */
function addressesOf(link: Link, other: string): string[] {
  const { addresses, dynamic } = link[familyOf(other)];
  return link.up
    ? [...addresses, ...dynamic].map(withoutPrefix).filter((address) => !/^fe80:/i.test(address))
    : [];
}

/**
 * The MAC that a new bridge or bond takes, so that who knew the host by it (neighbours, a DHCP server) goes on to:
 * that of the link that the connection went to, which now is below it. undefined: none is new, or it was told its own.
 */
export function inheritMac(
  before: Links,
  after: Links,
  sshAddress: string,
): { readonly link: string; readonly mac: string } | undefined {
  const top = sshPath(before, sshAddress)?.top;
  if (!top || isUnknown(top.mac)) return undefined;
  const heirs = successors(after, top.name);
  const others = heirs.filter((link) => link.name !== top.name);
  const holder =
    linkWithAddress(after, sshAddress) ??
    others.find(({ ipv4, ipv6 }) => ipv4.dhcp || ipv6.dhcp) ??
    others.find(({ ipv4, ipv6 }) => ipv4.addresses.length + ipv6.addresses.length > 0) ??
    others.at(-1);
  if (!holder || !heirs.includes(holder)) return undefined;
  const link = belowVlans(after, holder);
  const isNew = ['bridge', 'bond'].includes(link.kind) && own(before, link.name)?.kind !== link.kind;
  // With fail_over_mac, a bond has the MAC of its active port whatever it is told
  return isNew && link.name !== top.name && isUnknown(link.mac) && !followsPort(link.bond ?? {})
    ? { link: link.name, mac: top.mac }
    : undefined;
}

/** A VLAN has the MAC of its parent. */
function belowVlans(links: Links, link: Link): Link {
  const parent = link.kind === 'vlan' ? own(links, link.parent ?? '') : undefined;
  return parent ? belowVlans(links, parent) : link;
}
