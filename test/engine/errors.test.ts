import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/engine/errors.ts';

const documented = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8')
  .split('\n')
  .map((line) => /^\| `([A-Z_]+)`\s*\| (.*?)\s*\| (.*?)\s*\|$/.exec(line))
  .filter((row) => row !== null);

it('docs/errors.md has every code with its meaning, and no other', () => {
  expect(Object.fromEntries(documented.map(([, code, meaning]) => [code, meaning]))).toEqual(ERROR_CODES);
  expect(documented).toHaveLength(Object.keys(ERROR_CODES).length);
});

it('docs/errors.md says of every code what to do', () => {
  expect(documented.filter(([, , , advice]) => advice!.trim() === '').map(([, code]) => code)).toEqual([]);
});
