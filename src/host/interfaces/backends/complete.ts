import { own } from '../../own.ts';
import { hasRoute, meets } from '../compare.ts';
import { isUnknown } from '../../../engine/unknown.ts';
import type { Link, Links } from '../link.ts';
import type { Operation } from '../operation.ts';
import type { Profile } from '../profile.ts';

/**
 * What a definition says beyond what a task states: an interface that is started is as it is defined. `links` are as
 * the task wants them.
 */
export function complete(
  profile: Profile,
  after: Readonly<Record<string, Profile>>,
  links: Links,
): readonly Operation[] {
  const link = own(links, profile.name);
  if (!link) return [];
  return [
    ...ofKind(profile, link),
    ...portsOf(profile, after, links),
    ...ofLink(profile, link),
    ...addresses(profile, link),
  ];
}

/** Some options of a bond can be set only while it is down. */
function ofKind(profile: Profile, link: Link): Operation[] {
  const { name, kind } = profile;
  if (kind !== 'bridge' && kind !== 'bond') return [];
  const have: Readonly<Record<string, unknown>> = { ...link[kind] };
  const options = Object.fromEntries(
    Object.entries(profile[kind] ?? {}).filter(
      ([key, value]) => isUnknown(have[key]) || !meets(value, have[key]),
    ),
  );
  if (Object.keys(options).length === 0) return [];
  const set: Operation = { op: 'options', link: name, kind, options };
  return kind === 'bridge' ? [set] : [{ op: 'down', link: name }, set, { op: 'up', link: name }];
}

function portsOf(
  { name, kind }: Profile,
  after: Readonly<Record<string, Profile>>,
  links: Links,
): Operation[] {
  const ports = Object.values(after).filter(({ controller }) => controller === name);
  return ports.flatMap(({ name: link }): Operation[] => {
    const have = own(links, link);
    if (!have || have.controller === name) return [];
    return [
      ...(kind === 'bond' ? [{ op: 'down', link } as const] : []),
      { op: 'controller', link, controller: name },
      { op: 'up', link },
    ];
  });
}

function ofLink({ name: link, mtu, mac, label, promisc }: Profile, have: Link): Operation[] {
  return [
    ...(mtu === undefined || mtu === have.mtu ? [] : [{ op: 'mtu', link, mtu } as const]),
    ...(mac === undefined || mac === have.mac ? [] : [{ op: 'mac', link, mac } as const]),
    ...(label === undefined || label === have.label ? [] : [{ op: 'label', link, label } as const]),
    ...(promisc === undefined || promisc === have.promisc ? [] : [{ op: 'promisc', link, promisc } as const]),
  ];
}

function addresses(profile: Profile, have: Link): Operation[] {
  const link = profile.name;
  return (['ipv4', 'ipv6'] as const).flatMap((family): Operation[] => {
    const { addresses = [], gateway, routes = [] } = profile[family] ?? {};
    const there = have[family];
    const missing = addresses.filter((address) => !there.addresses.some((other) => meets(address, other)));
    const ways = routes.filter((route) => !hasRoute(there.routes, route));
    const isOther = gateway !== undefined && gateway !== there.gateway;
    return [
      ...missing.map((address): Operation => ({ op: 'add-address', link, family, address })),
      ...(isOther
        ? [{ op: 'set-route', link, family, route: { to: 'default', via: gateway } } as const]
        : []),
      ...ways.map((route): Operation => ({ op: 'set-route', link, family, route })),
    ];
  });
}
