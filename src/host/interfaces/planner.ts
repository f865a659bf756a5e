import { EngineError } from '../../engine/errors.ts';
import type { FieldDiff, Goal, Plan, PlanContext } from '../../engine/module.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import { toStep } from './backends/iproute2/commands.ts';
import { differences } from './compare.ts';
import { converge } from './converge.ts';
import { lifelineProblem } from './lifeline.ts';
import { describeLink } from './link.ts';

/** Live host interfaces, on iproute2. */
export const interfacesPlanner = {
  plan(state: HostState, goal: Goal<HostState>, context: PlanContext): Plan<HostState> {
    const { operations, links } = converge(state.links, goal);
    const lost = Object.values(goal.state.links).find((link) => !own(links, link.name));
    const refused = lost
      ? new EngineError(
          'REFUSED',
          `the change would take ${describeLink(lost)} with it, which cannot be put back`,
        )
      : lifelineProblem(state.links, links, operations, context.sshAddress);
    return {
      steps: operations.map(toStep),
      diff: differences(goal.claims, goal.state.links, state.links),
      pending: [],
      refused,
      predicted: { ...goal.state, links },
      touches: operations.length > 0 ? [{ source: 'links' }] : [],
      ...(goal.warnings && { warnings: goal.warnings }),
    };
  },

  verify(goal: Goal<HostState>, plan: Plan<HostState>, after: HostState): readonly FieldDiff[] {
    const left = (diff: FieldDiff): boolean =>
      plan.pending.some((pending) => pending.object === diff.object && pending.field === diff.field);
    return differences(goal.claims, goal.state.links, after.links).filter((diff) => !left(diff));
  },
};
