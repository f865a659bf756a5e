import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sshd, sshdMissing, startSshd } from './sshd.ts';

const folder = mkdtempSync(join(tmpdir(), 'transport-exit.'));
const bundle = join(folder, 'transport.mjs');

/** A process of its own that runs `body` with a transport. @returns its output, and the signal that ended it */
function run(options: object, body: string, nativeParts = true): string {
  const hook = `
    import Module from 'node:module';
    const load = Module._load;
    Module._load = function (name, ...rest) {
      if (/sshcrypto\\.node$|^cpu-features$/.test(name)) throw new Error('not built');
      return load.call(this, name, ...rest);
    };`;
  const script = `
    ${nativeParts ? '' : hook}
    const { createTransport } = await import(${JSON.stringify(bundle)});
    const connection = await createTransport(${JSON.stringify(options)}).connect();
    const shell = await connection.shell();
    ${body}
    connection.close();
    console.log('closed');`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    // Long before the requests that are left have ended; an end by signal shows in the output
    timeout: 15_000,
    encoding: 'utf8',
  });
  return `${child.stdout}${child.stderr}${child.signal ?? ''}`;
}

beforeAll(() => {
  const entry = new URL('../../../src/engine/transport/index.ts', import.meta.url).pathname;
  symlinkSync(new URL('../../../node_modules', import.meta.url).pathname, join(folder, 'node_modules'));
  const esbuild = createRequire(import.meta.url).resolve('esbuild/bin/esbuild');
  execFileSync(esbuild, [
    entry,
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--external:ssh2',
    `--outfile=${bundle}`,
    '--log-level=error',
  ]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const echo = `console.log((await shell.run({ script: 'echo hello' })).stdout.trim());`;
const unfinished = `
  shell.run({ script: 'sleep 40', timeout: 40 }).catch((error) => console.log(error.code));
  await new Promise((resolve) => setTimeout(resolve, 100));`;

describe('the process ends by itself after close', () => {
  test('local', () => {
    expect(run({ kind: 'local' }, echo)).toBe('hello\nclosed\n');
  });

  const missing = sshdMissing();
  describe.skipIf(missing)(missing ? `ssh: ${missing}` : 'ssh', () => {
    let sshd: Sshd;
    beforeAll(async () => {
      sshd = await startSshd();
    });
    afterAll(() => sshd?.stop());

    test('a finished and an unfinished request', () => {
      expect(run(sshd.options(), echo)).toBe('hello\nclosed\n');
      expect(run(sshd.options(), unfinished)).toBe('closed\nCONNECTION_LOST\n');
    });

    test('a host that answers no more', () => {
      const silenced = `
        await shell.run({ script: '(sleep 0.3; kill -STOP $PPID; sleep 18; kill -CONT $PPID) >/dev/null 2>&1 &' });
        await new Promise((resolve) => setTimeout(resolve, 600));`;
      expect(run(sshd.options(), silenced)).toBe('closed\n');
    });

    test('ssh2 without its native parts, which need not build', () => {
      expect(run(sshd.options(), echo, false)).toBe('hello\nclosed\n');
    });
  });
});
