import { UnreachableError } from '../errors.ts';
import { Capture } from './capture.ts';
import { escapeControls } from './escape.ts';
import { makeNonce, startText } from './framing.ts';
import type { StartedShell } from './remote-shell.ts';
import type { ShellInfo } from './types.ts';
import type { Wire } from './wire.ts';

/** Bytes of what a host printed that an error shows. */
const PRINTED_LIMIT = 2000;

/** What a host printed while it should have started a shell: first bytes of both streams, in order of arrival. */
export class Printed {
  #text = '';

  push(chunk: Buffer): void {
    if (this.#text.length < PRINTED_LIMIT) this.#text += chunk.toString('utf8').slice(0, PRINTED_LIMIT);
  }

  toString(): string {
    return escapeControls(this.#text.trim());
  }
}

/** @throws UnreachableError SHELL_START, with what the host printed instead */
export async function startShell(
  wire: Wire,
  options: {
    description: string;
    write: (text: string) => void;
    end: () => void;
    /** Milliseconds */
    timeout: number;
    /** Already known from the shell around this one */
    sshConnection?: ShellInfo['sshConnection'];
  },
): Promise<StartedShell> {
  const { description, write } = options;
  const nonce = makeNonce();
  const stdout = new Capture(nonce, 0, PRINTED_LIMIT);
  const stderr = new Capture(nonce, 0, PRINTED_LIMIT);
  const printed = new Printed();
  const failed = (reason: Error) =>
    new UnreachableError('SHELL_START', `${description}: ${reason.message}${said(printed)}`, {
      hint: 'the login must give a POSIX shell: no nologin, ForceCommand or menu',
      cause: reason,
    });
  let timer: NodeJS.Timeout | undefined;
  try {
    await wire.listen<void>(
      (resolve, reject) => {
        timer = setTimeout(
          () => reject(failed(new Error(`no shell within ${options.timeout / 1000} s`))),
          options.timeout,
        );
        return (from, chunk) => {
          printed.push(chunk);
          (from === 'stdout' ? stdout : stderr).push(chunk);
          if (stdout.end !== undefined && stderr.end !== undefined) resolve();
        };
      },
      failed,
      () => write(startText(nonce)),
    );
  } finally {
    clearTimeout(timer);
  }
  const info = parseInfo(stdout.text(), options.sshConnection);
  if (!info) throw failed(new Error('uname and id say nothing usable'));
  return { wire, write, nonce, info, description, end: options.end };
}

/** `: it printed "…"` */
export function said(printed: Printed): string {
  const text = `${printed}`.trimEnd();
  return text === '' ? '' : `; it printed: ${text}`;
}

function parseInfo(text: string, known: ShellInfo['sshConnection']): ShellInfo | undefined {
  const [uname = '', id = '', connection = ''] = text.split('\n');
  const [, uid, user] = /^uid=(\d+)(?:\(([^)]*)\))?/.exec(id) ?? [];
  if (uid === undefined) return undefined;
  return {
    uname: uname.trim(),
    user: user ?? uid,
    uid: Number(uid),
    sshConnection: known ?? parseSshConnection(connection),
  };
}

function parseSshConnection(text: string): ShellInfo['sshConnection'] {
  const [client, clientPort, server, serverPort] = text.trim().split(/\s+/);
  if (!client || !clientPort || !server || !serverPort) return undefined;
  return [client, Number(clientPort), server, Number(serverPort)];
}
