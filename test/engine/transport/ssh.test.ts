import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTransport } from '../../../src/engine/transport/index.ts';
import type { SshOptions } from '../../../src/engine/transport/options.ts';
import type { Connection } from '../../../src/engine/transport/types.ts';
import { PASSWORD, type Sshd, sshdMissing, startSshd } from './sshd.ts';

const missing = sshdMissing();

describe.skipIf(missing)(missing ? `ssh: ${missing}` : 'ssh', () => {
  let sshd: Sshd;
  let agent: { socket: string; pid: number };
  const open: Connection[] = [];

  beforeAll(async () => {
    sshd = await startSshd(['KbdInteractiveAuthentication no']);
    const socket = join(sshd.folder, 'agent');
    const { pid } = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    agent = { socket, pid: pid! };
    await vi.waitFor(() => addKey(socket, join(sshd.folder, 'id')));
  });
  afterEach(() => {
    for (const connection of open.splice(0)) connection.close();
  });
  afterAll(() => {
    if (agent) process.kill(agent.pid);
    sshd?.stop();
  });

  const connect = async (changes: Partial<SshOptions> = {}): Promise<Connection> => {
    const connection = await createTransport(sshd.options(changes)).connect();
    open.push(connection);
    return connection;
  };
  const whoami = async (changes: Partial<SshOptions> = {}): Promise<string> => {
    const shell = await (await connect(changes)).shell();
    return (await shell.run({ script: 'id -un' })).stdout.trim();
  };
  const file = (name: string) => join(sshd.folder, name);
  const keyless = { privateKeyFile: undefined };

  test('says who it is and where it comes in', async () => {
    const { info } = await (await connect()).shell();
    expect(info).toMatchObject({ user: 'root', uid: 0 });
    expect(info.sshConnection).toEqual(['127.0.0.1', expect.any(Number), '127.0.0.1', sshd.port]);
  });

  test('the host is not made to sign with all its other keys', async () => {
    const talkative = await startSshd(['LogLevel DEBUG1']);
    try {
      const connection = await createTransport(talkative.options()).connect();
      await (await connection.shell()).run({ script: ':' });
      connection.close();
      await expect.poll(talkative.log).toContain('Disconnected from user root');
      expect(talkative.log()).not.toContain('hostkeys-prove');
    } finally {
      talkative.stop();
    }
  });

  test('one shell for the login user, kept', async () => {
    const connection = await connect();
    const [first, second] = await Promise.all([connection.shell(), connection.shell()]);
    expect(first).toBe(second);
  });

  describe('login', () => {
    test('by agent', async () => {
      expect(await whoami({ ...keyless, agentSocket: agent.socket })).toBe('root');
    });

    test('by a usual key in the home directory', async () => {
      execFileSync('mkdir', ['-p', file('home/.ssh')]);
      copyFileSync(file('id'), file('home/.ssh/id_ed25519'));
      expect(await whoami(keyless)).toBe('root');
      execFileSync('rm', [file('home/.ssh/id_ed25519')]);
    });

    test('by a key with a passphrase', async () => {
      copyFileSync(file('id'), file('locked'));
      execFileSync('chmod', ['600', file('locked')]);
      execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'open sesame', '-f', file('locked')]);
      const privateKeyFile = file('locked');
      expect(await whoami({ privateKeyFile, passphrase: 'open sesame' })).toBe('root');
      await expect(connect({ privateKeyFile, passphrase: 'wrong' })).rejects.toMatchObject({ code: 'AUTH' });
      await expect(connect({ privateKeyFile })).rejects.toThrow(/could not use key .*locked.*passphrase/i);
    });

    test('by an encrypted key that the agent holds, and no other of its keys', async () => {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'x', '-f', file('stranger')]);
      const options = { agentSocket: agent.socket, identitiesOnly: true };
      await expect(connect({ ...options, privateKeyFile: file('stranger') })).rejects.toMatchObject({
        code: 'AUTH',
      });
      copyFileSync(file('id.pub'), file('locked.pub'));
      expect(await whoami({ ...options, privateKeyFile: file('locked') })).toBe('root');
    });

    test('by password', async () => {
      expect(await whoami({ ...keyless, user: 'alice', password: PASSWORD })).toBe('alice');
    });

    test('a refused login says what was tried', async () => {
      const wrong = connect({ ...keyless, user: 'alice', password: 'secret wrong' });
      await expect(wrong).rejects.toMatchObject({
        code: 'AUTH',
        message: expect.stringMatching(/^ssh alice@127\.0\.0\.1:\d+: .*\(tried password\)$/),
      });
      await expect(wrong).rejects.not.toThrow(/secret/);
    });

    test('with nothing to try', async () => {
      await expect(connect(keyless)).rejects.toThrow(/there is no key, agent or password to try/);
    });

    test('an agent that is gone is no obstacle', async () => {
      expect(await whoami({ agentSocket: file('nobody-listens') })).toBe('root');
      const password = { ...keyless, user: 'alice', password: PASSWORD };
      expect(await whoami({ ...password, agentSocket: file('nobody-listens') })).toBe('alice');
    });

    test('a user without a shell', async () => {
      const connection = await connect({ ...keyless, user: 'closed', password: PASSWORD });
      await expect(connection.shell()).rejects.toMatchObject({
        code: 'SHELL_START',
        message: expect.stringContaining('This account is currently not available'),
      });
    });
  });

  describe('host key', () => {
    test('strict: unknown is refused', async () => {
      await expect(connect({ knownHostsFiles: [file('empty')] })).rejects.toMatchObject({ code: 'HOST_KEY' });
    });

    test('the type that is known is the one negotiated', async () => {
      const ecdsa = `[127.0.0.1]:${sshd.port} ${readFileSync(file('host_ecdsa.pub'), 'utf8')}`;
      writeFileSync(file('known_ecdsa'), ecdsa);
      expect(await whoami({ knownHostsFiles: [file('known_ecdsa')] })).toBe('root');
    });

    test('changed is refused, off takes it', async () => {
      writeFileSync(file('known_other'), `[127.0.0.1]:${sshd.port} ${readFileSync(file('id.pub'), 'utf8')}`);
      const knownHostsFiles = [file('known_other')];
      await expect(connect({ knownHostsFiles })).rejects.toMatchObject({
        code: 'HOST_KEY',
        message: expect.stringMatching(/known_other:1 has/),
      });
      expect(await whoami({ knownHostsFiles, hostKeyChecking: 'off' })).toBe('root');
    });

    test('accept-new learns it', async () => {
      const knownHostsFiles = [file('learned')];
      expect(await whoami({ knownHostsFiles, hostKeyChecking: 'accept-new' })).toBe('root');
      expect(await whoami({ knownHostsFiles })).toBe('root');
    });
  });

  describe('deadlines and refusals', () => {
    let silent: Server;
    let silentPort: number;
    beforeAll(async () => {
      silent = createServer(() => {}).listen(0, '127.0.0.1');
      await new Promise((resolve) => silent.once('listening', resolve));
      silentPort = (silent.address() as { port: number }).port;
    });
    afterAll(() => silent.close());

    test('nobody listens', async () => {
      await expect(connect({ port: 1 })).rejects.toMatchObject({ code: 'CONNECT', message: /ECONNREFUSED/ });
    });

    test('a host that says nothing', async () => {
      await expect(connect({ port: silentPort, timeouts: { handshake: 300 } })).rejects.toMatchObject({
        code: 'TIMEOUT',
        message: expect.stringContaining('no SSH handshake within 0.3 s'),
      });
    });

    test('a shell that never comes', async () => {
      const forced = await startSshd(['ForceCommand sleep 77']);
      try {
        const connection = await createTransport(forced.options({ timeouts: { shell: 500 } })).connect();
        await expect(connection.shell()).rejects.toMatchObject({
          code: 'SHELL_START',
          message: expect.stringContaining('no shell within 0.5 s'),
        });
        connection.close();
      } finally {
        forced.stop();
      }
    });
  });

  describe('a connection that goes', () => {
    /** The sshd process that serves a connection. */
    const sessionOf = async (connection: Connection): Promise<number> => {
      const shell = await connection.shell();
      const { stdout } = await shell.run({ script: 'read -r _ _ _ parent _ </proc/$$/stat; echo $parent' });
      return Number(stdout);
    };

    test('killed sshd: the request fails at once, the connection says so, and nothing is left unhandled', async () => {
      const connection = await connect();
      const shell = await connection.shell();
      const session = await sessionOf(connection);
      const pending = shell.run({ script: 'sleep 30', timeout: 30 });
      setTimeout(() => process.kill(session, 'SIGKILL'), 100);
      await expect(pending).rejects.toMatchObject({ name: 'UnreachableError', code: 'CONNECTION_LOST' });
      expect(await connection.lost).toBeInstanceOf(Error);
      await expect(shell.run({ script: ':' })).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
      await expect(connection.shell()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    });

    test('dead link: found out by keepalives', { timeout: 40_000 }, async () => {
      const connection = await connect();
      const shell = await connection.shell();
      const session = await sessionOf(connection);
      process.kill(session, 'SIGSTOP');
      try {
        await expect(shell.run({ script: 'sleep 50' })).rejects.toMatchObject({
          code: 'CONNECTION_LOST',
          message: expect.stringMatching(/keepalive/i),
        });
      } finally {
        process.kill(session, 'SIGKILL');
      }
    });

    test('close is no loss', async () => {
      const connection = await connect();
      await connection.shell();
      connection.close();
      const outcome = await Promise.race([
        connection.lost,
        new Promise((resolve) => setTimeout(resolve, 300, 'quiet')),
      ]);
      expect(outcome).toBe('quiet');
    });
  });

  test('50 at once', async () => {
    const connections = await Promise.all(Array.from({ length: 50 }, () => connect()));
    const outputs = await Promise.all(
      connections.map(async (connection) => (await connection.shell()).run({ script: 'echo ok' })),
    );
    expect(outputs.every(({ stdout }) => stdout === 'ok\n')).toBe(true);
  });
});

function addKey(socket: string, key: string): void {
  execFileSync('ssh-add', ['-q', key], {
    env: { SSH_AUTH_SOCK: socket, PATH: process.env.PATH },
    stdio: 'ignore',
  });
}
