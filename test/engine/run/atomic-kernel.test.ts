import { expect, test } from 'vitest';
import { isRoot, run, useNamespace } from './namespace.ts';

useNamespace();

const tasks = [
  {
    name: 'Bridges',
    atomic: true,
    block: [
      { bridge: { name: 'br0', stp: false, ipv4: { addresses: ['192.0.2.1/24'] } }, register: 'made' },
      { bridge: { name: 'br1', mtu: '{{ made.after.mtu - 100 }}' } },
      { bridge: { name: 'br0', label: 'uplink' }, when: 'made is changed or made.after.label is defined' },
    ],
  },
  { debug: { msg: '{{ made.after.mac }}' } },
];

test.skipIf(!isRoot)('an atomic block on a real kernel: predicted, done, and then all ok', async () => {
  const check = await run(tasks, true);
  const first = await run(tasks);
  expect(first.statuses).toEqual(check.statuses);
  expect(first.results.map(({ steps }) => steps)).toEqual(check.results.map(({ steps }) => steps));
  expect(first.recap).toMatchObject({ failed: 0, ok: 5, changed: 4 });
  // A prediction until the commit, then the kernel's
  expect(first.results[0]?.data.after).toMatchObject({ mtu: 1500 });
  expect(first.results.at(-1)?.data.msg).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);

  const second = await run(tasks);
  expect(second.recap).toMatchObject({ failed: 0, ok: 5, changed: 0 });
  expect(second.requests).toHaveLength(1);
});
