import { expect, test } from 'vitest';
import { isRoot, run, useNamespace } from './namespace.ts';

useNamespace();

const bridges = Array.from({ length: 10 }, (_, index) => ({ bridge: { name: `br${index}` } }));
const all = (status: string): string[] => bridges.map(() => status);

test.skipIf(!isRoot)(
  'ten tasks cost: one reading, the lock, a request for each change, unlocking; then one reading',
  async () => {
    const check = await run(bridges, true);
    expect(check.statuses).toEqual(all('changed'));
    expect(check.requests).toHaveLength(1);

    const first = await run(bridges);
    expect(first.statuses).toEqual(all('changed'));
    expect(first.requests).toHaveLength(1 + 1 + 10 + 1);

    const second = await run(bridges);
    expect(second.statuses).toEqual(all('ok'));
    expect(second.requests).toHaveLength(1);
    expect(second.requests[0]).not.toHaveProperty('survive');
  },
);

test.skipIf(!isRoot)(
  'a converged host of 20 interfaces costs one request: links, definitions and all',
  async () => {
    const many = Array.from({ length: 20 }, (_, index) => ({
      bridge: { name: `many${index}`, ipv4: { addresses: [`10.77.${index}.1/24`] } },
    }));
    await run(many);
    const { statuses, requests } = await run(many);
    expect(statuses).toEqual(many.map(() => 'ok'));
    expect(requests).toHaveLength(1);
    expect(requests[0]?.script).toContain('ip -j -d addr show');
    expect(requests[0]?.script).toContain('/etc/systemd/network');
  },
);

test.skipIf(!isRoot)('a task that an earlier one makes ready is predicted', async () => {
  const tasks = [
    { bridge: { name: 'brx', mtu: 1400 } },
    { bridge: { name: 'brx', mtu: 1400 } },
    { bridge: { name: 'brx', mtu: 1300 } },
    { bridge: { name: 'brx', state: 'absent' } },
    { bridge: { name: 'brx', state: 'absent' } },
  ];
  const expected = ['changed', 'ok', 'changed', 'changed', 'ok'];
  expect((await run(tasks, true)).statuses).toEqual(expected);
  expect((await run(tasks)).statuses).toEqual(expected);
});

test.skipIf(!isRoot)('what an action may have changed is read again', async () => {
  const tasks = [
    { bridge: { name: 'bra' } },
    { command: 'ip link del bra' },
    { bridge: { name: 'bra' } },
    { command: 'true', check_mode: false },
    { bridge: { name: 'bra', state: 'absent' } },
  ];
  expect((await run(tasks)).statuses).toEqual(['changed', 'changed', 'changed', 'changed', 'changed']);
  expect((await run(tasks, true)).statuses).toEqual(['changed', 'skipped', 'ok', 'changed', 'changed']);
});
