import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { interfacesPlanner } from '../../../src/host/interfaces/planner.ts';
import { type Kernel, Namespace, noNamespaces, ownKernel, startUml, umlImage } from './kernel/kernel.ts';
import { wrongPredictions } from './prediction.ts';
import { commandsOf, planTask, type Task } from './task.ts';

/**
 * Stories of several tasks, one after another, on real kernels: this machine's own for what needs neither bonding
 * nor 802.1q nor VLAN filtering, and User-mode Linux for all of them. A check run of the whole story beforehand must
 * foretell which tasks change something.
 */
interface Story {
  readonly title: string;
  /** Needs bonding, 802.1q or VLAN filtering */
  readonly uml?: boolean;
  /** Commands that make the links */
  readonly links: string;
  readonly tasks: readonly Task[];
  /** Leased addresses that are there in the end, by link */
  readonly leased?: Readonly<Record<string, readonly string[]>>;
}

const stories = parse(readFileSync(join(import.meta.dirname, 'stories.yml'), 'utf8')) as Story[];

async function play(kernel: Kernel, { links, tasks, leased = {} }: Story): Promise<void> {
  const host = await Namespace.make(kernel, links);
  try {
    let state = await host.observe();
    const foretold = foretell(tasks, state);
    for (const [index, task] of tasks.entries()) {
      const { goal, plan } = planTask(task, state);
      expect(plan.refused).toBeUndefined();
      await host.apply(plan.steps);
      const after = await host.observe();
      const told = [JSON.stringify(task), ...commandsOf(plan)].join('\n');
      expect(interfacesPlanner.verify(goal, plan, after), told).toEqual([]);
      expect(wrongPredictions(plan.predicted.links, after.links), told).toEqual([]);
      expect(commandsOf(planTask(task, after).plan), told).toEqual([]);
      expect({ task, changed: plan.steps.length > 0 }).toEqual({ task, changed: foretold[index] });
      state = after;
    }
    const left = Object.keys(leased).map((name) => [name, state.links[name]?.ipv4.dynamic]);
    expect(Object.fromEntries(left)).toEqual(leased);
  } finally {
    await host.remove();
  }
}

/** Which tasks change something, as a check run says. */
function foretell(tasks: readonly Task[], start: Awaited<ReturnType<Namespace['observe']>>): boolean[] {
  let state = start;
  return tasks.map((task) => {
    const { plan } = planTask(task, state);
    state = plan.predicted;
    return plan.steps.length > 0;
  });
}

describe.skipIf(noNamespaces())(`this machine's kernel (${noNamespaces() ?? 'namespaces'})`, () => {
  it.each(stories.filter((story) => !story.uml))('$title', (story) => play(ownKernel(), story));
});

const image = umlImage();
describe.skipIf(!image)(
  `User-mode Linux (${image ?? 'needs WIREBOOK_UML, a kernel with bonding and 802.1q'})`,
  () => {
    let kernel: Kernel;
    beforeAll(async () => {
      kernel = await startUml(image!);
    });
    afterAll(() => kernel?.stop());

    it.each(stories)('$title', (story) => play(kernel, story));
  },
);
