import { describe, expect, it } from 'vitest';
import type { Links } from '../../../src/host/interfaces/link.ts';
import { interfacesPlanner } from '../../../src/host/interfaces/planner.ts';
import { kernelIn, states } from './domain.ts';
import { notKept, wrongPredictions } from './prediction.ts';
import { commandsOf, planBlock, type Task } from './task.ts';
import { tasksFor } from './whole.ts';

/**
 * From every state of the small domain to every other one, which is described in whole and planned as one change: the
 * steps run without error on a kernel that refuses what Linux refuses, end where they were predicted to end, meet all
 * claims, and leave nothing to do. Every pair takes minutes, so here it is each 61st; WIREBOOK_BLOCKS_EVERY=1 for all.
 */
const EVERY = Number(process.env.WIREBOOK_BLOCKS_EVERY ?? 61);

const linksIn = states.map((commands) => kernelIn(commands)!.observe().links);
const pairs = states.flatMap((from, source) => linksIn.map((links) => ({ from, source, links })));

describe('blocks that describe a state in whole', () => {
  it(`lead from each to each (1 in ${EVERY} of ${pairs.length})`, { timeout: 3_600_000 }, () => {
    const wrong = pairs
      .filter((_, index) => index % EVERY === 5 % EVERY)
      .flatMap(({ from, source, links }) => {
        const tasks = tasksFor(links, linksIn[source]!);
        const problems = tryBlock(from, tasks, links);
        const told = tasks.map((task) => JSON.stringify(task));
        return problems.length === 0 ? [] : [['from', from, 'to', ...told, ...problems].join('\n')];
      });
    expect(`${wrong.length} wrong\n${wrong.slice(0, 5).join('\n\n')}`).toBe('0 wrong\n');
  });
});

function tryBlock(from: string, tasks: readonly Task[], links: Links): string[] {
  const kernel = kernelIn(from)!;
  let done: string[] = [];
  try {
    const { goal, plan } = planBlock(tasks, kernel.observe());
    if (plan.refused) return [`refused: ${plan.refused.message}`];
    done = commandsOf(plan);
    kernel.apply(plan.steps);
    const after = kernel.observe();
    const problems = [
      ...interfacesPlanner.verify(goal, plan, after).map((diff) => `not met: ${JSON.stringify(diff)}`),
      ...wrongPredictions(plan.predicted.links, after.links),
      ...notKept(goal.state.links, after.links).map((one) => `not kept: ${one}`),
      ...commandsOf(planBlock(tasksFor(links, after.links), after).plan).map(
        (command) => `again: ${command}`,
      ),
    ];
    return problems.length > 0 ? [...problems, ...done] : [];
  } catch (error) {
    return [String(error), ...done];
  }
}
