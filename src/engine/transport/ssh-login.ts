import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import { UnreachableError } from '../errors.ts';
import { escapeControls } from './escape.ts';
import { type HostKeyPolicy, judgeHostKey, keyAlgorithms, learnHostKey } from './host-key.ts';
import type { Timeouts } from './options.ts';
import { Login } from './ssh-auth.ts';
import type { SshTarget } from './ssh-target.ts';

/** Milliseconds between keepalives, and how many may stay unanswered. */
const KEEPALIVE = { keepaliveInterval: 5000, keepaliveCountMax: 3 };

/** Milliseconds that a host has to answer the end of the connection. */
const FAREWELL = 500;

/** What both ends have by default, the cheapest first (measured, on both ends); without SHA-1. */
const ALGORITHMS = {
  kex: [
    'ecdh-sha2-nistp256',
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha256',
  ],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
} satisfies ssh2.Algorithms;

/** A client that is logged in. */
export interface LoggedIn {
  readonly client: ssh2.Client;
  /** Settles when the connection is over, with why */
  readonly closed: Promise<Error>;
  readonly hostKey: Buffer | undefined;
  /** What was asked that a second login could not answer */
  readonly asked: string | undefined;
  /** Writes the key down under the name that was dialled. @throws EngineError FILE_READ */
  readonly learn: () => void;
  /** Ends the connection, also one to a host that answers no more */
  readonly close: () => void;
}

/**
 * Speaks SSH over an open socket, up to the end of the login.
 * @throws UnreachableError HOST_KEY, AUTH, TIMEOUT, CONNECT
 */
export function logIn(
  socket: Duplex,
  target: SshTarget,
  options: {
    readonly description: string;
    readonly timeouts: Timeouts;
    readonly password?: string | undefined;
    readonly passphrase?: string | undefined;
    /** The only key that will do */
    readonly pinned?: Buffer | undefined;
    /** What the way there said, such as a ProxyCommand's stderr */
    readonly trouble?: () => string;
  },
): Promise<LoggedIn> {
  const { description, timeouts } = options;
  const policy: HostKeyPolicy = {
    host: target.keyName,
    port: target.port,
    checking: target.checking,
    files: target.knownHostsFiles,
    description,
    pinned: options.pinned,
  };
  const login = new Login(target, options);
  const client = new ssh2.Client();
  let phase: 'handshake' | 'auth' | 'ready' = 'handshake';
  let verdict: UnreachableError | undefined;
  let reason: Error | undefined;
  let hostKey: Buffer | undefined;

  let over!: () => void;
  const closed = new Promise<Error>((resolve) => {
    over = () => {
      resolve(reason ?? new Error('the host closed the connection'));
      socket.destroy();
    };
    client.once('close', over);
    // A channel through a jump host stays half open as long as we do not close it, and its close is answered only when
    // all that was sent is out: neither is waited for
    client.once('end', () => setImmediate(over));
  });

  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout;
    const fail = (error: UnreachableError) => {
      clearTimeout(timer);
      reject(error);
      client.destroy();
      socket.destroy();
    };
    const explain = (cause: Error): UnreachableError => {
      if (verdict) return verdict;
      const said = escapeControls(options.trouble?.().trim() ?? '');
      const what = `${escapeControls(cause.message)}${said === '' ? '' : `; ${said}`}`;
      if (phase === 'handshake') return new UnreachableError('CONNECT', `${description}: ${what}`, { cause });
      return authError(description, what, login.notes, cause);
    };
    const allow = (milliseconds: number, what: string) => {
      clearTimeout(timer);
      timer = setTimeout(
        () =>
          fail(new UnreachableError('TIMEOUT', `${description}: ${what} within ${milliseconds / 1000} s`)),
        milliseconds,
      );
    };

    allow(timeouts.handshake, 'no SSH handshake');
    client.once('handshake', () => {
      if (phase !== 'handshake') return;
      phase = 'auth';
      // After the login sshd offers its other host keys. ssh2 would have it sign with each, for an event nobody here
      // waits for; it leaves that where it does not know the version
      Object.assign(client, { _remoteVer: undefined });
      allow(timeouts.auth, 'no login');
    });
    client.once('ready', () => {
      phase = 'ready';
      clearTimeout(timer);
      const learn = () => hostKey && learnHostKey(policy, hostKey);
      const close = () => {
        client.end();
        // The client's own destroy() does nothing after end(), and the kernel would wait for an answer for minutes
        setTimeout(() => socket.destroy(), FAREWELL).unref();
      };
      resolve({ client, closed, hostKey, asked: login.asked, learn, close });
    });
    client.on('error', (error: Error & { level?: string }) => {
      // The agent failed, not the login: ssh2 goes on to the next attempt
      if (error.level === 'agent') {
        login.notes.push(escapeControls(error.message));
        return;
      }
      reason ??= error;
      if (phase === 'ready') setImmediate(over);
      else fail(explain(error));
    });
    closed.then((why) => {
      if (phase !== 'ready') fail(explain(why));
    });
    client.connect({
      sock: socket,
      username: target.user,
      authHandler: login.next,
      algorithms: { ...ALGORITHMS, serverHostKey: keyAlgorithms(policy) },
      hostVerifier: (key: Buffer) => {
        hostKey = key;
        verdict = judgeHostKey(policy, key);
        return verdict === undefined;
      },
      readyTimeout: 0,
      ...KEEPALIVE,
    });
  });
}

function authError(
  description: string,
  what: string,
  notes: readonly string[],
  cause: Error,
): UnreachableError {
  const tried = notes.length === 0 ? 'there is no key, agent or password to try' : notes.join(', ');
  return new UnreachableError('AUTH', `${description}: ${what} (${tried})`, {
    hint: 'give a key with ansible_ssh_private_key_file, load one into ssh-agent, or give a password with -k',
    cause,
  });
}
