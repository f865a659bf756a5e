import type { ClientChannel } from 'ssh2';
import { UnreachableError } from '../errors.ts';
import { jumpOptions, openThroughJump } from './jump.ts';
import type { SshOptions, Timeouts } from './options.ts';
import { ShellPool } from './shell-pool.ts';
import { type LoggedIn, logIn } from './ssh-login.ts';
import { openProxyCommand, openTcp, type SshSocket } from './ssh-socket.ts';
import { resolveTarget, type SshTarget } from './ssh-target.ts';
import type { Connection, Dial } from './types.ts';
import type { ShellStream } from './wire.ts';

/** @throws UnreachableError CONNECT, HOST_KEY, AUTH, TIMEOUT; EngineError FILE_READ */
export async function connectSsh(
  options: SshOptions,
  description: string,
  timeouts: Timeouts,
  dial: Dial = {},
): Promise<Connection> {
  const name = dial.address === undefined ? description : `${description} at ${dial.address}`;
  const connect = Math.min(timeouts.connect, dial.timeout ?? timeouts.connect);
  const { client, closed, hostKey, asked, learn, close } = await logInto(
    options,
    name,
    { ...timeouts, connect },
    [],
    dial,
  );
  return new ShellPool({
    description: name,
    shellTimeout: timeouts.shell,
    lost: closed,
    hostKey,
    asked,
    learn,
    open: () => openChannel(client, closed, name),
    close,
  });
}

async function logInto(
  options: SshOptions,
  description: string,
  timeouts: Timeouts,
  /** Options of the hops that this is the way to: the farthest first */
  behind: readonly string[],
  dial: Dial = {},
): Promise<LoggedIn> {
  const target = await resolveTarget(options, dial.address);
  const way = await openWay(options, target, description, timeouts, behind);
  try {
    return await logIn(way.socket, target, {
      ...options,
      ...way,
      description,
      timeouts,
      pinned: dial.hostKey,
    });
  } finally {
    way.finished?.();
  }
}

async function openWay(
  options: SshOptions,
  target: SshTarget,
  description: string,
  timeouts: Timeouts,
  behind: readonly string[],
): Promise<SshSocket & { finished?: () => void }> {
  const { hostname: host, port } = target;
  if (target.proxyCommand !== undefined) return openProxyCommand(target.proxyCommand, description);
  if (target.jump === undefined) return openTcp(host, port, timeouts.connect, description);
  const hop = jumpOptions(options, target.jump);
  const key = JSON.stringify(hop);
  if (behind.includes(key))
    throw new UnreachableError('CONNECT', `${description}: the jump hosts lead in a circle`);
  const connect = (each: SshOptions) => logInto(each, `jump host ${each.host}`, timeouts, [...behind, key]);
  return openThroughJump(hop, connect, { host, port, description, timeout: timeouts.connect });
}

/** A shell of the login user. @returns undefined when sshd allows no more channels on the connection */
function openChannel(
  client: LoggedIn['client'],
  lost: Promise<Error>,
  description: string,
): Promise<ShellStream | undefined> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error) =>
      reject(new UnreachableError('CONNECTION_LOST', `${description}: ${cause.message}`, { cause }));
    let open = false;
    lost.then((reason) => open || refuse(reason));
    try {
      // The one string that every login shell reads alike
      client.exec('exec sh', (error: (Error & { reason?: unknown }) | undefined, channel) => {
        open = true;
        if (!error) resolve(shellStream(channel, lost));
        else if (error.reason !== undefined) resolve(undefined);
        else refuse(error);
      });
    } catch (error) {
      refuse(error as Error);
    }
  });
}

function shellStream(channel: ClientChannel, lost: Promise<Error>): ShellStream {
  let ended = 'the shell ended';
  channel.once('exit', (status: number | null, signal?: string) => {
    ended = `the shell ended (${signal ?? `status ${status}`})`;
  });
  const closed = new Promise<Error>((resolve) => {
    lost.then(resolve);
    // A lost connection closes its channels as well, and says why a moment later
    channel.once('close', () => setImmediate(() => resolve(new Error(ended))));
  });
  return { stdin: channel, stdout: channel, stderr: channel.stderr, closed, destroy: () => channel.close() };
}
