import { EngineError } from '../../engine/errors.ts';
import type { Claim, Goal, Settings } from '../../engine/module.ts';
import { isUnknown, UNKNOWN } from '../../engine/unknown.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import { contains, familyOf } from './address.ts';
import { portNames } from './compare.ts';
import { applyOperation } from './effects/apply.ts';
import type { Model } from './effects/model.ts';
import {
  type Addressing6,
  childrenOf,
  describeLink,
  type Family,
  type Link,
  type Links,
  portsOf,
} from './link.ts';
import { inUseWarnings } from './in-use.ts';
import type { KeptClaims } from './one-backend.ts';
import { refuseWish } from './refuse.ts';
import { type Keeper, keeperOf } from './owner.ts';
import { asDefined } from './start.ts';
import { storedGoal } from './stored-goal.ts';
import type { FamilyWish, LinkWish } from './wish.ts';

/** What the planner of interfaces must know beside the state. */
export interface InterfacePolicy {
  /** Who keeps definitions, and brings the live side about */
  readonly keeper: Keeper;
  /** Of an atomic block whose tasks have several keepers: what each is to bring about */
  readonly parts?: readonly KeptClaims[];
  readonly guard: 'auto' | 'always' | 'never';
  /** Seconds */
  readonly confirmTimeout?: number | undefined;
  readonly confirmHost?: string | undefined;
}

/**
 * The links as a task wants them, live and stored, and what it claims of them. What is not stated stays as it is.
 * @throws EngineError REQUIREMENT, REFUSED, FOREIGN or PARAM_CONFLICT where this host cannot have it
 */
export function linkGoal(host: HostState, wish: LinkWish, settings: Settings): Goal<HostState> {
  const keeper = keeperOf(host, wish, settings);
  const state = wish.state ?? 'active';
  const draft = new GoalDraft(host.links);
  if (keeper === 'iproute2') refuseStored(wish);
  const stored =
    keeper === 'iproute2'
      ? { stored: host.stored, claims: [], warnings: [] }
      : storedGoal(host, { ...wish, state }, keeper);
  const live =
    keeper === 'iproute2' || state !== 'active'
      ? wish
      : byDaemon(asDefined(host.links, stored.stored, wish, keeper), keeper);
  refuseWish(host, live, state, keeper);
  if (state === 'active') define(draft, live);
  else if (state === 'inactive' || (state === 'absent' && wish.kind === 'ethernet')) deactivate(draft, wish);
  else if (state === 'absent') remove(draft, wish);
  const { guard = 'auto', confirmTimeout, confirmHost } = wish.how ?? {};
  const policy: InterfacePolicy = { keeper, guard, confirmTimeout, confirmHost };
  const unstored =
    keeper !== 'iproute2' && wish.vlans
      ? [`${keeper} does not store the VLAN tables of ${wish.name}: they are set live, until the next boot`]
      : [];
  const warnings = [...draft.warnings, ...inUseWarnings(host, wish, state), ...stored.warnings, ...unstored];
  return {
    part: 'interfaces',
    state: { ...host, links: draft.model.links, stored: stored.stored },
    claims: [...draft.claims, ...stored.claims],
    policy: { ...policy },
    ...(warnings.length > 0 && { warnings }),
  };
}

const TAKES_ADVERTISEMENTS: readonly Keeper[] = ['networkd', 'networkmanager', 'netplan'];

/** These listen to router advertisements themselves and turn the kernel's own listening off: nothing to see there. */
function byDaemon(wish: LinkWish, keeper: Keeper): LinkWish {
  if (!wish.ipv6 || !TAKES_ADVERTISEMENTS.includes(keeper)) return wish;
  const { accept_ra, autoconf, ...ipv6 } = wish.ipv6;
  return {
    ...wish,
    ipv6: {
      ...ipv6,
      ...(accept_ra === 0 && { accept_ra }),
      ...(autoconf === false && { autoconf }),
    },
  };
}

/** What only a definition can hold. */
function refuseStored(wish: LinkWish): void {
  const refuse = (field: string): never => {
    throw new EngineError(
      'PARAM_CONFLICT',
      `${field}: iproute2 changes what is live, and keeps no definition`,
      {
        hint: 'leave it out, or set backend (or the variable network_backend) to one that the host has',
      },
    );
  };
  if (wish.state === 'defined') refuse('state defined');
  for (const field of ['onboot', 'uuid'] as const) if (wish[field] !== undefined) refuse(field);
  for (const family of ['ipv4', 'ipv6'] as const) {
    if (wish[family]?.dhcp) refuse(`${family}.dhcp`);
    for (const field of ['dns', 'rules'] as const) if (wish[family]?.[field]) refuse(`${family}.${field}`);
  }
}

class GoalDraft {
  model: Model;
  readonly claims: Claim[] = [];
  readonly warnings: string[] = [];

  constructor(links: Links) {
    this.model = { links, pinned: {} };
  }

  link(name: string): Link {
    return own(this.model.links, name)!;
  }

  /** Changes fields of a link without any consequence */
  set(name: string, fields: Partial<Link>): void {
    this.put({ ...this.link(name), ...fields });
  }

  put(link: Link): void {
    const { name } = link;
    this.model = { ...this.model, links: { ...this.model.links, [name]: link } };
  }

  claim(...path: string[]): void {
    this.claims.push(['links', ...path]);
  }
}

const hasPorts = (kind: string): boolean => kind === 'bridge' || kind === 'bond';

function define(draft: GoalDraft, wish: LinkWish): void {
  const { name, kind } = wish;
  const ports = wish.ports ?? (hasPorts(kind) ? undefined : []);
  if (ports) releasePorts(draft, name, ports);
  prepare(draft, wish);
  for (const port of wish.ports ?? []) takePort(draft, port, name);
  if (kind !== 'ethernet' && wish.options) {
    draft.set(name, { [kind]: { ...draft.link(name)[kind], ...wish.options } });
    for (const option of Object.keys(wish.options)) draft.claim(name, kind, option);
  }
  for (const field of ['mtu', 'mac', 'label', 'promisc'] as const) {
    if (wish[field] === undefined) continue;
    if (field === 'mtu') draft.model = applyOperation(draft.model, { op: 'mtu', link: name, mtu: wish.mtu! });
    // An empty label is none
    draft.set(name, { [field]: wish[field] === '' ? undefined : wish[field] });
    draft.claim(name, field);
  }
  for (const [port, vlans] of Object.entries(wish.vlans ?? {})) {
    draft.set(port, { vlans });
    draft.claim(port, 'vlans');
  }
  for (const family of ['ipv4', 'ipv6'] as const) {
    const stated = wish[family];
    if (stated) setFamily(draft, name, family, stated);
  }
  bringUp(draft, name);
}

/** The link itself, as it is or new; one that must be replaced keeps what is not of its kind. */
function prepare(draft: GoalDraft, wish: LinkWish): void {
  const { name, kind, parent } = wish;
  const have = own(draft.model.links, name);
  if (kind === 'ethernet') return;
  const replaced = have && (have.kind !== kind || isOtherVlan(have, wish));
  if (have && !replaced) return;
  if (replaced) {
    const become = have.kind === kind ? 'made again' : `replaced by a ${kind}`;
    draft.warnings.push(`${describeLink(have)} is deleted and ${become}; what stands on it is put back`);
  }
  const on = parent ?? (have?.kind === kind ? have.parent : undefined);
  const options = have?.kind === kind ? have[kind] : kind === 'vlan' ? { protocol: '802.1q' } : {};
  const { links } = applyOperation(withoutLink(draft.model, name), {
    op: 'add',
    link: name,
    kind,
    ...(on !== undefined && { parent: on }),
    options: { ...options },
  });
  draft.put({ ...own(links, name)!, mac: UNKNOWN, mtu: UNKNOWN, ...(have && commonFields(have)) });
  if (on !== undefined && kind === 'vlan') draft.claim(name, 'parent');
}

const commonFields = ({ controller, label, promisc, ipv4, ipv6 }: Link): Partial<Link> => ({
  promisc,
  ipv4,
  ipv6: { ...ipv6, autoconf: UNKNOWN, accept_ra: UNKNOWN },
  ...(controller !== undefined && { controller }),
  ...(label !== undefined && { label }),
});

const withoutLink = (model: Model, name: string): Model => {
  const { [name]: _, ...links } = model.links;
  return { ...model, links };
};

function isOtherVlan(have: Link, { parent, options = {} }: LinkWish): boolean {
  const differs = (option: 'id' | 'protocol'): boolean =>
    options[option] !== undefined &&
    options[option] !== have.vlan?.[option] &&
    !isUnknown(have.vlan?.[option]);
  return (parent !== undefined && parent !== have.parent) || differs('id') || differs('protocol');
}

/** Ports that are not listed, and listed ones that belong to another. */
function releasePorts(draft: GoalDraft, name: string, ports: readonly string[]): void {
  for (const port of portNames(draft.model.links, name).filter((other) => !ports.includes(other))) {
    draft.model = applyOperation(draft.model, { op: 'controller', link: port, controller: undefined });
    draft.claim(port, 'controller');
  }
  for (const port of ports) {
    const { controller } = draft.link(port);
    if (controller === undefined || controller === name) continue;
    draft.warnings.push(`${port} leaves ${controller} for ${name}`);
    draft.model = applyOperation(draft.model, { op: 'controller', link: port, controller: undefined });
  }
}

/** A port is up, and has no addresses and routes: whoever moves them states them on the controller. */
function takePort(draft: GoalDraft, port: string, controller: string): void {
  const strip = (have: Addressing6): Addressing6 => {
    const { gateway: _, ...rest } = have;
    return { ...rest, addresses: [], dynamic: [], routes: [] };
  };
  const { ipv4, ipv6 } = draft.link(port);
  draft.set(port, { controller, ipv4: strip(ipv4), ipv6: strip(ipv6) });
  draft.claim(port, 'controller');
  draft.claim(port, 'ipv4', 'addresses');
  draft.claim(port, 'ipv6', 'addresses');
  bringUp(draft, port);
}

/** A VLAN is up only when what it stands on is. */
function bringUp(draft: GoalDraft, name: string): void {
  const { parent } = draft.link(name);
  if (parent !== undefined && own(draft.model.links, parent)) bringUp(draft, parent);
  draft.set(name, { up: true });
  draft.claim(name, 'up');
}

function setFamily(draft: GoalDraft, name: string, family: Family, wish: FamilyWish): void {
  const { gateway, routes, addresses, dhcp, autoconf, accept_ra } = wish;
  const sysctls = {
    ...(autoconf !== undefined && { autoconf }),
    ...(accept_ra !== undefined && { accept_ra }),
    ...(dhcp === true && { dhcp }),
  };
  const { gateway: oldGateway, ...have } = draft.link(name)[family];
  const dynamic = dhcp === false && family === 'ipv4' ? [] : have.dynamic;
  const reachable = (via: string | undefined): boolean =>
    addresses === undefined ||
    via === undefined ||
    via.startsWith('fe80:') ||
    familyOf(via) !== family ||
    [...addresses, ...dynamic].some((cidr) => contains(cidr, via));
  const keptRoutes =
    addresses?.length === 0 && family === 'ipv4' ? [] : have.routes.filter((route) => reachable(route.via));
  const keepsGateway = gateway === undefined && oldGateway !== undefined && reachable(oldGateway);
  draft.set(name, {
    [family]: {
      ...have,
      ...sysctls,
      ...(keepsGateway && { gateway: oldGateway }),
      addresses: addresses ?? have.addresses,
      dynamic,
      routes: routes === undefined ? keptRoutes : [],
    },
  });
  if (gateway === undefined && oldGateway !== undefined && !keepsGateway) {
    draft.warnings.push(
      `the default route via ${oldGateway} goes: no address of ${name} reaches it any more`,
    );
  }
  const wanted = [
    ...(gateway === undefined || gateway === 'none' ? [] : [{ to: 'default', via: gateway }]),
    ...(routes ?? []),
  ];
  for (const route of wanted) {
    draft.model = applyOperation(draft.model, { op: 'set-route', link: name, family, route });
  }
  if (addresses || dhcp === false) draft.claim(name, family, 'addresses');
  if (dhcp === true) draft.claim(name, family, 'dhcp');
  for (const key of ['gateway', 'routes', 'autoconf', 'accept_ra'] as const) {
    if (wish[key] !== undefined) draft.claim(name, family, key);
  }
}

/** Down. A physical one has no addresses and no controller then; nothing else is stored, so nothing else matters. */
function deactivate(draft: GoalDraft, wish: LinkWish): void {
  const { name, kind } = wish;
  const have = own(draft.model.links, name);
  draft.claim(name, 'up');
  if (!have) return;
  if (kind === 'ethernet' && have.controller !== undefined) {
    draft.model = applyOperation(draft.model, { op: 'controller', link: name, controller: undefined });
    draft.claim(name, 'controller');
  }
  draft.model = applyOperation(draft.model, { op: 'down', link: name });
  if (kind !== 'ethernet') return;
  const link = draft.link(name);
  draft.set(name, {
    ipv4: { ...link.ipv4, addresses: [], dynamic: [] },
    ipv6: { ...link.ipv6, addresses: [], dynamic: [] },
  });
  draft.claim(name, 'ipv4', 'addresses');
  draft.claim(name, 'ipv6', 'addresses');
}

function remove(draft: GoalDraft, { name }: LinkWish): void {
  draft.claim(name);
  if (!own(draft.model.links, name)) return;
  for (const child of childrenOf(draft.model.links, name)) {
    draft.warnings.push(`${describeLink(child)} goes with ${name}, which it stands on`);
  }
  for (const port of portsOf(draft.model.links, name)) draft.claim(port.name, 'controller');
  draft.model = applyOperation(draft.model, { op: 'delete', link: name });
}
