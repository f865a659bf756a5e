import { EngineError, UnreachableError } from '../errors.ts';
import { makeNonce } from './framing.ts';
import { quoteAll } from './quote.ts';
import { Printed, said } from './start-shell.ts';
import type { Become } from './types.ts';
import type { Wire } from './wire.ts';

/** What becoming another user answers, beside a shell. */
interface Words {
  /** stdout: the other user's shell runs */
  readonly ready: string;
  /** stderr: sudo asks for a password */
  readonly prompt: string;
  /** stderr: sudo, su or doas has ended */
  readonly over: string;
}

/**
 * The command that becomes `user`. The new shell speaks before it reads, so that what is meant for it is never
 * taken for a password. su's command is read by the user's own shell, which may be any.
 */
function becomeArgv(become: Become, words: Words): string[] {
  const shell = `echo ${words.ready}; exec sh`;
  switch (become.method) {
    case 'sudo':
      return ['sudo', '-H', '-S', '-p', words.prompt, '-u', become.user, 'sh', '-c', shell];
    case 'su':
      return ['su', '-s', '/bin/sh', '-c', shell, become.user];
    case 'doas':
      return ['doas', '-u', become.user, 'sh', '-c', shell];
  }
}

/**
 * Has the plain shell behind `write` become another user.
 * @param command how the shell is to run it: what is quoted already, so that it reads what `write` writes from now on
 * @throws EngineError BECOME, BECOME_PASSWORD, BECOME_TTY; UnreachableError SHELL_START, CONNECTION_LOST
 */
export async function becomeUser(
  wire: Wire,
  become: Become,
  options: {
    description: string;
    command: (become: string) => string;
    start: (text: string) => void;
    write: (text: string) => void;
    /** Milliseconds */
    timeout: number;
  },
): Promise<void> {
  const nonce = makeNonce();
  const words: Words = { ready: `${nonce}ready`, prompt: `${nonce}prompt`, over: `${nonce}over` };
  const printed = new Printed();
  const who = `${options.description}: ${become.method} to ${become.user}`;
  const failed = (why: string) => explain(become, who, why, clean(printed, nonce));
  const unusable = (why: string) =>
    new UnreachableError('SHELL_START', `${who} ${why}${clean(printed, nonce)}`);
  let stdout = '';
  let stderr = '';
  let asked = false;
  let timer: NodeJS.Timeout | undefined;

  /** What the output so far means: done, failed, or nothing yet. */
  const judge = (resolve: () => void, reject: (reason: Error) => void) => {
    if (stdout.includes(words.ready)) return resolve();
    if (asksForPassword(become, stderr, words)) {
      if (become.password === undefined)
        return reject(passwordError(who, 'asks for a password and none is given'));
      if (asked) return reject(passwordError(who, 'did not accept the password'));
      asked = true;
      stderr = '';
      options.write(`${become.password}\n`);
    } else if (stderr.includes(words.over)) {
      reject(
        asked && /incorrect password|authentication failure/i.test(stderr)
          ? passwordError(who, 'did not accept the password')
          : failed('failed'),
      );
    }
  };

  try {
    await wire.listen<void>(
      (resolve, reject) => {
        timer = setTimeout(
          () => reject(unusable(`gave no shell within ${options.timeout / 1000} s`)),
          options.timeout,
        );
        return (from, chunk) => {
          printed.push(chunk);
          if (from === 'stdout') stdout += chunk.toString('latin1');
          else stderr += chunk.toString('latin1');
          judge(() => resolve(), reject);
        };
      },
      (reason) => new UnreachableError('CONNECTION_LOST', `${who}: ${reason.message}`, { cause: reason }),
      () => {
        const argv = quoteAll(becomeArgv(become, words));
        const command = options.command(`{ ${argv}; echo ${words.over} >&2; }`);
        options.start(`export LC_ALL=C; ${command}\n`);
      },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** sudo asks with our own word. su has only its own prompt, which ends the line. */
function asksForPassword(become: Become, stderr: string, words: Words): boolean {
  return become.method === 'su' ? /password: ?$/i.test(stderr) : stderr.includes(words.prompt);
}

function passwordError(who: string, what: string): EngineError {
  return new EngineError('BECOME_PASSWORD', `${who} ${what}`, {
    hint: 'give it with -K, ansible_become_password, or a NOPASSWD rule on the host',
  });
}

/** Without our own words. */
const clean = (printed: Printed, nonce: string): string =>
  said(printed).replaceAll(new RegExp(`${nonce}\\w+ ?`, 'g'), '');

function explain(become: Become, who: string, what: string, output: string): EngineError {
  // doas asks for passwords on a terminal only
  const needsTerminal =
    become.method === 'doas' ? /tty|authentication (failed|required)/i : /must have a tty/i;
  if (needsTerminal.test(output)) {
    return new EngineError('BECOME_TTY', `${who} needs a terminal${output}`, {
      hint: 'turn requiretty off for this user in sudoers, or with doas use a nopass rule',
    });
  }
  return new EngineError('BECOME', `${who} ${what}${output}`);
}
