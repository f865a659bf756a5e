import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../engine/errors.ts';

/** Where `ip netns` keeps namespaces by name. */
export const NETNS_FOLDER = '/run/netns';

/** A running process, as far as the kernel tells. */
export interface Process {
  pid: number;
  /** Inode of its network namespace; NaN when it is gone, as good as gone, or the kernel's */
  network: number;
  argv: readonly string[];
}

/** Inode of a named network namespace, as in Process. */
export const networkInode = (name: string): number => statSync(join(NETNS_FOLDER, name)).ino;

/**
 * Kills every process that is one of those meant, and waits until there is none.
 * @param what said when they do not end
 */
export async function endProcesses(isMeant: (process: Process) => boolean, what: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const meant = processes().filter(isMeant);
    if (meant.length === 0) return;
    for (const { pid } of meant) kill(pid);
    await sleep(50);
  }
  throw new EngineError('LAB', `${what} do not end`);
}

/** All processes but this one. */
const processes = (): Process[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .map((name) => ({ pid: Number(name), network: networkOf(name), argv: argvOf(name) }));

function networkOf(pid: string): number {
  try {
    return Number(/\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[1]);
  } catch {
    return Number.NaN;
  }
}

function argvOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Ends a process at once. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself
  }
}
