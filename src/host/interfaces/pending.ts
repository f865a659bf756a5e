import type { Pending } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import { hasRoute, meets, portNames } from './compare.ts';
import { describeLink, type Link, type Links } from './link.ts';
import { type BackendName, type Profile, profileOf, type Stored } from './profile.ts';
import { sameValue, storedPorts } from './stored-compare.ts';

/** What a definition says that the live link is not, and so comes about when it is started again. */
export function pendingOf(profile: Profile, { stored, links }: HostState): Pending[] {
  const link = own(links, profile.name);
  const object = describeLink(profile);
  const until = `restart of ${profile.name}${profile.onboot === 'none' ? '' : ' or the next boot'}`;
  if (!link?.up) {
    // What is said of its controller is said of the port
    const waits = profile.controller !== undefined && !own(links, profile.controller)?.up;
    if (profile.onboot === 'none' || waits) return [];
    const live = link ? 'inactive' : 'absent';
    return [{ object, field: 'state', want: 'active', stored: 'defined', live, until }];
  }
  const fields = fieldsOf(profile, link, own(links, link.controller ?? ''))
    .filter(([key, value, live]) => value !== undefined && !isUnknown(live) && !sameValue(key, value, live))
    .map(([key, value, live, field]) => ({
      object,
      field: field ?? key,
      want: value,
      stored: value,
      live: live ?? 'none',
      until,
    }));
  return [...fields, ...portsPending(profile, stored, links)];
}

type Field = readonly [key: string, stored: unknown, live: unknown, field?: string];

function fieldsOf(profile: Profile, link: Link, controller: Link | undefined): Field[] {
  const fields: Field[] = [
    ['mtu', profile.mtu, link.mtu],
    // A bond gives its ports its own
    ...(controller?.kind === 'bond' ? [] : [['mac', profile.mac, link.mac] as const]),
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
    // Others may have added some, as they may have added addresses
    if (stored.routes?.some((route) => !hasRoute(live.routes, route))) {
      fields.push(['routes', stored.routes, live.routes, `${family}.routes`]);
    }
    if (stored.dhcp === true && family === 'ipv4') {
      fields.push(['dhcp', true, live.dynamic.length > 0, `${family}.dhcp`]);
    }
  }
  return fields;
}

/** Kinds that someone defines; container runtimes and libvirt add ports of other kinds on their own. */
const DEFINED_KINDS = ['ethernet', 'bond', 'vlan'];

/** Of a bridge or bond its own ports, of a port those of the controller it is to have. */
function portsPending({ name, kind, backend, controller }: Profile, stored: Stored, links: Links): Pending[] {
  const top = kind === 'bridge' || kind === 'bond' ? name : undefined;
  return [top, controller].flatMap((each) =>
    each === undefined ? [] : portsOf(each, backend, stored, links),
  );
}

function portsOf(name: string, backend: BackendName, stored: Stored, links: Links): Pending[] {
  const profile = profileOf(stored, name, backend);
  if (!profile || !own(links, name)?.up) return [];
  const want = storedPorts(stored, name, backend);
  const live = portNames(links, name);
  const extra = live.some((port) => !want.includes(port) && DEFINED_KINDS.includes(own(links, port)!.kind));
  if (!extra && want.every((port) => live.includes(port))) return [];
  const until = `restart of ${name}${profile.onboot === 'none' ? '' : ' or the next boot'}`;
  return [{ object: describeLink(profile), field: 'ports', want, stored: want, live, until }];
}
