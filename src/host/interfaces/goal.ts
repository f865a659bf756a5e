import { EngineError } from '../../engine/errors.ts';
import type { Goal, Settings } from '../../engine/module.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import { define } from './define.ts';
import { applyOperation } from './effects/apply.ts';
import { GoalDraft } from './goal-draft.ts';
import { childrenOf, describeLink, portsOf } from './link.ts';
import { inUseWarnings } from './in-use.ts';
import type { KeptClaims } from './one-backend.ts';
import { refuseWish } from './refuse.ts';
import { type Keeper, keeperOf } from './owner.ts';
import { asDefined } from './start.ts';
import { storedGoal } from './stored-goal.ts';
import type { LinkWish } from './wish.ts';

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
