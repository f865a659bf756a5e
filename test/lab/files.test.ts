import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from '../../src/lab/files.ts';

test('a folder is made with all that lead to it, and again', () => {
  const base = mkdtempSync(join(tmpdir(), 'wirebook-files-'));
  makeFolder(join(base, 'a/b'));
  makeFolder(join(base, 'a/b'));
  expect(existsSync(join(base, 'a/b'))).toBe(true);
  rmSync(base, { recursive: true });
});

test('a folder that cannot be is an error, at once', () => {
  expect(() => makeFolder('/proc/nope/lab')).toThrow('the folder /proc/nope cannot be made');
});
