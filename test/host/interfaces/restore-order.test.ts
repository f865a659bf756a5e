import { expect, it } from 'vitest';
import type { BackendName } from '../../../src/host/interfaces/profile.ts';
import { hostWith, link, profile } from './stored-host.ts';
import { planBlock } from './task.ts';

/**
 * A bond of two cables to one switch comes under a bridge, and it does not hold. A daemon that reads the old files puts
 * the first NIC back into the bridge; with the bond still in it that is a loop, and what was sent once is sent for ever.
 */
it.each<BackendName>(['networkd', 'netplan'])('%s: what was put together is taken apart first', (backend) => {
  const host = hostWith(
    [backend],
    [
      profile('eth1', backend, { controller: 'br0', at: [] }),
      profile('br0', backend, { kind: 'bridge', bridge: {}, at: [] }),
    ],
    [
      link('eth1', { index: 1, controller: 'br0' }),
      link('eth2', { index: 2 }),
      link('br0', { index: 3, kind: 'bridge', bridge: {} }),
    ],
  );
  const { plan } = planBlock(
    [
      ['bond', { name: 'bond0', mode: 'active-backup', ports: ['eth1', 'eth2'], guard: 'always' }],
      ['bridge', { name: 'br0', ports: ['bond0'], guard: 'always' }],
    ],
    host,
  );
  const steps = plan.guard!.restore;
  const place = (title: RegExp): number => steps.findIndex((step) => title.test(step.title));
  const back = /let systemd-networkd read its files/;
  expect(steps[place(/delete links that were not there/)]!.argv).toContain('bond0');
  expect(place(/delete links that were not there/)).toBeGreaterThanOrEqual(0);
  expect(place(/take ports out of other controllers/)).toBeLessThan(place(back));
  expect(place(/delete links that were not there/)).toBeLessThan(place(back));
});
