/** A few of the faults that `npm run faults` makes many of. */
import { join } from 'node:path';
import { afterEach, expect, inject, test } from 'vitest';
import { EngineError } from '../../src/engine/errors.ts';
import { runCampaign } from '../faults/campaign.ts';
import { planRow } from '../faults/rows.ts';
import { line } from '../faults/table.ts';
import { endAll } from './program.ts';

const COUNT = 20;
const seed = Number(process.env.FAULTS_SEED ?? 1);

afterEach(endAll);

test(`${COUNT} faults of seed ${seed}: each host is wholly as before or wholly as after`, async (context) => {
  const rows = Array.from({ length: COUNT }, (_, index) => planRow(seed, index + 1));
  try {
    const results = await runCampaign({ folder: join(inject('labs'), 'faults'), rows, parallel: 5 });
    expect(results).toHaveLength(COUNT);
    expect(results.filter(({ failures }) => failures.length > 0).map(line)).toEqual([]);
  } catch (error) {
    if (!(error instanceof EngineError && error.code === 'LAB_NEEDS')) throw error;
    context.skip(error.message);
  }
}, 1_200_000);
