import { readFileSync, statSync } from 'node:fs';
import type { AnyAuthMethod, AuthHandlerMiddleware, ParsedKey } from 'ssh2';
import ssh2 from 'ssh2';
import { escapeControls } from './escape.ts';
import { knownAgent } from './ssh-agent.ts';
import type { SshTarget } from './ssh-target.ts';

/** Prompts that ask for a password which is good once: OPIE, S/KEY, OATH, RSA SecurID. */
const ONE_TIME = /one[- ]time|\botp|\btoken|passcode|\boath/i;

/** A way to log in, tried in turn. */
interface Attempt {
  /** For messages: `key ~/.ssh/id_ed25519` */
  readonly name: string;
  /** What the server calls it */
  readonly method: 'publickey' | 'password' | 'keyboard-interactive';
  readonly auth: AnyAuthMethod;
}

/** The login of one connection. */
export class Login {
  /** What was tried, and what could not be, for messages */
  readonly notes: string[] = [];
  /** The prompt of a one-time code: asking for anything but a password */
  asked: string | undefined;
  readonly #attempts: Attempt[];

  constructor(
    target: SshTarget,
    secrets: { password?: string | undefined; passphrase?: string | undefined },
  ) {
    const username = target.user;
    const keys: Attempt[] = [];
    const wanted: Buffer[] = [];
    for (const file of target.identityFiles) {
      const key = this.#readKey(file, secrets.passphrase, target.identitiesGiven);
      if (key === undefined) continue;
      wanted.push(key.getPublicSSH());
      if (key.isPrivateKey()) {
        keys.push({ name: `key ${file}`, method: 'publickey', auth: { type: 'publickey', username, key } });
      }
    }
    const agent: Attempt[] = [];
    if (target.agentSocket !== undefined) {
      const only = target.identitiesOnly ? wanted : undefined;
      const auth: AnyAuthMethod = { type: 'agent', username, agent: knownAgent(target.agentSocket, only) };
      agent.push({ name: 'agent', method: 'publickey', auth });
    }
    const passwords: Attempt[] = [];
    const { password } = secrets;
    if (password !== undefined) {
      passwords.push({
        name: 'password',
        method: 'password',
        auth: { type: 'password', username, password },
      });
      passwords.push({
        name: 'keyboard-interactive',
        method: 'keyboard-interactive',
        auth: {
          type: 'keyboard-interactive',
          username,
          // The password answers what is not shown; nothing else can be answered unattended
          prompt: (_name, _instructions, _language, prompts, finish) => {
            const code = prompts.find(
              ({ prompt }) => !/pass(?:word|phrase)/i.test(prompt) || ONE_TIME.test(prompt),
            );
            if (code) this.asked ??= escapeControls(code.prompt.trim());
            finish(prompts.map(({ echo }) => (echo ? '' : password)));
          },
        },
      });
    }
    this.#attempts = target.identitiesGiven
      ? [...keys, ...agent, ...passwords]
      : [...agent, ...keys, ...passwords];
  }

  /** For ssh2: the next attempt that the server would take. */
  readonly next: AuthHandlerMiddleware = (accepted, _partial, next) => {
    for (let attempt = this.#attempts.shift(); attempt; attempt = this.#attempts.shift()) {
      if (accepted && !(accepted as string[]).includes(attempt.method)) continue;
      this.notes.push(`tried ${attempt.name}`);
      return next(attempt.auth);
    }
    return next(false as unknown as AnyAuthMethod);
  };

  /** The private key, or, where that is encrypted, the public one beside it for the agent to be asked for. */
  #readKey(file: string, passphrase: string | undefined, given: boolean): ParsedKey | undefined {
    try {
      return readKeyFile(file, passphrase);
    } catch (error) {
      if (given || (error as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.notes.push(`could not use key ${file}: ${(error as Error).message}`);
      }
    }
    try {
      return readKeyFile(`${file}.pub`, undefined);
    } catch {
      return undefined;
    }
  }
}

/** Keys as they were read: a fleet shares one, and opening an encrypted one takes long. */
const cache = new Map<string, { stamp: string; key: ParsedKey }>();

function readKeyFile(file: string, passphrase: string | undefined): ParsedKey {
  const stat = statSync(file);
  const stamp = `${stat.mtimeMs} ${stat.size} ${stat.ino} ${passphrase ?? ''}`;
  const known = cache.get(file);
  if (known?.stamp === stamp) return known.key;
  const parsed = ssh2.utils.parseKey(readFileSync(file), passphrase);
  if (parsed instanceof Error) throw parsed;
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined) throw new Error('no key in the file');
  cache.set(file, { stamp, key });
  return key;
}
