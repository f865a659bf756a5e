import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { interfacesPlanner } from '../../../src/host/interfaces/planner.ts';
import { kernelIn, states, tasks } from './domain.ts';
import { notKept, wrongPredictions } from './prediction.ts';
import { commandsOf, modules, planTask, type Task } from './task.ts';

/**
 * From every state of a small domain to every goal: the steps run without error on a kernel that refuses what Linux
 * refuses, end where they were predicted to end, meet the claims, and leave nothing to do.
 */

describe('from any state', () => {
  it('has a domain worth the name', () => expect(states.length).toBeGreaterThan(80));

  it.each(tasks)('%s %j', (module, params) => {
    expect(modules[module].check?.(params)).toEqual([]);
    let reached = 0;
    for (const commands of states) {
      const problems = tryTask([module, params], commands);
      if (problems === 'refused') continue;
      reached++;
      if (problems.length > 0) expect.fail(`from\n${commands}\n${problems.join('\n')}`);
    }
    expect(reached).toBeGreaterThan(states.length / 10);
  });
});

function tryTask(task: Task, commands: string): string[] | 'refused' {
  const kernel = kernelIn(commands)!;
  const state = kernel.observe();
  let planned: ReturnType<typeof planTask>;
  try {
    planned = planTask(task, state);
  } catch (error) {
    if (error instanceof EngineError) return 'refused';
    throw error;
  }
  const { goal, plan } = planned;
  if (plan.refused) return [`refused: ${plan.refused.message}`];
  try {
    kernel.apply(plan.steps);
  } catch (error) {
    return [String(error), ...commandsOf(plan)];
  }
  const after = kernel.observe();
  const problems = [
    ...interfacesPlanner.verify(goal, plan, after).map((diff) => `not met: ${JSON.stringify(diff)}`),
    ...wrongPredictions(plan.predicted.links, after.links),
    ...notKept(goal.state.links, after.links).map((one) => `not kept: ${one}`),
    ...commandsOf(planTask(task, after).plan).map((command) => `again: ${command}`),
    ...(plan.steps.length > 0 && plan.diff.length === 0 ? ['steps without a difference'] : []),
    ...(plan.steps.length === 0 && plan.diff.length > 0 ? ['a difference without steps'] : []),
  ];
  return problems.length > 0 ? [...problems, ...commandsOf(plan)] : [];
}
