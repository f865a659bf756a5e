import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileStep } from '../../../src/host/interfaces/backends/file-step.ts';

test('a file is written whole, and what a write that was cut off has left goes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-file-'));
  try {
    writeFileSync(join(folder, '.wirebook.4711'), 'half');
    writeFileSync(join(folder, '.wirebook-id.1'), 'a copy that a guard keeps');
    const { argv, stdin } = fileStep({ path: join(folder, 'br0.netdev'), content: '[NetDev]\n' }, {});
    execFileSync(argv[0]!, argv.slice(1), { input: stdin });
    expect(readdirSync(folder).sort()).toEqual(['.wirebook-id.1', 'br0.netdev']);
    expect(readFileSync(join(folder, 'br0.netdev'), 'utf8')).toBe('[NetDev]\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
