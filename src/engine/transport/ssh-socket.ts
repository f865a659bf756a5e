import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { UnreachableError } from '../errors.ts';

/** A way to a host's sshd. */
export interface SshSocket {
  readonly socket: Duplex;
  /** What it said when it went wrong */
  readonly trouble?: () => string;
}

/** @throws UnreachableError CONNECT, TIMEOUT */
export function openTcp(
  host: string,
  port: number,
  timeout: number,
  description: string,
): Promise<SshSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new UnreachableError('TIMEOUT', `${description}: no TCP connection within ${timeout / 1000} s`));
    }, timeout);
    const refuse = (cause: Error) => {
      clearTimeout(timer);
      const hint = HINTS[codeOf(cause) ?? ''];
      reject(new UnreachableError('CONNECT', `${description}: ${reasonOf(cause)}`, { hint, cause }));
    };
    socket.once('error', refuse);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', refuse);
      resolve({ socket });
    });
  });
}

/** What to do, by the system's name for what went wrong. */
const HINTS: Readonly<Record<string, string | undefined>> = {
  ECONNREFUSED: 'nothing answers at that port: is sshd running there, and is ansible_port right?',
  EHOSTUNREACH: 'is the host up, and its address right (ansible_host)?',
  ENETUNREACH: 'this machine has no route to that network: is the address right (ansible_host)?',
  ENOTFOUND: 'no name server knows it: set ansible_host to an address',
};

const codeOf = (error: Error): string | undefined =>
  (error instanceof AggregateError
    ? (error.errors[0] as NodeJS.ErrnoException)
    : (error as NodeJS.ErrnoException)
  ).code;

/** Where several addresses were tried, the reasons of all. */
function reasonOf(error: Error): string {
  return error instanceof AggregateError
    ? error.errors.map((each: Error) => each.message).join(', ')
    : error.message;
}

/** The command and what it started. */
function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid);
  } catch {
    // Gone already
  }
}

/** Bytes of a ProxyCommand's stderr that are kept. */
const STDERR_LIMIT = 2000;

/** Runs a ProxyCommand, whose stdin and stdout lead to the host. @throws UnreachableError CONNECT */
export function openProxyCommand(command: string, description: string): Promise<SshSocket> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', `exec ${command}`], { stdio: 'pipe', detached: true });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_LIMIT);
    });
    child.once('error', (cause) => {
      reject(new UnreachableError('CONNECT', `${description}: ProxyCommand: ${cause.message}`, { cause }));
    });
    child.once('spawn', () => {
      const socket = Duplex.from({ readable: child.stdout, writable: child.stdin });
      socket.once('close', () => endGroup(child));
      child.once('exit', () => socket.destroy());
      resolve({ socket, trouble: () => (stderr === '' ? '' : `the ProxyCommand printed: ${stderr}`) });
    });
  });
}
