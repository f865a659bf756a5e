import { canonicalAddress, withoutPrefix } from '../interfaces/address.ts';
import { linkLocal } from '../interfaces/compare.ts';
import { type Addressing, type Link, type Links, portsOf } from '../interfaces/link.ts';
import { own } from '../own.ts';

/** What a connection to an address of the host goes through. */
export interface SshPath {
  /** In the kernel's notation, without a zone */
  readonly address: string;
  /** The link with the address */
  readonly top: Link;
  /** All links that the connection goes through, and the way from the top to each, in words */
  readonly ways: ReadonlyMap<string, string>;
}

/** The address that a connection goes to, as the kernel writes it, and its zone. */
export function splitZone(sshAddress: string): { address: string; zone: string | undefined } {
  const [text = '', zone] = sshAddress.replace(/^::ffff:(?=\d+\.)/i, '').split('%');
  return { address: canonicalAddress(text) ?? text, zone };
}

/** The link that has the address; a link-local one is told apart by its zone. */
export function linkWithAddress(links: Links, sshAddress: string): Link | undefined {
  const { address, zone } = splitZone(sshAddress);
  const has = (have: Addressing): boolean =>
    [...have.addresses, ...have.dynamic, ...linkLocal(have)].some((cidr) => withoutPrefix(cidr) === address);
  return Object.values(links).find(
    (link) => (zone === undefined || zone === link.name) && (has(link.ipv4) || has(link.ipv6)),
  );
}

/**
 * The link with the address, all that it stands on (its ports, its parent, and theirs), the controllers it is a port
 * of, and bonds that have a part of it as a port. undefined: no link has the address.
 */
export function sshPath(links: Links, sshAddress: string): SshPath | undefined {
  const top = linkWithAddress(links, sshAddress);
  if (!top) return undefined;
  const ways = new Map<string, string>();
  const descend = (link: Link | undefined, way: string): void => {
    if (!link || ways.has(link.name)) return;
    ways.set(link.name, way);
    for (const next of below(links, link)) descend(next, `${way} over ${next.name}`);
    // What is done to a bond takes its ports down, and VLANs on a port with it
    const bond = own(links, link.controller ?? '');
    if (bond?.kind === 'bond' && !ways.has(bond.name)) ways.set(bond.name, `${way}, a port of ${bond.name}`);
  };
  descend(top, top.name);
  for (let link = own(links, top.controller ?? ''); link; link = own(links, link.controller ?? '')) {
    if (ways.has(link.name)) break;
    ways.set(link.name, `${top.name}, a port of ${link.name}`);
  }
  return { address: splitZone(sshAddress).address, top, ways };
}

/** What a link stands on: its ports and its parent. */
export function below(links: Links, link: Link): Link[] {
  const parent = link.parent === undefined ? undefined : own(links, link.parent);
  return [...portsOf(links, link.name), ...(parent ? [parent] : [])];
}

/** What stands on a link: its controller, and what it carries. */
export function above(links: Links, link: Link): Link[] {
  const controller = link.controller === undefined ? undefined : own(links, link.controller);
  return [
    ...(controller ? [controller] : []),
    ...Object.values(links).filter((other) => other.parent === link.name),
  ];
}
