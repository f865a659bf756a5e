import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { UNKNOWN } from '../../../src/engine/unknown.ts';
import type { Link } from '../../../src/host/interfaces/link.ts';
import { kernelIn, states, tasks } from './domain.ts';
import { type Kernel, Namespace, startUml, umlImage } from './kernel/kernel.ts';
import type { ModelKernel } from './kernel/model-kernel.ts';
import { wrongPredictions } from './prediction.ts';
import { commandsOf, planTask } from './task.ts';

/** Some of the states and tasks of the domain, on the model kernel and on a real one: both end up alike. */

const EVERY = Number(process.env.WIREBOOK_MODEL_EVERY ?? 200);
const pairs = states
  .flatMap((state) => tasks.map((task) => ({ state, task })))
  .filter((_, index) => index % EVERY === 7);

const image = umlImage();
describe.skipIf(!image)(`the model kernel is like a real one (${image ?? 'needs WIREBOOK_UML'})`, () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await startUml(image!);
  });
  afterAll(() => kernel?.stop());

  it(`in ${pairs.length} cases`, { timeout: 900_000 }, async () => {
    for (const { state, task } of pairs) {
      const model = kernelIn(state)!;
      const host = await Namespace.make(kernel, state);
      try {
        expect(await unlike(model, host), state).toEqual([]);
        const { plan } = planTask(task, model.observe());
        model.apply(plan.steps);
        await host.apply(plan.steps);
        const told = [state, JSON.stringify(task), ...commandsOf(plan)].join('\n');
        expect(await unlike(model, host), told).toEqual([]);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
      } finally {
        await host.remove();
      }
    }
  });
});

/** Where the model is not like the real one, but for what a kernel makes up. */
async function unlike(model: ModelKernel, host: Namespace): Promise<string[]> {
  const madeUp = (mac: unknown): boolean =>
    !String(mac).startsWith('02:00:00:00:00:') || String(mac) < '02:00:00:00:00:60';
  const known = Object.values(model.observe().links).map((link): [string, Link] => [
    link.name,
    {
      ...link,
      ...{ index: UNKNOWN, maxMtu: UNKNOWN, permanentMac: UNKNOWN },
      ...(madeUp(link.mac) && { mac: UNKNOWN }),
    },
  ]);
  const { lo: _, ...links } = (await host.observe()).links;
  return wrongPredictions(Object.fromEntries(known), links);
}
