import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KEYWORDS, LOOPS, STATEMENTS } from '../../../src/engine/playbook/keywords.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/language.md'), 'utf8');

it('docs/language.md has every keyword, with where it stands and what becomes of it inside', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` *\| ([a-z, ]+?) *\| (.*?) *\|(?: (.+?) *\|)?$/gm)];
  const documented = rows.map(([, name, on, third, meaning]) =>
    meaning === undefined ? { name, on, refused: third } : { name, on, inner: third },
  );
  const words = { adds: 'added to', replaces: 'replaced by' };
  const expected = Object.entries(KEYWORDS).map(([name, { on, inner, refused }]) => {
    const places = on.filter((level) => level !== 'handler' || !on.includes('task')).join(', ');
    if (refused !== undefined) return { name, on: places, refused };
    return { name, on: places, inner: inner === undefined ? '' : words[inner] };
  });
  const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }) =>
    a.name! < b.name! ? -1 : 1;
  expect(documented.sort(byName)).toEqual(expected.sort(byName));
});

it('docs/language.md names every loop and statement', () => {
  const names = [
    ...LOOPS.map((loop) => `with_${loop}`),
    ...Object.keys(STATEMENTS).filter((name) => name !== 'include'),
  ];
  expect(names.filter((name) => !page.includes(`\`${name}`))).toEqual([]);
});
