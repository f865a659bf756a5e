import { isUnknown } from '../../../engine/unknown.ts';
import { own } from '../../own.ts';
import { meets } from '../compare.ts';
import { IPV6_MIN_MTU } from '../effects/model.ts';
import type { Link } from '../link.ts';
import { vlanOperations } from '../port-vlans.ts';
import { type Draft, differing, isKind } from './draft.ts';

/** A VLAN cannot have more than its parent, so what grows does so from below. */
export function setMtus(draft: Draft): void {
  draft.each((want) => setMtu(draft, want));
}

function setMtu(draft: Draft, want: Link): void {
  const { name: link, mtu } = want;
  if (isUnknown(mtu) || !draft.claims(link, 'mtu') || mtu === own(draft.model.links, link)?.mtu) return;
  draft.run({ op: 'mtu', link, mtu });
}

export function setMacs(draft: Draft): void {
  draft.each((want) => setMac(draft, want));
}

function setMac(draft: Draft, want: Link): void {
  const { name: link, mac } = want;
  if (isUnknown(mac) || !draft.claims(link, 'mac') || mac === own(draft.model.links, link)?.mac) return;
  draft.run({ op: 'mac', link, mac });
}

export function setOptions(draft: Draft): void {
  draft.each((want, have) => {
    if (!isKind(want.kind)) return;
    const { name: link, kind } = want;
    const { stp, ...rest } = differing(draft, want, have);
    // The kernel reads the delay first, and takes less than two seconds only while STP is off
    if (stp === false) draft.run({ op: 'options', link, kind, options: { stp } });
    const options = stp === true ? { ...rest, stp } : rest;
    if (Object.keys(options).length > 0) draft.run({ op: 'options', link, kind, options });
  });
}

export function setRest(draft: Draft): void {
  draft.each((want, have) => {
    const { name: link, label = '', promisc } = want;
    if (label !== (have.label ?? '')) draft.run({ op: 'label', link, label });
    if (promisc !== have.promisc) draft.run({ op: 'promisc', link, promisc });
    // A link that was made again has the host's defaults; with a small MTU it has no IPv6 at all
    const fresh = draft.made(link) && !(Number(have.mtu) < IPV6_MIN_MTU);
    for (const key of ['accept_ra', 'autoconf'] as const) {
      const value = want.ipv6[key];
      const stated = draft.claims(link, 'ipv6', key) || (fresh && value !== undefined);
      if (stated && !meets(value, have.ipv6[key])) {
        draft.run({ op: 'sysctl', link, key, value: Number(value) });
      }
    }
  });
}

export function setUp(draft: Draft): void {
  draft.each((want, have) => {
    if (want.up && !have.up) draft.run({ op: 'up', link: want.name });
  });
  draft.eachFromAbove((want, have) => {
    if (!want.up && have.up) draft.run({ op: 'down', link: want.name });
  });
}

export function setVlans(draft: Draft): void {
  draft.each((want, have) => {
    // One that left its bridge and came back has the bridge's default
    if (!draft.claims(want.name, 'vlans') && !isUnknown(have.vlans)) return;
    for (const operation of vlanOperations(want, have)) draft.run(operation);
  });
}
