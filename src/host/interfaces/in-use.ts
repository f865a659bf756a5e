import { EngineError } from '../../engine/errors.ts';
import { isL3 } from '../libvirt/network.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import { childrenOf, describeLink, type Link, type Links, portsOf } from './link.ts';
import type { Keeper } from './owner.ts';
import type { LinkState, LinkWish } from './wish.ts';

/** Links of guests that stand on a link, or are its ports. A tap may be that of a VPN too. */
const guestLinks = (links: Links, name: string): Link[] => [
  ...portsOf(links, name).filter(({ kind }) => kind === 'tun'),
  ...childrenOf(links, name).filter(({ kind }) => kind === 'macvtap'),
];

/** Whether a virtual device that is taken down goes: its taps would be nobody's ports afterwards. */
const deletesInactive = ({ stored }: HostState, keeper: Keeper): boolean =>
  ['networkmanager', 'ifcfg', 'libvirt'].includes(keeper) ||
  (keeper === 'netplan' && stored.backends.networkmanager?.active === true);

/**
 * Refuses to take from guests what cannot be given back.
 * @throws EngineError REFUSED
 */
export function refuseInUse(
  host: HostState,
  { name, kind }: LinkWish,
  state: LinkState,
  keeper: Keeper,
): void {
  const have = own(host.links, name);
  if (have?.kind !== kind || kind === 'ethernet') return;
  if (state !== 'absent' && state !== 'inactive') return;
  const owner = networksOn(host, name).find(({ owns }) => owns);
  if (owner) {
    throw new EngineError('REFUSED', `${describeLink(have)} belongs to libvirt's network ${owner.name}`, {
      hint: 'use the module network',
    });
  }
  if (state === 'inactive' && !deletesInactive(host, keeper)) return;
  const taps = guestLinks(host.links, name).filter((link) => link.kind === 'tun');
  if (taps.length === 0) return;
  const how = state === 'inactive' ? `, and ${keeper} deletes what is inactive` : '';
  throw new EngineError('REFUSED', `${describeLink(have)} has the port ${namesOf(taps)} of a guest${how}`, {
    hint: 'shut the guest down, or move its NIC to another bridge, first',
  });
}

/** Whom a change leaves without a network, though nothing of theirs is lost. */
export function inUseWarnings(host: HostState, { name }: LinkWish, state: LinkState): string[] {
  if (!own(host.links, name) || (state !== 'absent' && state !== 'inactive')) return [];
  const what = state === 'absent' ? 'is cut off' : `is cut off while ${name} is down`;
  return [
    ...guestLinks(host.links, name).map((guest) => `${guest.name} of a guest ${what}`),
    ...networksOn(host, name).map((network) => `libvirt's network ${network.name} uses ${name}`),
  ];
}

const namesOf = (links: readonly Link[]): string => links.map(({ name }) => name).join(', ');

/** Active libvirt networks that use a link, as far as libvirt has been read. */
function networksOn({ libvirt }: HostState, link: string): { name: string; owns: boolean }[] {
  return Object.values(libvirt).flatMap(({ networks }) =>
    Object.entries(networks).flatMap(([name, { live }]) => {
      if (!live) return [];
      const { forward, bridge } = live.model;
      const uses = [bridge?.name, forward.dev, ...(forward.interfaces ?? [])].includes(link);
      return uses ? [{ name, owns: bridge?.name === link && isL3(forward.mode) }] : [];
    }),
  );
}
