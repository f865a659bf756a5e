/** Starts the real program, as a user does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { HostStats, TaskResult } from '../../src/engine/run/events.ts';

export const projectRoot = join(import.meta.dirname, '../..');
export const bin = join(projectRoot, 'bin/wirebook.mjs');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Settles when the process has ended and its output is read */
  readonly ended: Promise<Ended>;
  /** Waits until its output so far matches */
  printed(pattern: RegExp, seconds?: number): Promise<void>;
}

const running = new Set<ChildProcess>();

/** Ends what a test that failed left running. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Starts `wirebook`. */
export const start = (args: readonly string[]): Running => startProgram(process.execPath, [bin, ...args]);

/** Starts any program in the project's folder. */
export function startProgram(command: string, args: readonly string[]): Running {
  const child = spawn(command, args, { cwd: projectRoot, stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  child.once('close', () => running.delete(child));
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const printed = async (pattern: RegExp, seconds = 20): Promise<void> => {
    await until(() => pattern.test(stdout + stderr) || child.exitCode !== null, seconds, `${pattern}`);
    if (!pattern.test(stdout + stderr)) throw new Error(`ended without ${pattern}:\n${stdout}${stderr}`);
  };
  return { child, ended, printed };
}

/** Runs `wirebook` to its end. */
export const wirebook = (...args: string[]): Promise<Ended> => start(args).ended;

/** Polls a condition. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  seconds: number,
  what: string,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What `-o json` says of a task on a host. */
export type JsonResult = Partial<Pick<TaskResult, 'diff' | 'pending' | 'steps' | 'error' | 'undecided'>> & {
  readonly changed?: boolean;
  readonly failed?: boolean;
  readonly skipped?: boolean;
  readonly unreachable?: boolean;
  readonly msg?: string;
  readonly action: string;
  readonly [key: string]: unknown;
};

export interface JsonRun {
  readonly plays: readonly {
    readonly play: { readonly name: string };
    readonly tasks: readonly {
      readonly task: { readonly name: string };
      readonly hosts: Readonly<Record<string, JsonResult>>;
    }[];
  }[];
  readonly stats: Readonly<Record<string, Omit<HostStats, 'failed'> & { readonly failures: number }>>;
  readonly wirebook: { readonly check: boolean; readonly exit_code: number; readonly interrupted: boolean };
}

/** Reads `-o json`; an error shows what was printed instead. */
export function readJson({ code, stdout, stderr }: Ended): JsonRun {
  try {
    return JSON.parse(stdout) as JsonRun;
  } catch {
    throw new Error(`no JSON (exit ${code}):\n${stdout}\n${stderr}`);
  }
}

/** Results of a task by host. */
export function resultsOf(run: JsonRun, task: string): Readonly<Record<string, JsonResult>> {
  const found = run.plays.flatMap(({ tasks }) => tasks).find((each) => each.task.name === task);
  if (!found) throw new Error(`no task ${task}: ${JSON.stringify(run)}`);
  return found.hosts;
}
