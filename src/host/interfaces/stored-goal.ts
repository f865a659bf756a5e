import { EngineError } from '../../engine/errors.ts';
import type { Claim } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import { contains } from './address.ts';
import type { Link } from './link.ts';
import type { BackendName, Profile, Stored, StoredFamily6 } from './profile.ts';
import { type Draftable, StoredDraft } from './stored-draft.ts';
import type { FamilyWish, LinkWish } from './wish.ts';

export interface StoredGoal {
  readonly stored: Stored;
  readonly claims: readonly Claim[];
  readonly warnings: readonly string[];
}

/**
 * The stored definitions as a task wants them, kept by `backend`, and what it claims of them.
 * @throws EngineError FOREIGN when a definition that must change is someone else's; PARAM_MISSING
 */
export function storedGoal(host: HostState, wish: LinkWish, backend: BackendName): StoredGoal {
  const draft = new StoredDraft(host, backend, wish.how?.adopt ?? false);
  if (wish.state === 'absent') undefine(draft, wish.name);
  else define(draft, wish);
  return { stored: draft.stored(), claims: draft.claims, warnings: draft.warnings };
}

/** Seconds: forward_delay of a new bridge */
const KERNEL_DELAY = 15;

function define(draft: StoredDraft, wish: LinkWish): void {
  const { name, kind, ports } = wish;
  if (ports) {
    for (const port of draft.all()) {
      if (port.controller === name && !ports.includes(port.name)) releasePort(draft, port);
    }
  }
  const profile = ownFields(draft, wish);
  for (const family of ['ipv4', 'ipv6'] as const) {
    const stated = wish[family];
    if (stated) profile[family] = familyFields(profile[family], stated);
    for (const key of Object.keys(stated ?? {})) draft.claim(name, family, key);
  }
  draft.put(name, { ...profile, kind });
  draft.claim(name, 'kind');
  for (const port of ports ?? []) takePort(draft, port, name);
}

/** The definition but for addresses. */
function ownFields(draft: StoredDraft, wish: LinkWish): Draftable & Pick<Profile, 'kind'> {
  const { name, kind } = wish;
  const have = draft.get(name);
  const live = own(draft.host.links, name);
  const profile: Draftable & Pick<Profile, 'kind'> =
    have?.kind === kind ? { ...have } : fresh(wish, have, live);
  if (kind !== 'ethernet') {
    profile[kind] = { ...profile[kind], ...wish.options };
    for (const option of Object.keys(wish.options ?? {})) draft.claim(name, kind, option);
  }
  if (kind === 'vlan') {
    profile.parent = wish.parent ?? profile.parent;
    if (profile.parent === undefined || profile.vlan?.id === undefined) {
      throw new EngineError('PARAM_MISSING', `${name} is not defined yet, so parent and id are needed`);
    }
    if (wish.parent !== undefined) draft.claim(name, 'parent');
  }
  for (const field of ['mtu', 'mac', 'label', 'promisc', 'uuid', 'onboot'] as const) {
    if (wish[field] === undefined) continue;
    Object.assign(profile, { [field]: wish[field] === '' ? undefined : wish[field] });
    draft.claim(name, field);
  }
  return profile;
}

/**
 * A new definition, or one of another kind. What makes a live link what it is goes into it, so that it is made the
 * same again at the next boot; STP and delay of a bridge are always stated, since the defaults of backends differ
 * (LIBVIRT.md 6.3).
 */
function fresh(
  { name, kind, options }: LinkWish,
  have: Profile | undefined,
  live: Link | undefined,
): Draftable & Pick<Profile, 'kind'> {
  const kept: Draftable = have
    ? {
        onboot: have.onboot,
        label: have.label,
        uuid: have.uuid,
        ipv4: have.ipv4,
        ipv6: have.ipv6,
        controller: have.controller,
      }
    : {};
  const same = live?.kind === kind ? live : undefined;
  const known = (values: object | undefined, keys: readonly string[]): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(values ?? {}).filter(([key, value]) => keys.includes(key) && !isUnknown(value)),
    );
  switch (kind) {
    case 'ethernet':
      return { ...kept, name, kind };
    case 'bridge': {
      const stp = options?.stp ?? (isUnknown(same?.bridge?.stp) ? undefined : same?.bridge?.stp) ?? false;
      return {
        ...kept,
        name,
        kind,
        bridge: {
          stp: Boolean(stp),
          forward_delay: KERNEL_DELAY,
          ...known(same?.bridge, ['stp', 'forward_delay']),
        },
      };
    }
    case 'bond':
      return { ...kept, name, kind, bond: known(same?.bond, ['mode', 'miimon', 'primary']) };
    case 'vlan':
      return {
        ...kept,
        name,
        kind,
        ...(same?.parent !== undefined && { parent: same.parent }),
        vlan: known(same?.vlan, ['id', 'protocol', 'reorder_hdr']),
      };
  }
}

function familyFields(have: StoredFamily6 | undefined, wish: FamilyWish): StoredFamily6 {
  const { gateway, ...stated } = wish;
  const { gateway: oldGateway, ...rest } = have ?? {};
  const addresses = stated.addresses ?? rest.addresses ?? [];
  const reachable =
    oldGateway !== undefined &&
    (stated.addresses === undefined ||
      oldGateway.startsWith('fe80:') ||
      addresses.some((cidr) => contains(cidr, oldGateway)));
  const next = gateway ?? (reachable ? oldGateway : 'none');
  return { ...rest, ...stated, ...(next !== 'none' && { gateway: next }) };
}

const portKind = (link: Link | undefined): Profile['kind'] | undefined => {
  const kind = link?.kind ?? 'ethernet';
  if (kind === 'bond' || kind === 'vlan' || kind === 'ethernet' || kind === 'bridge') return kind;
  // A veth's end and the like are given to a host, as its NICs are
  return kind === 'tun' ? undefined : 'ethernet';
};

/** A port has no addresses of its own. */
function takePort(draft: StoredDraft, port: string, controller: string): void {
  const have = draft.get(port);
  const link = own(draft.host.links, port);
  const kind = have?.kind ?? portKind(link);
  if (kind === undefined) return;
  const { ipv4: _, ipv6: __, ...kept }: Draftable = have ?? definitionOf(port, kind, link);
  draft.put(port, { ...kept, kind, controller });
  draft.claim(port, 'controller');
  for (const family of ['ipv4', 'ipv6'] as const) draft.claim(port, family, 'addresses');
}

/** What makes a live link what it is, for a definition of it that no task has given. */
const definitionOf = (name: string, kind: Profile['kind'], live: Link | undefined): Draftable =>
  fresh({ name, kind }, undefined, live);

function releasePort(draft: StoredDraft, port: Profile): void {
  const { controller: _, ...rest } = port;
  draft.claim(port.name, 'controller');
  if (port.kind === 'ethernet' && isEmpty(rest)) draft.remove(port.name);
  else draft.put(port.name, rest);
}

/** Says nothing but that the interface is there. */
const isEmpty = (profile: Partial<Profile>): boolean =>
  !Object.entries(profile).some(
    ([key, value]) =>
      value !== undefined && !['name', 'kind', 'backend', 'at', 'ours', 'onboot', 'uuid'].includes(key),
  );

/** A definition, its ports' membership, and VLANs on it. */
function undefine(draft: StoredDraft, name: string): void {
  draft.claim(name);
  for (const port of draft.all()) if (port.controller === name) releasePort(draft, port);
  for (const child of draft.all()) {
    if (child.parent !== name || child.name === name) continue;
    draft.warnings.push(`the definition of vlan ${child.name} goes with ${name}, which it stands on`);
    undefine(draft, child.name);
  }
  draft.remove(name);
}
