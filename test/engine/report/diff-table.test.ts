import { expect, test } from 'vitest';
import type { FieldDiff } from '../../../src/engine/module.ts';
import { formatDiff } from '../../../src/engine/report/diff-table.ts';
import { palette } from '../../../src/engine/report/options.ts';

const mtu = { object: 'bridge br0', field: 'mtu', want: 9000 };
const long = ['2001:db8::1/64', '2001:db8::2/64', '2001:db8::3/64'];

test.each<[string, FieldDiff[], string]>([
  ['live only', [{ ...mtu, live: 1500 }], 'bridge br0  wanted  found\n  mtu       9000    1500'],
  ['stored only', [{ ...mtu, stored: 1500 }], 'bridge br0  wanted  found\n  mtu       9000    1500'],
  [
    'both the same',
    [{ ...mtu, stored: 1500, live: 1500 }],
    'bridge br0  wanted  found\n  mtu       9000    1500',
  ],
  [
    'both, and they differ',
    [{ ...mtu, stored: 1500, live: 9000 }],
    'bridge br0  wanted  stored  live\n  mtu       9000    1500    9000',
  ],
  [
    'live as wanted, so that it is not stored that differs',
    [{ ...mtu, live: 9000 }],
    'bridge br0  wanted  stored  live\n  mtu       9000    -       9000',
  ],
  [
    'stored as wanted, so that it is not live that differs',
    [{ ...mtu, stored: 9000 }],
    'bridge br0  wanted  stored  live\n  mtu       9000    9000    -',
  ],
  ['nothing there', [{ ...mtu }], 'bridge br0  wanted  found\n  mtu       9000    -'],
  [
    'one field decides for its object',
    [
      { ...mtu, stored: 9000, live: 1500 },
      { object: 'bridge br0', field: 'stp', want: true, live: false },
      { object: 'iface eth1', field: 'mtu', want: 9000, stored: 1500, live: 1500 },
    ],
    'bridge br0  wanted  stored  live\n  mtu       9000    9000    1500\n  stp       true    -       false\n' +
      'iface eth1  wanted  found\n  mtu       9000    1500',
  ],
  [
    'values too long for a table',
    [{ object: 'iface eth0', field: 'ipv6.addresses', want: long, stored: [], live: long }],
    `iface eth0\n  ipv6.addresses\n    - [] (stored)\n    - [${long.join(', ')}] (live)\n    + [${long.join(', ')}]`,
  ],
])('%s', (_, diff, text) => {
  expect(formatDiff(diff, palette(false)).join('\n')).toBe(text);
});
