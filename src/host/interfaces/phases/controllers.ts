import { isUnknown, type Unknown } from '../../../engine/unknown.ts';
import { own } from '../../own.ts';
import { portsOf } from '../link.ts';
import { type Draft, differing } from './draft.ts';

export function releasePorts(draft: Draft): void {
  draft.each((want, have) => {
    if (want.controller !== undefined || have.controller === undefined) return;
    draft.run({ op: 'controller', link: want.name, controller: undefined });
  });
}

/** The mode and fail_over_mac can be set only on a bond without ports, and with lacp_rate only while it is down. */
export function setBondMode(draft: Draft): void {
  draft.each((want, have) => {
    if (want.kind !== 'bond') return;
    const changed = differing(draft, want, have);
    const bare = 'mode' in changed || 'fail_over_mac' in changed;
    if (!bare && !('lacp_rate' in changed)) return;
    if (bare) {
      for (const port of portsOf(draft.model.links, want.name)) {
        draft.run({ op: 'controller', link: port.name, controller: undefined });
      }
    }
    if (have.up) draft.run({ op: 'down', link: want.name });
    const { primary: _, ...options } = changed;
    draft.run({ op: 'options', link: want.name, kind: 'bond', options });
  });
}

/**
 * Before ports join, so that a bond hands its own on, and a bridge does not follow its ports: a MAC that is set,
 * even to what it is, stays; so does an MTU, if that was another.
 */
export function setControllerAddress(draft: Draft): void {
  draft.each((want, have) => {
    const { name: link, kind, mac, mtu } = want;
    if ((kind !== 'bond' && kind !== 'bridge') || !portsChange(draft, link)) return;
    const already = own(draft.model.pinned, link) ?? {};
    const set = <T>(field: 'mac' | 'mtu', value: T | Unknown): value is T =>
      draft.claims(link, field) &&
      !isUnknown(value) &&
      !already[field] &&
      (value !== have[field] || (kind === 'bridge' && field === 'mac'));
    if (set<string>('mac', mac)) draft.run({ op: 'mac', link, mac });
    if (set<number>('mtu', mtu)) draft.run({ op: 'mtu', link, mtu });
  });
}

const portsChange = (draft: Draft, name: string): boolean =>
  Object.values(draft.want).some((want) => {
    const have = own(draft.model.links, want.name)?.controller;
    return want.controller !== have && (want.controller === name || have === name);
  });

export function joinControllers(draft: Draft): void {
  draft.each((want, have) => {
    const { name: link, controller } = want;
    if (controller === undefined || have.controller === controller) return;
    const target = own(draft.model.links, controller);
    if (!target) return;
    if (target.kind === 'bond' && have.up) draft.run({ op: 'down', link });
    draft.run({ op: 'controller', link, controller });
  });
}
