import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { checkInotify, meetNeeds } from '../../src/lab/needs.ts';

const isRoot = process.getuid?.() === 0;
const options = { install: false, signal: undefined, onProgress: () => {} };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wirebook-needs-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it.skipIf(!isRoot)('names all packages that are missing at once, with how to get them', async () => {
  vi.stubEnv('PATH', folder);
  const error = await meetNeeds('netns', { ...options, kernel: undefined }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({
    code: 'LAB_NEEDS',
    message: expect.stringMatching(
      /^the lab \(netns\) needs what is not installed here: .*openssh-client, mmdebstrap/,
    ),
    hint: expect.stringContaining('apt-get install'),
  });
});

it('a kernel that was asked for and is not there is an error', async () => {
  const asked = meetNeeds('uml', { ...options, kernel: join(folder, 'linux') });
  await expect(asked).rejects.toMatchObject({ code: 'LAB_NEEDS' });
});

it('more full hosts than inotify allows are refused beforehand', () => {
  expect(() => checkInotify(1)).not.toThrow();
  expect(() => checkInotify(1e9)).toThrow(/1000000000 full netns hosts need 7000000000 inotify instances/);
});
