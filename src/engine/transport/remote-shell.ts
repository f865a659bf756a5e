import { EngineError, UnreachableError } from '../errors.ts';
import { Capture } from './capture.ts';
import { escapeControls } from './escape.ts';
import { DEFAULT_TIMEOUT, requestText, stopText } from './framing.ts';
import type { Shell, ShellInfo, ShellRequest, ShellResult } from './types.ts';
import type { Wire } from './wire.ts';

/** Bytes that stdout and stderr may each have. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;

/** Milliseconds beyond its deadline that a request is waited for, for the host's watchdog to report. */
const GRACE = 10_000;

/** Bytes a millisecond that even a slow link carries: a large request has that much longer. */
const SLOWEST = 50;

/** What a started shell needs to be used. */
export interface StartedShell {
  readonly wire: Wire;
  /** To this shell; differs from the wire's own where shells are nested */
  readonly write: (text: string) => void;
  readonly nonce: string;
  readonly info: ShellInfo;
  /** `ssh root@h1:22`, for messages */
  readonly description: string;
  /** Ends it */
  readonly end: () => void;
}

/** A shell on a host that takes one framed request after another. */
export class RemoteShell implements Shell {
  readonly info: ShellInfo;
  readonly #shell: StartedShell;
  #number = 0;

  constructor(shell: StartedShell) {
    this.#shell = shell;
    this.info = shell.info;
  }

  run(request: ShellRequest): Promise<ShellResult> {
    return this.#shell.wire.exclusive(() => this.#exchange(request));
  }

  close(): void {
    this.#shell.end();
  }

  async #exchange(request: ShellRequest): Promise<ShellResult> {
    const { wire, write, nonce, description } = this.#shell;
    const number = ++this.#number;
    const text = requestText(nonce, number, request);
    const stdout = new Capture(nonce, number, OUTPUT_LIMIT);
    const stderr = new Capture(nonce, number, OUTPUT_LIMIT);
    const seconds = request.timeout ?? DEFAULT_TIMEOUT;
    let timer: NodeJS.Timeout | undefined;
    try {
      await wire.listen<void>(
        (resolve, reject) => {
          timer = setTimeout(
            () => {
              reject(
                lost(description, new Error(`no answer ${GRACE / 1000} s after the request's deadline`)),
              );
              wire.destroy();
            },
            seconds * 1000 + GRACE + text.length / SLOWEST,
          );
          let stopped = false;
          return (from, chunk) => {
            (from === 'stdout' ? stdout : stderr).push(chunk);
            if (stdout.end !== undefined && stderr.end !== undefined) return resolve();
            if (!stopped && (stdout.overflow || stderr.overflow)) {
              stopped = true;
              write(stopText(nonce, number));
            }
          };
        },
        (reason) => lost(description, reason),
        () => write(text),
      );
    } finally {
      clearTimeout(timer);
    }
    if (stdout.overflow || stderr.overflow) {
      throw new EngineError('OUTPUT_LIMIT', `printed more than ${OUTPUT_LIMIT / 1024 / 1024} MiB`);
    }
    if (stdout.end === 'timeout') {
      throw new EngineError('TIMEOUT', `did not end within ${seconds} s, and was killed`);
    }
    if (stdout.end === 'store') {
      const why = escapeControls(stderr.text().trim());
      throw new EngineError('COMMAND_FAILED', `the host could not store the input: ${why}`);
    }
    return { stdout: stdout.text(), stderr: stderr.text(), status: Number(stdout.end) };
  }
}

function lost(description: string, reason: Error): UnreachableError {
  return new UnreachableError('CONNECTION_LOST', `${description}: ${reason.message}`, { cause: reason });
}
