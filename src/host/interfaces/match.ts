import { EngineError } from '../../engine/errors.ts';
import type { Link, Links } from './link.ts';

/** What a device is known by. */
interface Match {
  readonly mac?: string | undefined;
  readonly driver?: string | undefined;
  readonly path?: string | undefined;
}

/** Kinds that have a MAC of their own making, or of the link they stand on. */
const VIRTUAL = ['bridge', 'bond', 'vlan', 'macvlan', 'macvtap', 'tun', 'loopback'];

/**
 * Name of the one link that matches. Of several with one MAC (a VLAN has its parent's) it is the physical one.
 * @returns undefined if there is none and there may be none
 * @throws EngineError REQUIREMENT if there is none, or more than one
 */
export function matchLink(links: Links, match: Match, mayBeMissing: boolean): string | undefined {
  const found = Object.values(links).filter((link) => matches(link, match));
  const real = found.filter((link) => link.path !== undefined || link.driver !== undefined);
  const own = found.filter((link) => !VIRTUAL.includes(link.kind));
  const chosen = [real, own].find((group) => group.length > 0) ?? [];
  if (chosen.length === 1) return chosen[0]?.name;
  if (found.length === 0 && mayBeMissing) return undefined;
  const wish = Object.entries(match).map(([key, value]) => `${key} ${String(value)}`);
  if (chosen.length === 0) {
    throw new EngineError('REQUIREMENT', `no interface has ${wish.join(', ')}`, {
      hint: `there are ${listOf(links)}`,
    });
  }
  const names = chosen
    .map((link) => link.name)
    .sort()
    .join(', ');
  throw new EngineError('REQUIREMENT', `several interfaces have ${wish.join(', ')}: ${names}`, {
    hint: 'match by more than that, or use name',
  });
}

/** Devices with what they could be matched by; a host with very many would drown the message. */
function listOf(links: Links): string {
  const all = Object.values(links).filter(({ kind }) => !VIRTUAL.includes(kind));
  const named = all
    .slice(0, 12)
    .map(({ name, mac, permanentMac = mac }) => `${name} (${String(permanentMac)})`);
  const more = all.length > 12 ? `, and ${all.length - 12} more` : '';
  return `${named.join(', ') || 'none'}${more}`;
}

function matches(link: Link, { mac, driver, path }: Match): boolean {
  const macs = link.permanentMac === undefined ? [link.mac] : [link.permanentMac];
  return (
    (mac === undefined || macs.includes(mac.toLowerCase())) &&
    (driver === undefined || link.driver === driver) &&
    (path === undefined || link.path === path)
  );
}
