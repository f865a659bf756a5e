import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import { portNames } from './compare.ts';
import type { Addressing6, Link, Links } from './link.ts';
import type { Profile } from './profile.ts';

/** An interface as results show it: what is live, and by backend what is stored. */
export function interfaceView({ links, stored }: HostState, name: string): Record<string, unknown> {
  const profiles = own(stored.profiles, name) ?? [];
  const definitions = profiles
    .filter(({ backend }) => stored.backends[backend]?.active)
    .map((profile) => [profile.backend, profileView(profile)]);
  return {
    ...linkView(links, name),
    ...(definitions.length > 0 && { stored: Object.fromEntries(definitions) }),
  };
}

/** A definition in the words of the parameters, with where it stands. */
function profileView(profile: Profile): Record<string, unknown> {
  const { name: _, backend: __, ours: ___, at, bridge, bond, vlan, extra, ...rest } = profile;
  return {
    ...rest,
    ...bridge,
    ...bond,
    ...vlan,
    ...(extra?.length && { extra }),
    ...(at.length > 0 && { at: at.map(({ file, line }) => `${file}:${line}`) }),
  };
}

/** A link in the words of the parameters, as results show it. */
function linkView(links: Links, name: string): Record<string, unknown> {
  const link = own(links, name);
  if (!link) return { name, state: 'absent' };
  const options = link.bridge ?? link.bond ?? link.vlan ?? {};
  const hasPorts = link.bridge ?? link.bond;
  return {
    name,
    kind: link.kind,
    state: link.up ? 'active' : 'inactive',
    mtu: link.mtu,
    mac: link.mac,
    ...(link.label !== undefined && { label: link.label }),
    ...(link.controller !== undefined && { controller: link.controller }),
    ...(link.parent !== undefined && { parent: link.parent }),
    ...(hasPorts && { ports: portNames(links, name) }),
    ...options,
    ...vlanTables(links, link),
    ipv4: addressingView(link.ipv4),
    ipv6: addressingView(link.ipv6),
  };
}

function vlanTables(links: Links, link: Link): Record<string, unknown> {
  if (link.bridge?.vlan_filtering !== true) return {};
  const tables = [link.name, ...portNames(links, link.name)].map((name) => [name, own(links, name)?.vlans]);
  return { vlans: Object.fromEntries(tables.filter(([, table]) => table !== undefined)) };
}

const addressingView = ({ addresses, dynamic, gateway, routes, autoconf, accept_ra }: Addressing6) => ({
  addresses,
  ...(dynamic.length > 0 && { dynamic }),
  ...(gateway !== undefined && { gateway }),
  ...(routes.length > 0 && { routes }),
  ...(autoconf !== undefined && { autoconf }),
  ...(accept_ra !== undefined && { accept_ra }),
});
