/** A folder for the labs of the integration tests. Whatever is left in it at the end is taken down. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { stopLab } from '../../src/lab/down.ts';

declare module 'vitest' {
  interface ProvidedContext {
    labs: string;
  }
}

const PREFIX = 'wirebook-integration-';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = join(tmpdir(), `${PREFIX}${process.pid}`);
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(PREFIX) && name.slice(PREFIX.length);
    if (pid && !isAlive(Number(pid))) await removeAll(join(tmpdir(), name));
  }
  mkdirSync(folder);
  project.provide('labs', folder);
  return () => removeAll(folder);
}

async function removeAll(folder: string): Promise<void> {
  for (const name of readdirSync(folder)) await stopLab(join(folder, name));
  rmSync(folder, { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
