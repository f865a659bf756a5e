import { expect, test } from 'vitest';
import type { FieldDiff } from '../../../src/engine/module.ts';
import { notConverged } from '../../../src/engine/run/not-converged.ts';
import { UNKNOWN } from '../../../src/engine/unknown.ts';

const mtu = { object: 'bridge br0', field: 'mtu', want: 9000 };

test.each<[FieldDiff, string]>([
  [{ ...mtu, live: 1500 }, 'mtu is 1500, wanted 9000'],
  [{ ...mtu, stored: 1500 }, 'mtu is 1500, wanted 9000'],
  [{ ...mtu, stored: 9000, live: 1500 }, 'mtu is 1500, wanted 9000'],
  [{ ...mtu, stored: 1500, live: 9000 }, 'stored mtu is 1500, wanted 9000'],
  [{ ...mtu, live: 9000 }, 'stored mtu is not set, wanted 9000'],
  [{ ...mtu }, 'mtu is not set, wanted 9000'],
  [{ ...mtu, want: ['a'], live: ['a', 'b'] }, 'mtu is ["a","b"], wanted ["a"]'],
  [{ ...mtu, live: UNKNOWN }, 'mtu is (known after apply), wanted 9000'],
])('%j', (field, text) => {
  expect(notConverged([field]).message).toBe(`did not converge: bridge br0: ${text}`);
});

test('every field is named', () => {
  const state = { object: 'bridge br0', field: 'state', want: 'active', live: 'absent' };
  expect(notConverged([{ ...mtu, live: 1500 }, state]).message).toBe(
    'did not converge: bridge br0: mtu is 1500, wanted 9000; bridge br0: state is absent, wanted active',
  );
});
