import { expect, it } from 'vitest';
import { interfacesPlanner } from '../../../src/host/interfaces/planner.ts';
import { hostWith, link, profile } from './stored-host.ts';
import { planBlock, type Task } from './task.ts';

/** A block over interfaces of several backends: each backend applies its own, so they cannot be one change. */
const host = hostWith(
  ['networkd', 'ifupdown'],
  [profile('eth1', 'networkd', { at: [] }), profile('eth2', 'ifupdown', { at: [] })],
  [link('eth1', { index: 1 }), link('eth2', { index: 2 }), link('eth3', { index: 3 })],
);
const mtu = (name: string, value: number, backend?: string): Task => [
  'iface',
  { name, mtu: value, ...(backend && { backend }) },
];

it.each<[string, Task[], string]>([
  [
    'two backends',
    [mtu('eth1', 1400), mtu('eth2', 1400)],
    'one atomic block cannot change eth1 by way of networkd and eth2 by way of ifupdown',
  ],
  [
    'a backend, and live alone',
    [mtu('eth3', 1400, 'iproute2'), mtu('eth1', 1400)],
    'one atomic block cannot change eth3 by way of iproute2 and eth1 by way of networkd',
  ],
])('%s: refused', (_, tasks, message) => {
  expect(planBlock(tasks, host).plan.refused).toMatchObject({ code: 'ATOMIC_TASK', message });
});

it('what is as wanted already may be of another', () => {
  const { goal, plan } = planBlock([mtu('eth3', 1500, 'iproute2'), mtu('eth1', 1400)], host);
  expect(plan.refused).toBeUndefined();
  expect(plan.steps.length).toBeGreaterThan(0);
  expect(interfacesPlanner.verify(goal, plan, plan.predicted)).toEqual([]);
  expect(interfacesPlanner.verify(goal, plan, host).map(({ field }) => field)).toEqual([
    'mtu',
    'mtu (stored)',
  ]);
});
