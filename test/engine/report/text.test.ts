import { expect, test } from 'vitest';
import { jsonText, pythonJson } from '../../../src/engine/report/text.ts';
import { UNKNOWN } from '../../../src/engine/unknown.ts';

test.each([
  ['a big integer', { n: 9007199254740993n }, '{"n": "9007199254740993"}'],
  ['an Unknown', { mac: UNKNOWN }, '{"mac": "(known after apply)"}'],
  ['nothing', undefined, 'null'],
  ['keys in order', { b: 1, a: [true, null] }, '{"a": [true, null], "b": 1}'],
])('%s as JSON', (_, value, expected) => {
  expect(pythonJson(value)).toBe(expected);
});

test('a line of events takes integers of any size', () => {
  expect(jsonText({ n: 2n ** 64n })).toBe('{"n":"18446744073709551616"}');
});
