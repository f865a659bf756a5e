import { describe, expect, it } from 'vitest';
import { parseLinks, type RawLink } from '../../../src/host/interfaces/backends/iproute2/read.ts';
import { emptyState } from '../../../src/host/state.ts';
import { planTask, type Task } from './task.ts';

/** Links as `ip -j -d addr show` tells of them. */
const host = (...some: [name: string, kind: string | undefined, more: object][]) => ({
  ...emptyState,
  links: parseLinks({
    ...{ routes: [], vlans: [], devices: [], sysctls: [], tables: [] },
    links: some.map(
      ([ifname, kind, more], index): RawLink => ({
        ...{
          ifindex: index + 1,
          ifname,
          flags: ['UP'],
          mtu: 1500,
          link_type: 'ether',
          address: `02:00:00:00:00:0${index}`,
        },
        ...(kind !== undefined && {
          linkinfo: { info_kind: kind, info_data: { id: 5, protocol: '802.1Q' } },
        }),
        ...more,
      }),
    ),
  }),
});

const queue = { qdisc: 'htb' };
const program = { qdisc: 'noqueue', xdp: { mode: 1, prog: { id: 7 } } };

it('only what is not there by itself is attached to a virtual link', () => {
  const { links } = host(
    ['eth0', undefined, { qdisc: 'mq' }],
    ['br0', 'bridge', queue],
    ['br1', 'bridge', { qdisc: 'noop' }],
    ['bond0', 'bond', program],
  );
  expect(Object.values(links).map(({ name, attached }) => [name, attached])).toEqual([
    ['eth0', undefined],
    ['br0', ['qdisc htb']],
    ['br1', undefined],
    ['bond0', ['XDP program']],
  ]);
});

describe('a link is not deleted with what could not be put back', () => {
  const on = (more: object) => ({ ...more, link: 'br0' });
  const cases: [Task, ReturnType<typeof host>, string][] = [
    [
      ['bridge', { name: 'br0', state: 'absent' }],
      host(['br0', 'bridge', queue]),
      'deleting br0 would take its qdisc htb with it',
    ],
    [
      ['bond', { name: 'br0', mode: 'active-backup' }],
      host(['br0', 'bridge', program]),
      'deleting br0 would take its XDP program with it',
    ],
    [
      ['bridge', { name: 'br0', state: 'absent' }],
      host(['br0', 'bridge', {}], ['v5', 'vlan', on(queue)]),
      'deleting v5 would take its qdisc htb with it',
    ],
    [
      ['vlan', { name: 'v5', parent: 'br0', id: 6 }],
      host(['br0', 'bridge', {}], ['v5', 'vlan', on(queue)]),
      'deleting v5 would take its qdisc htb with it',
    ],
  ];
  it.each(cases)('%j', (task, state, message) => {
    expect(() => planTask(task, state)).toThrow(message);
  });

  it('but may change', () => {
    const { plan } = planTask(['bridge', { name: 'br0', mtu: 1400 }], host(['br0', 'bridge', queue]));
    expect(plan.steps).toHaveLength(1);
  });
});
