import { spawn } from 'node:child_process';
import { UnreachableError } from '../errors.ts';
import type { ShellStream } from './wire.ts';

/** Milliseconds to wait for output after the shell has ended. */
const LAST_WORDS = 200;

/**
 * Starts a program as a shell stream, in a session of its own: its process group is the shell's alone.
 * @throws UnreachableError CONNECT when it cannot be started
 */
export function spawnStream(argv: readonly string[], description: string): Promise<ShellStream> {
  const [file = '', ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, rest, { stdio: 'pipe', detached: true });
    const closed = new Promise<Error>((settle) => {
      child.once('exit', (status, signal) => {
        const over = () => settle(new Error(`the shell ended (${signal ?? `status ${status}`})`));
        // Its last words first; but what it left running may hold the pipes for ever
        child.once('close', over);
        setTimeout(over, LAST_WORDS).unref();
      });
    });
    child.once('error', (cause) => {
      reject(new UnreachableError('CONNECT', `${description}: ${cause.message}`, { cause }));
    });
    child.once('spawn', () =>
      resolve({
        stdin: child.stdin,
        stdout: child.stdout,
        stderr: child.stderr,
        closed,
        destroy() {
          for (const part of [child.stdin, child.stdout, child.stderr]) part.destroy();
          child.unref();
        },
      }),
    );
  });
}
