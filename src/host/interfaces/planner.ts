import { EngineError } from '../../engine/errors.ts';
import type { FieldDiff, Goal, Plan, PlanContext, SourceRequest, Step } from '../../engine/module.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import { toStep } from './backends/iproute2/commands.ts';
import { differences } from './compare.ts';
import { converge } from './converge.ts';
import { threeColumns } from './diff.ts';
import type { InterfacePolicy } from './goal.ts';
import { inheritMac } from '../guard/dial.ts';
import { guardChange } from './guard-plan.ts';
import { describeLink, type Links } from './link.ts';
import { mergedLinks } from './merged.ts';
import { keeperOfBlock } from './one-backend.ts';
import { pendingOf } from './pending.ts';
import { profileOf } from './profile.ts';
import { storedDifferences } from './stored-compare.ts';
import { planStored } from './stored-plan.ts';

/** Seconds that a daemon may take to bring about what it was told. */
const DAEMON_SETTLES = 20;
const DHCP_SETTLES = 45;

/** Host interfaces, live and stored. */
export const interfacesPlanner = {
  plan(state: HostState, stated: Goal<HostState>, context: PlanContext): Plan<HostState> {
    const goal = withInheritedMac(state, stated, context.sshAddress);
    const { parts = [], ...policy } = policyOf(stated);
    const block = keeperOfBlock(state, goal, parts) ?? { keeper: policy.keeper };
    const { operations, links } = converge(state.links, goal);
    const lost = Object.values(goal.state.links).find((link) => !own(links, link.name));
    const keeper = block.keeper === 'iproute2' ? undefined : block.keeper;
    const start = dhcpStarts(state, goal);
    const stop = goal.claims.flatMap((claim) => downClaim(claim.map(String), goal.state.links));
    const active = goal.claims.flatMap((claim) => upClaim(claim.map(String), goal.state.links));
    const live = { links: state.links, goal: links, operations, start, stop, active };
    const { plans, predicted } = planStored(state.stored, goal.state.stored, live, keeper);
    const steps: Step[] = [
      ...(keeper === undefined ? operations.map(toStep) : []),
      ...plans.flatMap((plan) => plan.steps),
    ];
    const touched = Object.keys(links).filter((name) => own(links, name) !== own(state.links, name));
    const after: HostState = { ...goal.state, links, stored: predicted };
    const base: Plan<HostState> = {
      steps,
      diff: threeColumns(goal, state, keeper),
      pending: keeper === undefined ? [] : pending(goal, after, keeper),
      refused: lost
        ? new EngineError(
            'REFUSED',
            `the change would take ${describeLink(lost)} with it, which cannot be put back`,
          )
        : block.refused,
      predicted: after,
      touches: steps.length > 0 ? touches(state) : [],
      ...(goal.warnings && { warnings: goal.warnings }),
      ...(steps.length > 0 && keeper !== undefined && settling(goal, plans[0]?.backend.evidence, touched)),
    };
    if (steps.length === 0 || base.refused) return base;
    return { ...base, ...guardChange(state, after, live, plans, policy, context) };
  },

  verify(goal: Goal<HostState>, plan: Plan<HostState>, after: HostState): readonly FieldDiff[] {
    const { keeper, parts = [] } = policyOf(goal);
    const left = (diff: FieldDiff): boolean =>
      plan.pending.some((pending) => pending.object === diff.object && pending.field === diff.field);
    const kept = parts.length > 0 ? parts : [{ keeper, claims: goal.claims }];
    const stored = kept.flatMap(({ keeper: of, claims }) =>
      of === 'iproute2'
        ? []
        : storedDifferences(claims, goal.state.stored, after.stored, of).map((diff) => ({
            ...diff,
            field: `${diff.field} (stored)`,
          })),
    );
    const live = differences(liveClaims(goal), goal.state.links, after.links).filter((diff) => !left(diff));
    return [...live, ...stored];
  },

  /** Later tasks decide where they and earlier ones speak of the same; the most careful guard counts. */
  merge(goals: readonly Goal<HostState>[]): Goal<HostState> {
    const last = goals.at(-1)!;
    const policies = goals.map(policyOf);
    const parts = goals.map(({ claims }, index) => ({ keeper: policies[index]!.keeper, claims }));
    const guard = policies.some((one) => one.guard === 'never') ? 'never' : 'always';
    const timeouts = policies.flatMap(({ confirmTimeout }) => confirmTimeout ?? []);
    const policy: InterfacePolicy = {
      keeper: parts.map(({ keeper }) => keeper).find((keeper) => keeper !== 'iproute2') ?? 'iproute2',
      parts: new Set(parts.map(({ keeper }) => keeper)).size > 1 ? parts : [],
      guard,
      confirmHost: policies.map(({ confirmHost }) => confirmHost).findLast((host) => host !== undefined),
      confirmTimeout: timeouts.length > 0 ? Math.max(...timeouts) : undefined,
    };
    const warnings = [...new Set(goals.flatMap((goal) => goal.warnings ?? []))];
    return {
      ...last,
      state: { ...last.state, links: mergedLinks(goals) },
      claims: goals.flatMap(({ claims }) => claims),
      policy: { ...policy },
      ...(warnings.length > 0 && { warnings }),
    };
  },
};

/** A new bridge or bond on the path of the connection takes the MAC that the host is known by, unless told otherwise. */
function withInheritedMac(
  state: HostState,
  goal: Goal<HostState>,
  sshAddress: string | undefined,
): Goal<HostState> {
  const { links, stored } = goal.state;
  const heir = sshAddress === undefined ? undefined : inheritMac(state.links, links, sshAddress);
  if (!heir) return goal;
  const { link: name, mac } = heir;
  const definitions = (own(stored.profiles, name) ?? []).map((profile) => ({ mac, ...profile }));
  return {
    ...goal,
    claims: [...goal.claims, ['links', name, 'mac']],
    state: {
      ...goal.state,
      links: { ...links, [name]: { ...own(links, name)!, mac } },
      stored: definitions.length
        ? { ...stored, profiles: { ...stored.profiles, [name]: definitions } }
        : stored,
    },
  };
}

const policyOf = (goal: Goal<HostState>): InterfacePolicy =>
  (goal.policy as InterfacePolicy | undefined) ?? { keeper: 'iproute2', guard: 'auto' };

const liveClaims = (goal: Goal<HostState>): Goal<HostState>['claims'] =>
  goal.claims.filter(([part]) => part === 'links');

function touches(state: HostState): SourceRequest[] {
  const keys = Object.keys(state.reads).filter((key) => key.startsWith('profiles'));
  const profiles = keys.map((key): SourceRequest => {
    const uri = key.slice('profiles '.length);
    return { source: 'profiles', ...(uri !== '' && { uri }) };
  });
  return [{ source: 'links' }, ...profiles];
}

/** Links that a claim wants up. */
const upClaim = ([part, name = '', field]: readonly string[], links: Links): string[] =>
  part === 'links' && field === 'up' && own(links, name)?.up ? [name] : [];

/** Links that a claim wants down or gone. */
function downClaim([part, name = '', field]: readonly string[], links: Links): string[] {
  if (part !== 'links' || (field !== undefined && field !== 'up')) return [];
  return own(links, name)?.up ? [] : [name];
}

/** Interfaces that want a lease and have none, or whose definition of it changes. */
function dhcpStarts({ links }: HostState, { claims, state }: Goal<HostState>): string[] {
  const names = claims
    .filter(([part, , , key]) => part === 'links' && key === 'dhcp')
    .filter(([, name, family]) => {
      const has = own(links, String(name))?.[family as 'ipv4' | 'ipv6'].dynamic.length ?? 0;
      return has === 0 && own(state.links, String(name)) !== undefined;
    })
    .map(([, name]) => String(name));
  return [...new Set(names)];
}

/** What is stored of the links a task speaks of, but is not live on purpose. */
function pending(
  goal: Goal<HostState>,
  after: HostState,
  keeper: Exclude<InterfacePolicy['keeper'], 'iproute2'>,
) {
  const names = new Set(goal.claims.filter(([part]) => part === 'stored').map(([, name]) => String(name)));
  const down = new Set(goal.claims.flatMap((claim) => downClaim(claim.map(String), goal.state.links)));
  const live = new Set(liveClaims(goal).map(([, name, ...field]) => `${name} ${field.join('.')}`));
  const all = [...names]
    .filter((name) => !down.has(name))
    .flatMap((name) => {
      const profile = profileOf(after.stored, name, keeper);
      const left = profile && !down.has(profile.controller ?? '') ? pendingOf(profile, after) : [];
      // A lease is foreseen by nobody, but waited for
      return left.filter(({ field }) => !live.has(`${name} ${field}`));
    });
  // The ports of a controller are spoken of by each of them
  return all.filter(
    ({ object, field }, index) =>
      all.findIndex((other) => other.object === object && other.field === field) === index,
  );
}

function settling(
  goal: Goal<HostState>,
  evidence: ((names: readonly string[]) => readonly string[]) | undefined,
  names: readonly string[],
): Pick<Plan<HostState>, 'settle' | 'evidence'> {
  const dhcp = goal.claims.some(([, , , key]) => key === 'dhcp');
  return {
    settle: dhcp ? DHCP_SETTLES : DAEMON_SETTLES,
    ...(evidence && { evidence: evidence(names) }),
  };
}
