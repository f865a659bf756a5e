import { EngineError } from '../../engine/errors.ts';
import type { Claim, Goal } from '../../engine/module.ts';
import type { HostState } from '../state.ts';
import { differences } from './compare.ts';
import type { Keeper } from './owner.ts';
import { storedDifferences } from './stored-compare.ts';

/** What the tasks of a block state that one backend is to bring about. */
export interface KeptClaims {
  readonly keeper: Keeper;
  readonly claims: readonly Claim[];
}

/**
 * The backend that an atomic block changes something by way of. Each backend applies what it has in one go of its own,
 * so there is no order for two that would be one change.
 * @param parts of each task, in order
 * @returns undefined when nothing is changed
 */
export function keeperOfBlock(
  state: HostState,
  goal: Goal<HostState>,
  parts: readonly KeptClaims[],
): { keeper: Keeper; refused?: EngineError } | undefined {
  const changing = parts.filter(({ keeper, claims }) => changes(state, goal.state, keeper, claims));
  const keepers = [...new Set(changing.map(({ keeper }) => keeper))];
  const [keeper] = keepers;
  if (keeper === undefined || keepers.length === 1) return keeper && { keeper };
  const what = keepers
    .map((one) => `${linksOf(changing.filter((part) => part.keeper === one))} by way of ${one}`)
    .join(' and ');
  return {
    keeper,
    refused: new EngineError('ATOMIC_TASK', `one atomic block cannot change ${what}`, {
      hint: 'put the interfaces of each backend into a block of their own, or set backend for all of them',
    }),
  };
}

const changes = (have: HostState, want: HostState, keeper: Keeper, claims: readonly Claim[]): boolean =>
  differences(
    claims.filter(([part]) => part === 'links'),
    want.links,
    have.links,
  ).length > 0 ||
  (keeper !== 'iproute2' && storedDifferences(claims, want.stored, have.stored, keeper).length > 0);

const linksOf = (parts: readonly KeptClaims[]): string =>
  [...new Set(parts.flatMap(({ claims }) => claims.map(([, name]) => String(name))))].join(', ');
