import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

/** Who may import whom (CONTRIBUTING.md). A target ends in `/` for a whole folder. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/engine/': ['src/engine/'],
  'src/engine/report/': [
    'src/engine/report/',
    'src/engine/run/events.ts',
    'src/engine/code-frame.ts',
    'src/engine/errors.ts',
    'src/engine/module.ts',
    'src/engine/source.ts',
    'src/engine/transport/escape.ts',
    'src/engine/unknown.ts',
  ],
  'src/host/': [
    'src/host/',
    'src/engine/module.ts',
    'src/engine/errors.ts',
    'src/engine/source.ts',
    'src/engine/suggest.ts',
    'src/engine/unknown.ts',
    'src/engine/transport/quote.ts',
  ],
  'src/modules/': [
    'src/modules/',
    'src/host/',
    'src/engine/module.ts',
    'src/engine/errors.ts',
    'src/engine/source.ts',
    'src/engine/unknown.ts',
  ],
  'src/lab/': ['src/lab/', 'src/engine/errors.ts', 'src/engine/transport/quote.ts'],
};

const root = join(import.meta.dirname, '..');

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('src', name));

const imports = files.flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map((match) => ({
    file,
    target: relative(root, join(root, dirname(file), match[1]!)),
  })),
);

test('imports are seen', () => {
  expect(imports.length).toBeGreaterThan(100);
});

test.each(Object.keys(ALLOWED))('%s imports only what it may', (folder) => {
  const inner = Object.keys(ALLOWED).filter((other) => other !== folder && other.startsWith(folder));
  const wrong = imports
    .filter(({ file }) => file.startsWith(folder) && !inner.some((other) => file.startsWith(other)))
    .filter(
      ({ target }) =>
        !ALLOWED[folder]!.some((allowed) =>
          allowed.endsWith('/') ? target.startsWith(allowed) : target === allowed,
        ),
    )
    .map(({ file, target }) => `${file} → ${target}`);
  expect(wrong).toEqual([]);
});

test('no file is past 400 lines', () => {
  const long = files
    .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length }))
    .filter(({ lines }) => lines > 400);
  expect(long).toEqual([]);
});

test('what a host has is looked up by name with own() alone', () => {
  const wrong = files
    .filter((file) => file.startsWith('src/host/') || file.startsWith('src/modules/'))
    .filter((file) =>
      /\b(?:links|domains|networks|libvirt|pinned)!?(?:\?\.)?\[(?!\])/.test(
        readFileSync(join(root, file), 'utf8'),
      ),
    );
  expect(wrong).toEqual([]);
});

test('only src/cli and src/lab read the environment or end the process', () => {
  const wrong = files
    .filter((file) => !file.startsWith('src/cli/') && !file.startsWith('src/lab/'))
    .filter((file) => /process\.(?:env|exit\b)/.test(readFileSync(join(root, file), 'utf8')));
  expect(wrong).toEqual([]);
});
