import type { Pending } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';
import { own } from '../own.ts';
import { meets } from './compare.ts';
import { describeLink, type Link, type Links } from './link.ts';
import type { Profile } from './profile.ts';
import { sameValue } from './stored-compare.ts';

/** What a definition says that the live link is not, and so comes about when it is started again. */
export function pendingOf(profile: Profile, links: Links): Pending[] {
  const link = own(links, profile.name);
  const object = describeLink(profile);
  const until = `restart of ${profile.name} or the next boot`;
  if (!link) {
    if (profile.onboot === 'none') return [];
    return [{ object, field: 'state', want: 'active', stored: 'defined', live: 'absent', until }];
  }
  return fieldsOf(profile, link)
    .filter(
      ([key, stored, live]) => stored !== undefined && !isUnknown(live) && !sameValue(key, stored, live),
    )
    .map(([key, stored, live, field]) => ({
      object,
      field: field ?? key,
      want: stored,
      stored,
      ...(live !== undefined && { live }),
      until,
    }));
}

type Field = readonly [key: string, stored: unknown, live: unknown, field?: string];

function fieldsOf(profile: Profile, link: Link): Field[] {
  const fields: Field[] = [
    ['mtu', profile.mtu, link.mtu],
    ['mac', profile.mac, link.mac],
    ['controller', profile.controller, link.controller],
    ['parent', profile.parent, link.parent],
  ];
  for (const kind of ['bridge', 'bond', 'vlan'] as const) {
    for (const [option, value] of Object.entries(profile[kind] ?? {})) {
      fields.push([option, value, (link[kind] as Record<string, unknown> | undefined)?.[option]]);
    }
  }
  for (const family of ['ipv4', 'ipv6'] as const) {
    const stored = profile[family];
    if (!stored) continue;
    const live = link[family];
    const there = [...live.addresses, ...live.dynamic];
    const missing = stored.addresses?.some((address) => !there.some((other) => meets(address, other)));
    if (missing) fields.push(['addresses', stored.addresses, live.addresses, `${family}.addresses`]);
    fields.push(['gateway', stored.gateway, live.gateway, `${family}.gateway`]);
    if (stored.routes?.length) fields.push(['routes', stored.routes, live.routes, `${family}.routes`]);
    if (stored.dhcp === true && family === 'ipv4') {
      fields.push(['dhcp', true, live.dynamic.length > 0, `${family}.dhcp`]);
    }
  }
  return fields;
}
