import { expect, it } from 'vitest';
import { suggest } from '../../src/engine/suggest.ts';

const words = ['name', 'mtu', 'mode', 'id', 'ports', 'forward_delay', '4', 'brigde-x', 'loop'];

it.each([
  ['nmae', 'name'],
  ['nme', 'name'],
  ['MTU', 'mtu'],
  ['mut', 'mtu'],
  ['forwad_dely', 'forward_delay'],
  ['port', 'ports'],
  ['9', undefined],
  ['foo', undefined],
  ['x', undefined],
  ['something_else', undefined],
])('%s is %s', (word, expected) => {
  expect(suggest(word, words)).toBe(expected);
});
