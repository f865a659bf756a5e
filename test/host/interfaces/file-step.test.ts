import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Step } from '../../../src/engine/module.ts';
import { fileStep } from '../../../src/host/interfaces/backends/file-step.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wirebook-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Takes the step, with a PATH. */
function take({ argv, stdin }: Step, path = process.env.PATH): void {
  execFileSync(argv[0]!, argv.slice(1), { input: stdin, env: { PATH: path } });
}

test('a file is written whole, and what a write that was cut off has left goes', () => {
  writeFileSync(join(folder, '.wirebook.4711'), 'half');
  writeFileSync(join(folder, '.wirebook-id.1'), 'a copy that a guard keeps');
  take(fileStep({ path: join(folder, 'br0.netdev'), content: '[NetDev]\n' }, {}));
  expect(readdirSync(folder).sort()).toEqual(['.wirebook-id.1', 'br0.netdev']);
  expect(readFileSync(join(folder, 'br0.netdev'), 'utf8')).toBe('[NetDev]\n');
});

test.each([
  ['written', '[NetDev]\n', ['br0.netdev']],
  ['removed', undefined, []],
])('what was %s is so after a power cut: its folder is synced last', (_, content, left) => {
  const [tools, etc] = [join(folder, 'tools'), join(folder, 'etc')];
  mkdirSync(tools);
  mkdirSync(etc);
  writeFileSync(join(etc, 'br0.netdev'), 'old');
  // Notes what it was to sync, and what was there
  const note = `#!/bin/sh\n[ "$1" != -- ] || shift\necho "$1 $(ls -A ${etc} | xargs)" >>${folder}/log\n`;
  writeFileSync(join(tools, 'sync'), note, { mode: 0o755 });
  const path = join(etc, 'br0.netdev');
  take(fileStep({ path, ...(content !== undefined && { content }) }, {}), `${tools}:${process.env.PATH}`);
  const log = readFileSync(join(folder, 'log'), 'utf8').trimEnd().split('\n');
  expect(log.at(-1)).toBe([`${etc}/`, ...left].join(' '));
  // A folder that never was is no error
  take(fileStep({ path: join(folder, 'none', 'br0.netdev') }, {}));
});
