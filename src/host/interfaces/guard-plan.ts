import { EngineError } from '../../engine/errors.ts';
import type { GuardPlan, Plan, PlanContext } from '../../engine/module.ts';
import { dialPlan } from '../guard/dial.ts';
import { apartSteps, restoreSteps } from '../guard/restore.ts';
import { LOSSLESS } from '../guard/scripts-lossless.ts';
import { guardTimeout } from '../guard/timeout.ts';
import { touchedLinks } from '../guard/touched.ts';
import type { HostState } from '../state.ts';
import type { InterfacePolicy } from './goal.ts';
import { lifelineReason } from './lifeline.ts';
import type { BackendPlan, LiveChange } from './stored-plan.ts';

/**
 * Whether steps touch the path of their own connection, and how they are guarded: where they do, in an atomic block,
 * or when asked for.
 */
export function guardChange(
  before: HostState,
  after: HostState,
  { operations }: LiveChange,
  plans: readonly BackendPlan[],
  { guard, confirmTimeout, confirmHost }: InterfacePolicy,
  { sshAddress, atomic }: PlanContext,
): Pick<Plan<HostState>, 'lifeline' | 'guard' | 'refused' | 'warnings'> {
  const applied = plans.filter(
    ({ activation }) => activation.operations.length + activation.start.length > 0,
  );
  const reconfigured = new Set(
    plans.flatMap(({ activation: { change, start, stop } }) => [
      ...change.set.map(({ name }) => name),
      ...change.remove,
      ...start,
      ...stop,
    ]),
  );
  const lifeline =
    sshAddress === undefined
      ? undefined
      : lifelineReason(
          before.links,
          after.links,
          operations,
          sshAddress,
          applied.length > 0 ? reconfigured : new Set(),
        );
  const marked = lifeline === undefined ? {} : { lifeline };
  const wanted = guard === 'always' || atomic || (guard === 'auto' && lifeline !== undefined);
  if (!wanted || guard === 'never') return marked;

  const dial =
    sshAddress === undefined || lifeline === undefined
      ? 'same'
      : dialPlan(before.links, after.links, sshAddress, { confirmHost, leases: leases(after) });
  if (dial === undefined) {
    const refused = new EngineError('LIFELINE', `would end its own SSH connection for good: ${lifeline}`, {
      hint: 'state confirm_host: where the host answers afterwards; or connect to another address',
    });
    return { ...marked, refused };
  }
  const touched = touchedLinks(before.links, after.links, operations, reconfigured);
  const dhcp = plans.some(({ activation }) => activation.start.length > 0);
  const deleted = operations.flatMap(({ op, link }) => (op === 'delete' ? [link] : []));
  const plan: GuardPlan = {
    ...(deleted.length > 0 && { require: [['sh', '-c', LOSSLESS, 'sh', ...new Set(deleted)]] }),
    reason: lifeline ?? (atomic ? 'the tasks of an atomic block are one change' : 'guard: always'),
    files: [...new Set(plans.flatMap(({ activation }) => activation.files.map(({ path }) => path)))],
    restore: [
      // NetworkManager takes apart itself what it has put together, and would take offence
      ...(plans.some(({ backend }) => backend.name !== 'networkmanager')
        ? apartSteps(before.links, touched)
        : []),
      ...plans.flatMap(({ backend, activation }) => backend.restore(activation)),
      ...restoreSteps(before.links, touched),
    ],
    restoreAtBoot: plans.flatMap(({ backend }) => backend.restoreAtBoot?.() ?? []),
    dial,
    timeout: guardTimeout(before.links, after.links, { confirmTimeout, dhcp }),
  };
  return { ...marked, guard: plan };
}

/** Links that have their IPv4 addresses from DHCP, as it is stored. */
const leases = ({ stored }: HostState): ReadonlySet<string> =>
  new Set(
    Object.values(stored.profiles)
      .flat()
      .filter(({ ipv4 }) => ipv4?.dhcp === true)
      .map(({ name }) => name),
  );
