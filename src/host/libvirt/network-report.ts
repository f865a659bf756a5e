/** What a plan tells about a network: differences, what waits, and what did not come about. */
import { isDeepStrictEqual } from 'node:util';
import type { FieldDiff, Goal, Pending, Plan } from '../../engine/module.ts';
import { own } from '../own.ts';
import type { HostState, NetworkState } from '../state.ts';
import { networkTitle } from './network.ts';
import { differences, sameValue, valueAt } from './network-diff.ts';
import { findNetwork, type NetworkPolicy, tapsOf } from './network-goal.ts';
import { nicTitle } from './network-links.ts';
import { lostPorts } from './network-restart.ts';

/** `state` as a parameter says it, of a network that is there or not. */
export function stateWord(network: NetworkState | undefined): string {
  if (network === undefined) return 'absent';
  if (network.stored === undefined) return 'transient';
  return network.live === undefined ? 'inactive' : 'active';
}

/** What differs between two states of a network, field by field; of a new one, what the task states. */
export function fieldDiffs(
  goal: Goal<HostState>,
  have: NetworkState | undefined,
  want: NetworkState | undefined,
): FieldDiff[] {
  const { name } = goal.policy as unknown as NetworkPolicy;
  const diffs: FieldDiff[] = [];
  const add = (field: string, values: Omit<FieldDiff, 'object' | 'field'>) =>
    diffs.push({ object: networkTitle(name), field, ...values });
  const [before, after] = [stateWord(have), stateWord(want)];
  if (before !== after) add('state', { want: after, stored: before });
  if (want === undefined) return diffs;
  const stored =
    have?.stored === undefined ? statedFields(goal) : differences(have.stored.model, want.stored?.model);
  const live = have?.live && want.live ? differences(have.live.model, want.live.model) : [];
  for (const path of [...stored, ...live.filter((one) => !stored.some((other) => sameValue(one, other)))]) {
    add(path.join('.'), {
      want: valueAt((want.stored ?? want.live)?.model, path),
      ...(have?.stored && { stored: valueAt(have.stored.model, path) }),
      ...(have?.live && { live: valueAt(have.live.model, path) }),
    });
  }
  const autostart = have?.autostart ?? false;
  if (autostart !== want.autostart) add('autostart', { want: want.autostart, stored: autostart });
  return diffs;
}

/** Fields of the definition that the goal's task speaks of, but for the name, which the title says. */
const statedFields = (goal: Goal<HostState>): string[][] =>
  goal.claims
    .map((claim) => claim.slice(4).map(String))
    .filter(([side, model, field]) => side === 'stored' && model === 'model' && field !== 'name')
    .map(([, , ...path]) => path);

/** What of the stored definition waits for a restart. */
export function pendingOf(name: string, network: NetworkState | undefined): Pending[] {
  const { stored, live } = network ?? {};
  if (stored === undefined || live === undefined) return [];
  // What libvirt is yet to make up differs from whatever is live
  return differences(live.model, stored.model, isDeepStrictEqual).map((path) => ({
    object: networkTitle(name),
    field: path.join('.'),
    want: valueAt(stored.model, path),
    stored: valueAt(stored.model, path),
    live: valueAt(live.model, path),
    until: `restart of ${networkTitle(name)}`,
  }));
}

/** Claims of the goal that `after` does not meet, less what the plan left pending. */
export function verifyNetwork(
  goal: Goal<HostState>,
  plan: Plan<HostState>,
  after: HostState,
): readonly FieldDiff[] {
  const { uri, name } = goal.policy as unknown as NetworkPolicy;
  const object = networkTitle(name);
  const [want, have] = [findNetwork(goal.state, uri, name), findNetwork(after, uri, name)];
  const [wantWord, haveWord] = [stateWord(want), stateWord(have)];
  if (wantWord !== haveWord) return [{ object, field: 'state', want: wantWord, stored: haveWord }];
  const waits = (field: string) =>
    plan.pending.some((one) => one.field === field || one.field.startsWith(`${field}.`));
  const lost = lostPorts(plan.predicted.links, after.links, have).map(
    (port): FieldDiff => ({
      object: nicTitle(port, tapsOf(after, uri)),
      field: 'bridge',
      want: have?.live?.model.bridge?.name,
      live: own(after.links, port)?.controller,
    }),
  );
  const unmet = goal.claims.flatMap((claim): FieldDiff[] => {
    const [wanted, found] = [valueAt(goal.state, claim), valueAt(after, claim)];
    if (sameValue(wanted, found)) return [];
    const [side, , ...path] = claim.slice(4).map(String);
    if (side !== 'stored' && side !== 'live') {
      return [{ object, field: side ?? 'state', want: wanted, stored: found }];
    }
    const field = path.join('.');
    if (side === 'live') return waits(field) ? [] : [{ object, field, want: wanted, live: found }];
    return [{ object, field, want: wanted, stored: found }];
  });
  return [...unmet, ...lost];
}
