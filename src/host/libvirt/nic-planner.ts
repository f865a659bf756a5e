import { EngineError } from '../../engine/errors.ts';
import type {
  FieldDiff,
  Goal,
  Pending,
  Plan,
  PlanContext,
  SourceRequest,
  Step,
} from '../../engine/module.ts';
import { lifelineReason } from '../interfaces/lifeline.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import {
  fieldDiff,
  identifies,
  liveDifferences,
  presenceDiff,
  storedDifferences,
  unstatedDifferences,
  untilBoot,
  untilPlugged,
} from './nic-changes.ts';
import { driftOf } from './nic-drift.ts';
import { type NicPolicy, withDomain, withNic } from './nic-goal.ts';
import { plugForm } from './nic-form.ts';
import { configuredNic, type HalfPlan, type NicCase, planLive, planStored } from './nic-halves.ts';
import { findNic } from './nic-identity.ts';
import { isLocal, statedProblem } from './nic-plug.ts';
import {
  attachStep,
  detachLiveStep,
  detachStoredStep,
  replaceStoredStep,
  replugStep,
  type NicTarget,
  tapStep,
  updateStep,
} from './nic-steps.ts';
import { wantedFields } from './nic-xml.ts';
import { formatXml } from './xml.ts';

/** Commands for a guest's NIC: all that is stored, and of what is live only what needs no card to go. */
export function planNic(
  state: HostState,
  goal: Goal<HostState>,
  { sshAddress }: Pick<PlanContext, 'sshAddress'>,
): Plan<HostState> {
  const nic = caseOf(state, goal);
  const warnings = goal.warnings ? { warnings: goal.warnings } : {};
  const nothing = { steps: [], diff: [], pending: [], predicted: state, touches: [], ...warnings };
  if (nic === undefined) return nothing;
  const { uri, domain, mac } = targetOf(nic);
  const stored = planStored(nic);
  const live = planLive(nic);
  const diff = diffOf(nic, stored, live);
  const plugs = live.change === 'attach' || live.change === 'replug';
  const { policy, want } = nic;
  const stated = statedProblem(state, policy.uri, (want.stored ?? want.live)?.model, policy.want);
  const refused = live.refused ?? stated ?? (plugs ? cutsOff(nic, live, sshAddress) : undefined);
  if (refused !== undefined) return { ...nothing, diff, refused };
  const steps = stepsOf(nic, stored, live);
  const pending = pendingOf(nic, stored, live);
  if (steps.length === 0) return { ...nothing, pending };
  const predicted = withDomain(withTap(nic, live), uri, domain, {
    ...nic.domain,
    stored: withNic(nic.domain.stored, mac, stored.after),
    live: withNic(nic.domain.live, mac, live.after),
  });
  return { ...nothing, steps, diff, pending, predicted, touches: touchesOf(nic, live) };
}

/** Claims that the guest does not meet afterwards, less what was left pending. */
export function verifyNic(
  goal: Goal<HostState>,
  plan: Plan<HostState>,
  after: HostState,
): readonly FieldDiff[] {
  const nic = caseOf(after, goal);
  if (nic === undefined) return [];
  const { policy, have } = nic;
  const isPending = (field: string): boolean => plan.pending.some((pending) => pending.field === field);
  const unmet: FieldDiff[] = [];
  for (const half of ['stored', 'live'] as const) {
    const found = have[half]?.model;
    if (policy[half] === 'keep') continue;
    if ((policy[half] === 'present') !== (found !== undefined)) {
      unmet.push(presenceDiff(policy, policy[half], have));
    } else if (found !== undefined) {
      const differing = half === 'stored' ? storedDifferences : liveDifferences;
      const fields = differing(found, policy.want).filter((field) => half === 'stored' || !isPending(field));
      unmet.push(...fields.map((field) => fieldDiff(policy, field, have)));
      const drift =
        half === 'live' && fields.length === 0
          ? driftOf(after, policy, found, have.stored?.model)
          : undefined;
      unmet.push(...(drift?.diffs ?? []).filter(({ field }) => !isPending(field)));
    }
  }
  return unmet;
}

function caseOf(state: HostState, goal: Goal<HostState>): NicCase | undefined {
  const policy = goal.policy as unknown as NicPolicy;
  const domain = own(own(state.libvirt, policy.uri)?.domains, policy.domain);
  if (domain === undefined || policy.mac === undefined) return undefined;
  const wished = own(own(goal.state.libvirt, policy.uri)?.domains, policy.domain);
  const halves = (of: typeof domain | undefined) => ({
    stored: findNic(of, 'stored', policy.mac),
    live: findNic(of, 'live', policy.mac),
  });
  return { state, policy, domain, have: halves(domain), want: halves(wished) };
}

/** A NIC in mode passthrough takes the whole device, and gives it its own MAC. */
function cutsOff({ state, policy }: NicCase, { after }: HalfPlan, sshAddress: string | undefined) {
  const { mode, dev, mac } = after?.model ?? {};
  if (mode !== 'passthrough' || typeof dev !== 'string' || !isLocal(policy.uri)) return undefined;
  if (sshAddress === undefined) return undefined;
  const { links } = state;
  const change = { op: 'mac', link: dev, mac: mac ?? '' } as const;
  const why = lifelineReason(links, links, [change], sshAddress, new Set());
  return why === undefined
    ? undefined
    : new EngineError('LIFELINE', `would end its own SSH connection for good: ${why}`, {
        hint: 'connect to an address on another interface, or give the NIC another device',
      });
}

const targetOf = ({ policy }: NicCase): NicTarget => ({
  uri: policy.uri,
  domain: policy.domain,
  mac: policy.mac ?? '',
});

/**
 * What comes first is what can fail: a live change is stored only after it went well. Only a NIC that stays defined is
 * stored before it is unplugged.
 */
function stepsOf(nic: NicCase, stored: HalfPlan, live: HalfPlan): readonly Step[] {
  const target = targetOf(nic);
  if (stored.change === 'attach' && live.change === 'attach' && stored.xml === live.xml) {
    return [attachStep(target, 'stored and live', live.xml)];
  }
  const liveSteps: Step[] =
    live.change === 'attach'
      ? [attachStep(target, 'live', live.xml)]
      : live.change === 'update'
        ? [updateStep(target, 'live', live.xml)]
        : live.change === 'replug'
          ? [replugStep(target, formatXml(plugForm(configuredNic(nic))), live.xml)]
          : live.change === 'detach'
            ? [detachLiveStep(target, live.xml)]
            : [];
  const { tap, bridge } = live.drift ?? {};
  if (live.change !== 'replug' && tap !== undefined && bridge !== undefined)
    liveSteps.push(tapStep(target, tap, bridge));
  return stored.change === 'attach'
    ? [...storedSteps(nic, stored), ...liveSteps]
    : [...liveSteps, ...storedSteps(nic, stored)];
}

function storedSteps(nic: NicCase, { change, xml, fields }: HalfPlan): readonly Step[] {
  const target = targetOf(nic);
  if (change === 'attach') return [attachStep(target, 'stored', xml)];
  if (change === 'detach') return [detachStoredStep(target, xml)];
  if (change === 'none') return [];
  if (!fields.some(identifies)) return [updateStep(target, 'stored', xml)];
  return [replaceStoredStep(target, nic.have.stored!.xml, xml)];
}

function diffOf(nic: NicCase, stored: HalfPlan, live: HalfPlan): readonly FieldDiff[] {
  const { policy, have } = nic;
  const changes = [stored.change, live.change];
  if (changes.includes('detach') && !changes.includes('attach'))
    return [presenceDiff(policy, 'absent', have)];
  const presence = changes.includes('attach') ? [presenceDiff(policy, 'present', have)] : [];
  const added = changes.includes('attach') && (have.stored ?? have.live) === undefined;
  const fields = wantedFields(policy.want).filter((field) =>
    added ? field !== 'mac' : stored.fields.includes(field) || live.fields.includes(field),
  );
  return [
    ...presence,
    ...fields.map((field) => fieldDiff(policy, field, have)),
    ...(live.drift?.diffs ?? []),
  ];
}

/** What the running guest has otherwise than it is stored, and keeps until it starts anew. */
function pendingOf(nic: NicCase, stored: HalfPlan, live: HalfPlan): readonly Pending[] {
  const { policy, domain } = nic;
  if (domain.state === 'shut off' || policy.live === 'absent') return [];
  if (!domain.persistent) return driftPending(nic, live);
  const after = { stored: stored.after, live: live.after };
  if (after.stored === undefined || after.live === undefined) {
    if (policy.live !== 'keep' || (after.stored === undefined) === (after.live === undefined)) return [];
    return untilBoot(policy, [presenceDiff(policy, after.stored ? 'present' : 'absent', after)]);
  }
  const found = { ...nic, have: after };
  const left =
    policy.live === 'keep'
      ? untilBoot(policy, leftDiffs(found, liveDifferences(after.live.model, policy.want)))
      : untilPlugged(policy, leftDiffs(found, live.left), domain.persistent);
  return [...left, ...driftPending(nic, live), ...untilBoot(policy, unstatedDifferences(policy, after))];
}

const driftPending = ({ policy, domain }: NicCase, { driftLeft }: HalfPlan): readonly Pending[] =>
  untilPlugged(policy, driftLeft?.diffs ?? [], domain.persistent);

const leftDiffs = ({ policy, have }: NicCase, fields: HalfPlan['left']): readonly FieldDiff[] =>
  fields.map((field) => fieldDiff(policy, field, have));

/** The host's links with the tap where it will be. A new tap is known by no name yet, and so is not among them. */
function withTap({ state, policy, have }: NicCase, { after, change, drift }: HalfPlan): HostState {
  const tap = have.live?.model.target;
  const link = typeof tap === 'string' && isLocal(policy.uri) ? own(state.links, tap) : undefined;
  if (link === undefined || (change === 'none' && drift === undefined)) return state;
  const { [link.name]: _, ...others } = state.links;
  if (after === undefined || change === 'replug') return { ...state, links: others };
  const { bridge } = after.model;
  if (typeof bridge !== 'string' || after.model.virtualport?.type !== undefined) return state;
  return { ...state, links: { ...others, [link.name]: { ...link, controller: bridge } } };
}

function touchesOf({ policy }: NicCase, live: HalfPlan): readonly SourceRequest[] {
  const domains: SourceRequest = { source: 'domains', uri: policy.uri, names: [policy.domain] };
  return live.change === 'none' && live.drift === undefined ? [domains] : [domains, { source: 'links' }];
}
