import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stopLab } from '../../src/lab/down.ts';
import { prepareDriver } from '../../src/lab/drivers.ts';
import { readState } from '../../src/lab/state.ts';

const isRoot = process.getuid?.() === 0;
const project = resolve(import.meta.dirname, '../..');

/** Processes whose command line names the folder. */
const processesOf = (folder: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });

describe.skipIf(!isRoot)('lab up killed half-way (needs root)', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'wirebook-kill-'));
  // Inside the project, where the bundle finds the package's own files
  const bundle = join(project, 'node_modules/.cache', `lab-${process.pid}.mjs`);

  beforeAll(async () => {
    await build({
      stdin: {
        contents: `import { startLab } from './src/lab/up.ts';
          const controller = new AbortController();
          process.on('SIGINT', () => controller.abort());
          const [, , folder, form] = process.argv;
          await startLab({ folder, form, hosts: 4, driver: 'netns', signal: controller.signal });`,
        resolveDir: project,
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['yaml'],
      outfile: bundle,
    });
    const unused = {
      folder: scratch,
      kernel: undefined,
      install: true,
      signal: undefined,
      onProgress: () => {},
    };
    await prepareDriver('netns', { ...unused, form: 'sshd-only', hosts: 1 });
  }, 600_000);
  afterAll(() => {
    rmSync(scratch, { recursive: true, force: true });
    rmSync(bundle, { force: true });
  });

  async function killedAfter(milliseconds: number, signal: NodeJS.Signals, form: string): Promise<string> {
    const folder = join(scratch, `${form}-${signal}-${milliseconds}`);
    const child = spawn(process.execPath, [bundle, folder, form], { stdio: 'ignore' });
    const exit = once(child, 'exit');
    await sleep(milliseconds);
    child.kill(signal);
    await exit;
    return folder;
  }

  function expectNothingLeft(folder: string, id: number | undefined): void {
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
    expect(processesOf(`${folder}/`)).toEqual([]);
    if (id === undefined) return;
    const names = execFileSync('sh', ['-c', 'ip -o link show; ip netns list'], { encoding: 'utf8' });
    expect(names).not.toMatch(new RegExp(`\\bwb${id}\\b`));
  }

  const cases = [60, 120, 180, 260, 400, 900].flatMap((milliseconds) => [
    [milliseconds, 'sshd-only'] as const,
    [milliseconds, 'full'] as const,
  ]);

  it.each(cases)('SIGKILL after %i ms, %s: lab down removes what there is', async (milliseconds, form) => {
    const folder = await killedAfter(milliseconds, 'SIGKILL', form);
    const id = readState(folder)?.id;
    await stopLab(folder);
    expectNothingLeft(folder, id);
  });

  it.each(cases)('SIGINT after %i ms, %s: it has cleaned up itself', async (milliseconds, form) => {
    const folder = await killedAfter(milliseconds, 'SIGINT', form);
    // Before it listens to SIGINT it dies of it, and after it is up the lab stays
    const id = readState(folder)?.id;
    if (id !== undefined) {
      expect(readState(folder)?.phase).toBe('up');
      await stopLab(folder);
    }
    expectNothingLeft(folder, id);
  });

  it("leaves alone another lab's link of the same name", async () => {
    const folder = join(scratch, 'stranger');
    mkdirSync(folder);
    const made = { links: ['wb127'], namespaces: ['wb127'], cgroups: [] };
    const state = { version: 1, id: 127, mac: '02:00:00:00:00:01', made, hosts: [], pids: {} };
    execFileSync('sh', ['-c', 'cat >"$1"', 'sh', join(folder, 'state.json')], {
      input: JSON.stringify(state),
    });
    execFileSync('ip', [
      'link',
      'add',
      'wb127',
      'address',
      '02:00:00:00:00:02',
      'type',
      'veth',
      'peer',
      'name',
      'wb127p',
    ]);
    try {
      expect(await stopLab(folder)).toBe(true);
      expect(execFileSync('ip', ['link', 'show', 'wb127'], { encoding: 'utf8' })).toContain(
        '02:00:00:00:00:02',
      );
    } finally {
      execFileSync('ip', ['link', 'delete', 'wb127']);
    }
  });
});
