import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../engine/errors.ts';
import type { LabHost } from './plan.ts';

/** Files that the lab puts into a host before it starts, by path without leading slash. */
export type Seed = Record<string, { content: string | Buffer; mode?: number } | { link: string }>;

export const hostFolder = (folder: string, host: LabHost): string => join(folder, 'hosts', host.name);
const logFile = (folder: string, host: LabHost): string => join(hostFolder(folder, host), 'log');

/** Writes a host's seed and makes its mount point. */
export function writeSeed(folder: string, host: LabHost, seed: Seed): void {
  mkdirSync(join(hostFolder(folder, host), 'mnt'), { recursive: true });
  for (const [path, entry] of Object.entries(seed)) {
    const file = join(hostFolder(folder, host), 'seed', path);
    mkdirSync(dirname(file), { recursive: true });
    if ('link' in entry) symlinkSync(entry.link, file);
    else writeFileSync(file, entry.content, { mode: entry.mode ?? 0o644 });
  }
}

export interface HostProcess {
  pid: number;
  /** Settles when the process ends, with how */
  ended: Promise<string>;
}

/** Starts a host's outermost process, which outlives this one; what it prints goes to its log. */
export async function startHost(
  folder: string,
  host: LabHost,
  argv: readonly string[],
): Promise<HostProcess> {
  const [file = '', ...args] = argv;
  const log = openSync(logFile(folder, host), 'a');
  const child = spawn(file, args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  await once(child, 'spawn');
  child.unref();
  const ended = new Promise<string>((resolve) => {
    child.on('exit', (code, signal) => resolve(`exit ${code ?? signal}`));
  });
  return { pid: child.pid!, ended };
}

/**
 * Waits until a host's sshd greets.
 * @param deadline seconds
 * @throws EngineError LAB when the host's process ends or the deadline passes, with the end of its log
 */
export async function sshReady(
  folder: string,
  host: LabHost,
  process: HostProcess,
  deadline: number,
  signal?: AbortSignal,
): Promise<void> {
  let end: string | undefined;
  void process.ended.then((how) => {
    end = how;
  });
  const start = performance.now();
  while (!(await greets(host.address))) {
    signal?.throwIfAborted();
    const seconds = (performance.now() - start) / 1000;
    if (end === undefined && seconds < deadline) {
      await sleep(seconds < 2 ? 20 : 200);
      continue;
    }
    const tail = readFileSync(logFile(folder, host), 'utf8').trimEnd().split('\n').slice(-10).join('\n');
    const what =
      end === undefined ? `has no sshd after ${deadline} s` : `ended before its sshd was up (${end})`;
    throw new EngineError('LAB', `${host.name} ${what}; the end of its log:\n${tail}`);
  }
}

/** Whether an SSH server greets at an address within 5 s. */
export function greets(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port: 22 });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    // A lost SYN is sent again only after a second: try anew long before
    socket.setTimeout(200, () => settle(false));
    socket.once('connect', () => socket.setTimeout(5000));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
    socket.once('data', (data) => settle(data.toString().startsWith('SSH-')));
  });
}
