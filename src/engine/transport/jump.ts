import type { Duplex } from 'node:stream';
import { UnreachableError } from '../errors.ts';
import type { SshOptions } from './options.ts';
import type { LoggedIn } from './ssh-login.ts';
import type { SshSocket } from './ssh-socket.ts';

/** Handshakes through one jump host that may be unfinished: sshd drops connections beyond 10 (MaxStartups). */
const UNFINISHED = 8;

/** A connection to a jump host, shared by all who go through it. */
interface Jump {
  readonly login: Promise<LoggedIn>;
  users: number;
  unfinished: number;
  readonly waiting: (() => void)[];
}

/** By the options that make them. */
const jumps = new Map<string, Jump>();

/** What is dialled from a jump host. */
interface Destination {
  readonly host: string;
  readonly port: number;
  readonly description: string;
  /** Milliseconds */
  readonly timeout: number;
}

export type Connect = (options: SshOptions) => Promise<LoggedIn>;

/**
 * Options of the last hop of `jump`, to which the hops before it lead.
 * It has the same keys and checks as the target, but not its password, user or port.
 * @throws UnreachableError CONNECT when the text is no list of hops
 */
export function jumpOptions(target: SshOptions, jump: string): SshOptions {
  const hops = jump.split(',').map((hop) => hop.trim());
  const last = hops.pop() ?? '';
  const match =
    /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(\[[^\]\s]+\]|[^:@\s/[\]]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?::(\d+))?\/?$/.exec(
      last,
    );
  const host = match?.[2]?.replace(/^\[(.*)\]$/, '$1');
  if (host === undefined) throw new UnreachableError('CONNECT', `"${last}" is no jump host: user@host:port`);
  const { password: _, proxyCommand: __, ...shared } = target;
  return {
    ...shared,
    host,
    user: match?.[1],
    port: match?.[3] === undefined ? undefined : Number(match[3]),
    jump: hops.length > 0 ? hops.join(',') : undefined,
  };
}

/**
 * A channel through a jump host to `host`. The first to need the jump host connects to it, the last to leave closes.
 * @returns also `finished`, to be called once, when the handshake through it is over, whatever came of it
 */
export async function openThroughJump(
  options: SshOptions,
  connect: Connect,
  to: Destination,
): Promise<SshSocket & { finished: () => void }> {
  const jump = enter(options, connect);
  try {
    const { client } = await jump.login;
    await slot(jump);
    try {
      const socket = await openChannel(client, options.host, to);
      socket.once('close', () => leave(options, jump));
      return { socket, finished: () => vacate(jump) };
    } catch (error) {
      vacate(jump);
      throw error;
    }
  } catch (error) {
    leave(options, jump);
    throw error;
  }
}

function openChannel(client: LoggedIn['client'], through: string, to: Destination): Promise<Duplex> {
  const description = `${to.description}: through ${through}`;
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error) =>
      reject(new UnreachableError('CONNECT', `${description}: ${cause.message}`, { cause }));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(
        new UnreachableError('TIMEOUT', `${description}: no TCP connection within ${to.timeout / 1000} s`),
      );
    }, to.timeout);
    try {
      client.forwardOut('127.0.0.1', 0, to.host, to.port, (error, channel) => {
        clearTimeout(timer);
        if (error) refuse(error);
        else if (late) channel.close();
        else resolve(channel);
      });
    } catch (error) {
      clearTimeout(timer);
      refuse(error as Error);
    }
  });
}

function enter(options: SshOptions, connect: Connect): Jump {
  const key = JSON.stringify(options);
  let jump = jumps.get(key);
  if (!jump) {
    jump = { login: connect(options), users: 0, unfinished: 0, waiting: [] };
    jumps.set(key, jump);
    const forget = () => jumps.delete(key);
    jump.login.then(({ closed }) => closed.then(forget), forget);
  }
  jump.users++;
  return jump;
}

function leave(options: SshOptions, jump: Jump): void {
  if (--jump.users > 0) return;
  const key = JSON.stringify(options);
  if (jumps.get(key) === jump) jumps.delete(key);
  jump.login.then(
    ({ close }) => close(),
    () => {},
  );
}

async function slot(jump: Jump): Promise<void> {
  if (jump.unfinished >= UNFINISHED) await new Promise<void>((resolve) => jump.waiting.push(resolve));
  else jump.unfinished++;
}

/** Hands the slot to who waits longest. */
function vacate(jump: Jump): void {
  const next = jump.waiting.shift();
  if (next) next();
  else jump.unfinished--;
}
