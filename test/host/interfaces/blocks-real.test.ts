import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interfacesPlanner } from '../../../src/host/interfaces/planner.ts';
import { seeds } from '../../seeds.ts';
import { kernelIn, states } from './domain.ts';
import { type Kernel, Namespace, startUml, umlImage } from './kernel/kernel.ts';
import { notKept, wrongPredictions } from './prediction.ts';
import { Random } from '../guard/random.ts';
import { commandsOf, planBlock } from './task.ts';
import { tasksFor } from './whole.ts';

/** Some of the pairs of blocks.test.ts, on a real kernel. */
const cases = seeds(25, process.env.WIREBOOK_BLOCKS_SECONDS);

const image = umlImage();
describe.skipIf(!image)(`blocks on a real kernel (${image ?? 'needs WIREBOOK_UML'})`, () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await startUml(image!);
  });
  afterAll(() => kernel?.stop());

  it(`lead from anywhere to anywhere, ${cases.title}`, { timeout: cases.timeout }, async () => {
    const wrong: string[] = [];
    for (const seed of cases.each) {
      const problems = await tryCase(kernel, seed);
      if (problems.length > 0) wrong.push([`WIREBOOK_SEED=${seed}`, ...problems].join('\n'));
    }
    expect(`${wrong.length} wrong\n${wrong.slice(0, 5).join('\n\n')}`).toBe('0 wrong\n');
  });
});

async function tryCase(kernel: Kernel, seed: number): Promise<string[]> {
  const random = new Random(seed);
  const from = random.one(states);
  const { links: target } = kernelIn(random.one(states))!.observe();
  const host = await Namespace.make(kernel, from);
  let told: string[] = [];
  try {
    const before = await host.observe();
    const tasks = tasksFor(target, before.links);
    told = ['from', from, 'to', ...tasks.map((task) => JSON.stringify(task))];
    const { goal, plan } = planBlock(tasks, before);
    told.push(...commandsOf(plan));
    if (plan.refused) return [plan.refused.message, ...told];
    await host.apply(plan.steps);
    const after = await host.observe();
    const problems = [
      ...interfacesPlanner.verify(goal, plan, after).map((diff) => `not met: ${JSON.stringify(diff)}`),
      ...wrongPredictions(plan.predicted.links, after.links),
      ...notKept(goal.state.links, after.links).map((one) => `not kept: ${one}`),
      ...commandsOf(planBlock(tasksFor(target, after.links), after).plan).map(
        (command) => `again: ${command}`,
      ),
    ];
    return problems.length === 0 ? [] : [...problems, ...told];
  } catch (error) {
    return [String(error), ...told];
  } finally {
    await host.remove();
  }
}
