import type { EngineError } from '../../engine/errors.ts';
import type { Goal, Plan, PlanContext, SourceRequest, Step } from '../../engine/module.ts';
import { own } from '../own.ts';
import type { HostState, NetworkState } from '../state.ts';
import { differences, type FieldPath, sameValue, valueAt } from './network-diff.ts';
import { findNetwork, type NetworkPolicy, tapsOf, withNetwork } from './network-goal.ts';
import { attachedGuests, missingDevices, withBridge, withoutBridge } from './network-links.ts';
import { liveUpdates } from './network-live.ts';
import { definitionRefusal, startRefusal, stopRefusal } from './network-refusal.ts';
import { fieldDiffs, pendingOf, verifyNetwork } from './network-report.ts';
import { needsRestart, restartedLinks, restartRefusal, restartSteps } from './network-restart.ts';
import { autostartStep, defineStep, startStep, stopStep, undefineStep, updateStep } from './network-steps.ts';
import { editNetwork, networkXml } from './network-xml.ts';
import { parseXml } from './xml.ts';

/** Libvirt networks: first the stored definition, then the live one. */
export const networksPlanner = { plan, verify: verifyNetwork };

function plan(state: HostState, goal: Goal<HostState>, context: PlanContext): Plan<HostState> {
  const policy = goal.policy as unknown as NetworkPolicy;
  const { uri, name } = policy;
  const have = findNetwork(state, uri, name);
  const want = findNetwork(goal.state, uri, name);
  const change =
    want === undefined ? removal(state, policy, context, have) : changeTo(state, policy, context, have, want);
  const network = change.refused ? have : change.network;
  const predicted = withNetwork(
    { ...state, links: change.refused ? state.links : change.links },
    uri,
    name,
    network,
  );
  return {
    steps: change.refused ? [] : change.steps,
    diff: fieldDiffs(goal, have, change.refused ? want : change.network),
    pending: want === undefined || change.refused ? [] : pendingOf(name, change.network),
    refused: change.refused,
    predicted,
    touches: touched(uri, change),
    warnings:
      change.refused || want?.live === undefined ? [] : missingDevices(predicted.links, want.live.model),
  };
}

/** What is done to a network, and what there is afterwards. */
interface Change {
  readonly steps: readonly Step[];
  readonly network: NetworkState | undefined;
  readonly links: HostState['links'];
  readonly refused: EngineError | undefined;
}

function removal(
  state: HostState,
  policy: NetworkPolicy,
  context: PlanContext,
  have: NetworkState | undefined,
): Change {
  const target = targetOf(state, policy);
  const steps = [...(have?.live ? [stopStep(target)] : []), ...(have?.stored ? [undefineStep(target)] : [])];
  return {
    steps,
    network: undefined,
    links: have?.live ? withoutBridge(state.links, have.live.model) : state.links,
    refused: have?.live && stopRefusal(state, have.live, context, policy),
  };
}

function changeTo(
  state: HostState,
  policy: NetworkPolicy,
  context: PlanContext,
  have: NetworkState | undefined,
  want: NetworkState,
): Change {
  const target = targetOf(state, policy);
  const stored = want.stored!;
  const defining = have?.stored === undefined || !sameValue(have.stored.model, stored.model);
  const live = liveChange(state, policy, context, have, want);
  const steps = [
    ...(defining ? [defineStep(target, stored.xml)] : []),
    ...live.steps,
    ...((have?.autostart ?? false) === want.autostart ? [] : [autostartStep(target, want.autostart)]),
  ];
  return {
    steps,
    network: { stored, ...(live.definition && { live: live.definition }), autostart: want.autostart },
    links: live.links,
    refused: live.refused ?? (defining ? definitionRefusal(state, policy.uri, stored.model) : undefined),
  };
}

interface LiveChange extends Pick<Change, 'steps' | 'links' | 'refused'> {
  readonly definition: NetworkState['live'];
}

function liveChange(
  state: HostState,
  policy: NetworkPolicy,
  context: PlanContext,
  have: NetworkState | undefined,
  want: NetworkState,
): LiveChange {
  const target = targetOf(state, policy);
  const stored = want.stored!;
  const still: LiveChange = { steps: [], definition: have?.live, links: state.links, refused: undefined };
  if (policy.state === 'defined') return still;
  if (have?.live === undefined) {
    if (want.live === undefined) return still;
    const refused = startRefusal(state, policy.uri, stored.model, context);
    return {
      steps: [startStep(target)],
      definition: stored,
      links: withBridge(state.links, stored.model),
      refused,
    };
  }
  const { live } = have;
  if (want.live === undefined) {
    const refused = stopRefusal(state, live, context, policy);
    return {
      steps: [stopStep(target)],
      definition: undefined,
      links: withoutBridge(state.links, live.model),
      refused,
    };
  }
  const attached = attachedGuests(state.links, live).length > 0;
  const { updates, left } = liveUpdates(live.model, want.live.model, parseXml(want.live.xml), attached);
  if (needsRestart(left) && policy.restart !== 'never') {
    const taps = tapsOf(state, policy.uri);
    const down = withoutBridge(state.links, live.model);
    return {
      steps: restartSteps(target, live.model, stored.model, state.links, taps),
      definition: stored,
      links: restartedLinks(state.links, live.model, stored.model),
      refused:
        restartRefusal(state.links, taps, live, stored.model, policy, context, left) ??
        startRefusal({ ...state, links: down }, policy.uri, stored.model, context),
    };
  }
  return {
    ...still,
    steps: updates.map((update) => updateStep(target, update)),
    definition: updates.length === 0 ? live : updatedLive(live, want.live, left),
  };
}

function touched(uri: string, { steps }: Change): SourceRequest[] {
  return steps.length === 0 ? [] : [{ source: 'networks', uri }, { source: 'links' }];
}

/** The live definition with all but what is left in it. */
function updatedLive(
  live: NonNullable<NetworkState['live']>,
  want: NonNullable<NetworkState['live']>,
  left: readonly FieldPath[],
): NonNullable<NetworkState['live']> {
  if (left.length === 0) return want;
  const changed = differences(live.model, want.model).filter(
    (path) => !left.some((one) => sameValue(one, path)),
  );
  const fields: Record<string, unknown> = {};
  for (const path of changed) setAt(fields, path, valueAt(want.model, path) ?? []);
  return networkXml(editNetwork(parseXml(live.xml), fields));
}

function setAt(fields: Record<string, unknown>, [first, ...rest]: FieldPath, value: unknown): void {
  if (first === undefined) return;
  if (rest.length === 0) {
    fields[first] = value;
    return;
  }
  const inner = { ...(fields[first] as Record<string, unknown> | undefined) };
  setAt(inner, rest, value);
  fields[first] = inner;
}

const targetOf = (state: HostState, { uri, name }: NetworkPolicy) => ({
  uri,
  name,
  version: own(state.libvirt, uri)?.version ?? '',
});
