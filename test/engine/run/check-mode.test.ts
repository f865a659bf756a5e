import { expect, test } from 'vitest';
import { isRoot, run, useNamespace } from './namespace.ts';

useNamespace();

test.skipIf(!isRoot)('what only the host can know makes a task undecided, not wrong', async () => {
  const tasks = [
    { bridge: { name: 'br0' }, register: 'made' },
    { debug: { msg: 'the MAC is {{ made.after.mac }}' } },
    { assert: { that: "made.after.mac == '02:00:00:00:00:01'" } },
    { debug: { msg: 'never' }, when: "made.after.mac == '02:00:00:00:00:01'" },
    { debug: { msg: 'decided without it' }, when: "made.after.name == 'br0' or made.after.mac == 'x'" },
    { bridge: { name: 'br1', mac: '{{ made.after.mac }}' }, register: 'second' },
    { debug: { msg: 'after an undecided task' }, when: 'second is changed' },
    { debug: { msg: '{{ item }}' }, loop: '{{ [made.after.mac] }}' },
  ];
  const { results, recap, exitCode } = await run(tasks, true);
  expect(results.map(({ status, undecided }) => (undecided === undefined ? status : undecided))).toEqual([
    'changed',
    'ok',
    "assert: made.after.mac == '02:00:00:00:00:01'",
    expect.stringMatching(/^when: made\.after\.mac == .* \(inline\.yml:1:\d+\)$/),
    'ok',
    expect.stringMatching(/^parameters of bridge \(inline\.yml:1:\d+\)$/),
    expect.stringMatching(/^when: second is changed /),
    'ok',
  ]);
  expect(results[1]?.msg ?? results[1]?.data.msg).toMatchObject({});
  expect(recap).toMatchObject({ ok: 4, changed: 1, skipped: 4, undecided: 4, failed: 0 });
  expect(exitCode).toBe(3);
});

test.skipIf(!isRoot)(
  'a command that was not run leaves the host inexact, and its output unknown',
  async () => {
    const tasks = [
      { command: 'ip link add br7 type bridge', register: 'added' },
      { debug: { msg: 'it printed that' }, when: "added.stdout == 'done'" },
      { bridge: { name: 'br7' } },
    ];
    const { results, recap } = await run(tasks, true);
    expect(
      results.map(({ status, undecided, inexact }) => [status, undecided !== undefined, inexact]),
    ).toEqual([
      ['skipped', false, false],
      ['skipped', true, true],
      ['changed', false, true],
    ]);
    expect(recap).toMatchObject({ inexact: true, undecided: 1 });
  },
);

test.skipIf(!isRoot)('a command that only reads runs, and decides', async () => {
  const tasks = [
    { command: 'printf done', register: 'read', check_mode: false, changed_when: false },
    { debug: { msg: 'it printed that' }, when: "read.stdout == 'done'" },
  ];
  const { statuses, recap } = await run(tasks, true);
  expect(statuses).toEqual(['ok', 'ok']);
  expect(recap).toMatchObject({ inexact: false });
});

test.skipIf(!isRoot)(
  'in a run that is none, what a task in check mode would change is not there',
  async () => {
    const bridge = { name: 'br9', mtu: 1400 };
    const tasks = [
      { bridge, check_mode: true, register: 'foretold' },
      { assert: { that: 'foretold.after.mtu == 1400' } },
      { bridge },
      { command: 'ip link show dev br9' },
    ];
    const { statuses } = await run(tasks);
    expect(statuses).toEqual(['changed', 'ok', 'changed', 'changed']);
  },
);
