import { expect, test } from 'vitest';
import { planRow, type Row } from './rows.ts';
import { readTable, table } from './table.ts';

const plan = (number: number) => planRow(1, number);
const row = (number: number, more: Partial<Row> = {}): Row => ({
  ...plan(number),
  change: 'NIC → bridge',
  happened: plan(number).moment !== undefined && plan(number).moment !== 'before',
  outcome: 'before',
  seconds: 12.5,
  failures: [],
  ...more,
});
const circumstances = { command: 'npm run faults', commit: 'abc1234', minutes: 30, seed: 1, planned: 4 };

test('a table is gone on with from what was well in it', () => {
  const well = [row(1), row(2, { seconds: undefined }), row(4, { outcome: 'after', happened: false })];
  const text = table([...well, row(3, { failures: ['eth1.up: true | not false', 'more'] })], circumstances);
  const earlier = readTable(text, 1, plan);
  expect(earlier.rows).toEqual(well);
  expect(earlier.circumstances).toMatch(/^\d{4}-\d\d-\d\d, commit abc1234, seed 1, 30 minutes$/);
  const next = table([...earlier.rows, row(3)], { ...circumstances, commit: 'def5678', earlier });
  expect(next).toContain('4 faults, 0 failed.');
  expect(next).toContain('an earlier run (');
  expect(next).toContain('of which 3 rows were well');
  expect(readTable(next, 1, plan).rows).toHaveLength(4);
  expect(() => readTable(text, 2, plan)).toThrow('no table of seed 2');
});
