import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Reach, sshArguments } from '../../src/lab/access.ts';
import { stopLab } from '../../src/lab/down.ts';
import type { LabHost } from '../../src/lab/plan.ts';
import { type Lab, type LabOptions, startLab } from '../../src/lab/up.ts';

export const isRoot = process.getuid?.() === 0;

interface TestLab {
  folder: string;
  /** A host by its number, from 1 */
  host(number: number): LabHost;
  /** Runs a command on a host */
  ssh(number: number, command: string, reach?: Reach): string;
}

/** A lab for the tests of one block. */
export function labOf(options: Omit<LabOptions, 'folder'>): TestLab {
  const folder = join(tmpdir(), `wirebook-lab-${randomUUID()}`);
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ ...options, folder });
  }, 600_000);
  afterAll(async () => {
    await stopLab(folder);
    rmSync(folder, { recursive: true, force: true });
  });
  const host = (number: number) => lab.hosts[number - 1]!;
  const ssh = (number: number, command: string, reach?: Reach) =>
    execFileSync('timeout', ['60', 'ssh', ...sshArguments(folder, host(number), reach), command], {
      encoding: 'utf8',
    });
  return { folder, host, ssh };
}
