import { own } from '../../../own.ts';
import type { Profile } from '../../profile.ts';

/** What others stand on first: ports before their controller, parents before what is on them. */
export function bottomUp(
  profiles: readonly Profile[],
  all: Readonly<Record<string, Profile>>,
): readonly Profile[] {
  const depths = new Map<string, number>();
  const depth = (profile: Profile): number => {
    const known = depths.get(profile.name);
    if (known !== undefined) return known;
    // Ends also where a file says that two stand on each other
    depths.set(profile.name, 0);
    const ports = Object.values(all).filter(({ controller }) => controller === profile.name);
    const parent = profile.parent === undefined ? undefined : own(all, profile.parent);
    const result = 1 + Math.max(0, ...[...ports, ...(parent ? [parent] : [])].map(depth));
    depths.set(profile.name, result);
    return result;
  };
  return [...profiles].sort((a, b) => depth(a) - depth(b) || (a.name < b.name ? -1 : 1));
}
