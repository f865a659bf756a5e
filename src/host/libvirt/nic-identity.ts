/** Which NIC a task speaks of. */
import { EngineError } from '../../engine/errors.ts';
import type { DomainState, StoredXml } from '../state.ts';
import { deriveMac, type Nic, nicTitle } from './nic.ts';

/** One of `mac`, `nic`, `alias`, `target` and `index` finds the NIC, the first that is given in this order. */
export interface NicKey {
  readonly domain: string;
  readonly mac?: string;
  /** A name from which the MAC is derived */
  readonly nic?: string;
  readonly alias?: string;
  readonly target?: string;
  /** Place in the stored definition (of a transient guest: the live one), from 0 */
  readonly index?: number;
}

export type NicHalf = 'stored' | 'live';

/**
 * MAC of the NIC, which the guest may have or not. Where an alias or target finds none, the NIC to be made gets a MAC
 * derived from it. Undefined: there is no NIC at that index, or no live one with that target.
 */
export function resolveMac(domain: DomainState | undefined, key: NicKey): string | undefined {
  if (key.mac !== undefined) return key.mac.toLowerCase();
  if (key.nic !== undefined) return deriveMac(key.domain, key.nic);
  const all = [...(domain?.stored ?? []), ...(domain?.live ?? [])];
  if (key.alias !== undefined) {
    return all.find(({ model }) => model.alias === key.alias)?.model.mac ?? deriveMac(key.domain, key.alias);
  }
  if (key.target !== undefined) {
    const found = all.find(({ model }) => model.target === key.target)?.model.mac;
    return found ?? (isGeneratedTarget(key.target) ? undefined : deriveMac(key.domain, key.target));
  }
  return (domain?.persistent ? domain.stored : domain?.live)?.[key.index ?? -1]?.model.mac;
}

/** Names that libvirt gives by itself; it keeps none that looks like one in a stored definition. */
export const isGeneratedTarget = (target: string): boolean => /^(?:vnet|macvtap|macvlan)/.test(target);

/** The NIC with that MAC in one definition. */
export const findNic = (
  domain: DomainState | undefined,
  half: NicHalf,
  mac: string | undefined,
): StoredXml<Nic> | undefined => domain?.[half].find(({ model }) => model.mac === mac);

/**
 * Makes sure that the MAC, and the alias if one is wanted, mean one NIC: libvirt itself never checks.
 * @throws EngineError REFUSED
 */
export function requireUnambiguous(domain: DomainState, key: NicKey, mac: string, alias?: unknown): void {
  for (const half of ['stored', 'live'] as const) {
    if (domain[half].filter(({ model }) => model.mac === mac).length > 1) {
      throw new EngineError('REFUSED', `${key.domain} has more than one ${half} NIC with the MAC ${mac}`, {
        hint: `remove the surplus by hand first: virsh edit ${key.domain}`,
      });
    }
    const other = domain[half].find(({ model }) => model.alias === alias && model.mac !== mac);
    if (alias !== undefined && other !== undefined) {
      throw new EngineError(
        'REFUSED',
        `the alias ${String(alias)} belongs to ${nicTitle(key.domain, other.model.mac)}`,
        { hint: 'an alias is unique in its guest: leave mac out to mean that NIC' },
      );
    }
  }
}
