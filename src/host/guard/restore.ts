import type { RestoreStep } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';
import { followsPort } from '../interfaces/bond-mode.ts';
import type { Link, Links } from '../interfaces/link.ts';
import { own } from '../own.ts';
import { loop, noted } from './loop.ts';
import { below } from './path.ts';
import { addressingSteps, neighbourSteps } from './restore-addressing.ts';
import { bondMode, optionSteps, primaryStep, text } from './restore-options.ts';
import { joining, portFlagStep, portFlags, vlanEntries } from './restore-ports.ts';
import * as scripts from './scripts.ts';
import { NOTE_OTHERS, PUT_BACK_OTHERS } from './scripts-others.ts';
import { NOTE_SYSCTLS, PUT_BACK_SYSCTLS } from './scripts-settings.ts';

/**
 * Steps that take apart what a change has put together, for a backend whose daemon then puts ports back in an order of
 * its own: a bond's two cables to one switch, with one of them back in the bridge that the bond is still in, are a loop.
 * @param touched Names of the links that will be put back
 */
export function apartSteps(before: Links, touched: ReadonlySet<string>): readonly RestoreStep[] {
  const links = Object.values(before).filter(({ name }) => touched.has(name));
  return [...deleteNew(before, touched), ...release(links)];
}

const deleteNew = (before: Links, touched: ReadonlySet<string>): RestoreStep[] =>
  loop(
    'delete links that were not there',
    scripts.DELETE,
    [...touched].filter((name) => !own(before, name)),
  );

const release = (links: readonly Link[]): RestoreStep[] =>
  loop(
    'take ports out of other controllers',
    scripts.RELEASE,
    links.flatMap(({ name, controller = '' }) => [name, controller]),
  );

/**
 * Steps that put live links back as they were, from whatever state a failed or half-done change left them in, be it of
 * our making or a daemon's. They look first and do only what is missing; one that fails does not hurt the others.
 * Links that Wirebook cannot make (a NIC, a guest's tap) are put back where they are there.
 * @param touched Names of the links to put back; those that were not there before are deleted
 */
export function restoreSteps(before: Links, touched: ReadonlySet<string>): readonly RestoreStep[] {
  const links = lowerFirst(
    before,
    Object.values(before).filter(({ name }) => touched.has(name)),
  );
  const made = links.flatMap(identity);
  const bonds = links.filter(({ kind }) => kind === 'bond');
  const ports = links.filter(({ controller }) => controller !== undefined);
  const mtus = (some: readonly Link[]): string[] =>
    some.flatMap(({ name, mtu }) => (isUnknown(mtu) ? [] : [name, String(mtu)]));
  const macs = (some: readonly Link[]): string[] =>
    some.flatMap((link) => (hasOwnMac(before, link) ? [link.name, String(link.mac)] : []));
  const named = (some: readonly Link[]): string[] => some.map(({ name }) => name);

  return [
    deleteNew(before, touched),
    loop('delete links that became others', scripts.DELETE_OTHERS, made),
    loop('make links that are gone', scripts.MAKE, made),
    loop('put back the modes of bonds', scripts.BOND_MODES, bonds.flatMap(bondMode)),
    release(links),
    ...links.flatMap(optionSteps),
    // A NIC may be too small for a bond's MTU as it is now
    loop('put back the MTUs of bonds', scripts.MTUS, mtus(bonds)),
    loop(
      'put ports back into their controllers',
      scripts.JOIN,
      ports.flatMap((port) => joining(before, port)),
    ),
    loop(
      'put back port options',
      scripts.PORT_FLAGS,
      ports.flatMap((port) => portFlags(before, port)),
    ),
    ...links.flatMap(portFlagStep),
    ...bonds.flatMap(primaryStep),
    loop('put back MTUs', scripts.MTUS, mtus(links)),
    loop('put back MACs', scripts.MACS, macs(links)),
    loop(
      'put back labels',
      scripts.LABELS,
      links.flatMap(({ name, label = '', promisc }) => [name, label, promisc ? 'on' : 'off']),
    ),
    noted('put back settings', NOTE_SYSCTLS, PUT_BACK_SYSCTLS, named(links)),
    loop('bring links up', scripts.UP_OR_DOWN, named(links.filter(({ up }) => up)), 'up'),
    loop('take links down', scripts.UP_OR_DOWN, named(links.filter(({ up }) => !up).reverse()), 'down'),
    loop(
      'put back VLAN tables',
      scripts.VLAN_TABLES,
      links.flatMap((link) => vlanEntries(before, link)),
    ),
    addressingSteps(links),
    noted(
      'put back rules, routes, neighbours, forwarding entries and alternative names',
      NOTE_OTHERS,
      PUT_BACK_OTHERS,
      named(links),
    ),
    neighbourSteps(links),
  ].flat();
}

/** A link comes after what it stands on and its ports. */
function lowerFirst(all: Links, some: readonly Link[]): Link[] {
  const depth = (link: Link, seen: readonly Link[]): number =>
    seen.includes(link)
      ? 0
      : Math.max(0, ...below(all, link).map((other) => 1 + depth(other, [...seen, link])));
  const depths = new Map(some.map((link) => [link, depth(link, [])]));
  return [...some].sort((a, b) => depths.get(a)! - depths.get(b)!);
}

/** What makes a virtual link the one it is: name, kind, and of a VLAN its parent, protocol and ID. */
function identity({ name, kind, parent, vlan }: Link): string[] {
  if (kind === 'bridge' || kind === 'bond') return [name, kind, '', '', ''];
  // A VLAN on a link of another network namespace could not be made again
  if (kind !== 'vlan' || parent === undefined || typeof vlan?.id !== 'number') return [];
  return [name, kind, parent, vlan.protocol === '802.1ad' ? '802.1ad' : '802.1Q', String(vlan.id)];
}

/** A bridge that lost its ports has none but zeros, and of some bonds the kernel deals out the MACs itself. */
function hasOwnMac(before: Links, { mac, bond = {}, controller }: Link): boolean {
  const { mode, fail_over_mac } = own(before, controller ?? '')?.bond ?? {};
  const dealt = mode === 'balance-alb' || mode === 'balance-tlb' || fail_over_mac === 'follow';
  return mac !== NO_MAC && MAC.test(text(mac)) && !followsPort(bond) && !dealt;
}

const NO_MAC = '00:00:00:00:00:00';
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
