import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTransport } from '../../../src/engine/transport/index.ts';
import type { SshOptions } from '../../../src/engine/transport/options.ts';
import type { Connection } from '../../../src/engine/transport/types.ts';
import { PASSWORD, type Sshd, sshdMissing, startSshd } from './sshd.ts';

const missing = sshdMissing();

/** Jump hosts, proxies, ~/.ssh/config, keyboard-interactive: ways to a host that are not the straight one. */
describe.skipIf(missing)(missing ? `ways of ssh: ${missing}` : 'ways of ssh', () => {
  let sshd: Sshd;
  let jump: Sshd;
  const open: Connection[] = [];

  beforeAll(async () => {
    [sshd, jump] = await Promise.all([
      startSshd(['UsePAM yes', 'PasswordAuthentication no', 'KbdInteractiveAuthentication yes']),
      startSshd(),
    ]);
    // One key opens both, and one file knows both
    writeFileSync(join(jump.folder, 'authorized_keys'), readFileSync(join(sshd.folder, 'id.pub')));
    const known = [sshd, jump].map(({ folder }) => readFileSync(join(folder, 'known_hosts'), 'utf8'));
    writeFileSync(join(sshd.folder, 'known_hosts'), known.join(''));
  });
  afterEach(() => {
    for (const connection of open.splice(0)) connection.close();
  });
  afterAll(() => {
    sshd?.stop();
    jump?.stop();
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
  const logins = (server: Sshd) => server.log().match(/Accepted \S+ for/g)?.length ?? 0;
  const via = () => `root@127.0.0.1:${jump.port}`;

  test('keyboard-interactive answers with the password', async () => {
    const options = { privateKeyFile: undefined, user: 'alice', password: PASSWORD };
    expect(await whoami(options)).toBe('alice');
    const wrong = connect({ ...options, password: 'wrong' });
    await expect(wrong).rejects.toMatchObject({ code: 'AUTH', message: /tried keyboard-interactive/ });
  });

  /** The jump host has nobody left: a connection through it would otherwise be shared. */
  const idle = () =>
    vi.waitFor(() => expect(jump.log().match(/Disconnected from user/g)?.length ?? 0).toBe(logins(jump)));

  describe('jump host', () => {
    beforeEach(idle);

    test('leads to the host', async () => {
      const before = logins(jump);
      const shell = await (await connect({ jump: via() })).shell();
      expect(shell.info.sshConnection?.[3]).toBe(sshd.port);
      await expect.poll(() => logins(jump)).toBe(before + 1);
    });

    test('several in a row', async () => {
      const before = logins(jump);
      expect(await whoami({ jump: `${via()},root@127.0.0.1:${sshd.port}` })).toBe('root');
      await expect.poll(() => logins(jump)).toBe(before + 1);
    });

    test('one connection is shared by 30 hosts, and closed by the last', async () => {
      const before = logins(jump);
      const connections = await Promise.all(Array.from({ length: 30 }, () => connect({ jump: via() })));
      await expect.poll(() => logins(jump)).toBe(before + 1);
      for (const connection of connections) connection.close();
      await idle();
      expect(await whoami({ jump: via() })).toBe('root');
      await expect.poll(() => logins(jump)).toBe(before + 2);
    });

    test('at most 8 handshakes go through it at a time', async () => {
      let begun = 0;
      const silent = createServer((socket) => {
        begun++;
        socket.on('error', () => {}).resume();
      }).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const attempts = Array.from({ length: 12 }, () =>
        connect({ jump: via(), port, timeouts: { handshake: 1500 } }).catch((error: Error) => error.message),
      );
      await vi.waitFor(() => expect(begun).toBeGreaterThanOrEqual(8), { timeout: 5000 });
      await new Promise((resolve) => setTimeout(resolve, 400));
      expect(begun).toBe(8);
      for (const message of await Promise.all(attempts))
        expect(message).toMatch(/no SSH handshake within 1\.5 s/);
      expect(begun).toBe(12);
      silent.close();
    });

    test('refused, unreachable beyond, circular: each says which host', async () => {
      const refused = connect({ jump: '127.0.0.1:1' });
      await expect(refused).rejects.toMatchObject({
        code: 'CONNECT',
        message: /jump host 127\.0\.0\.1.*ECONNREFUSED/,
      });
      const beyond = connect({ jump: via(), port: 1 });
      await expect(beyond).rejects.toMatchObject({
        code: 'CONNECT',
        message: /root@127\.0\.0\.1:1: through 127/,
      });
      await expect(connect({ jump: 'not a host' })).rejects.toThrow('"not a host" is no jump host');
      writeFileSync(join(sshd.folder, 'circle'), 'Host *\n ProxyJump b\n');
      await expect(connect({ sshConfigFile: join(sshd.folder, 'circle') })).rejects.toThrow(/in a circle/);
    });

    test('a host that does not answer TCP costs only the deadline, also beyond the jump host', async () => {
      const deaf = await deafPort();
      try {
        const timeouts = { connect: 400 };
        await expect(connect({ port: deaf.port, timeouts })).rejects.toMatchObject({ code: 'TIMEOUT' });
        const beyond = connect({ jump: via(), port: deaf.port, timeouts });
        await expect(beyond).rejects.toMatchObject({
          code: 'TIMEOUT',
          message: expect.stringContaining('through 127.0.0.1: no TCP connection within 0.4 s'),
        });
      } finally {
        deaf.stop();
      }
    });

    test('the password of the host is not given to the jump host', async () => {
      const password = connect({
        jump: `alice@127.0.0.1:${jump.port}`,
        privateKeyFile: undefined,
        password: PASSWORD,
      });
      await expect(password).rejects.toMatchObject({ code: 'AUTH', message: /^jump host/ });
    });

    test.each<[string, (socket: Socket) => void]>([
      ['ends its side of the stream', (socket) => socket.end()],
      ['was started anew and knows nothing of it', (socket) => socket.resetAndDestroy()],
    ])(
      'a host behind it that %s is lost at once',
      async (_, go) => {
        const relayed: Socket[] = [];
        const relay = createServer({ allowHalfOpen: true }, (socket) => {
          relayed.push(socket.on('error', () => {}));
          const inner = createConnection(sshd.port, '127.0.0.1').on('error', () => {});
          socket.pipe(inner).pipe(socket, { end: false });
        }).listen(0, '127.0.0.1');
        await once(relay, 'listening');
        try {
          const { port } = relay.address() as AddressInfo;
          const connection = await connect({ jump: via(), port, hostKeyChecking: 'off' });
          const shell = await connection.shell();
          const pending = shell.run({ script: 'sleep 30' });
          await new Promise((resolve) => setTimeout(resolve, 300));
          for (const socket of relayed) go(socket.unpipe());
          await expect(pending).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
          await expect(connection.shell()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
        } finally {
          for (const socket of relayed) socket.destroy();
          relay.close();
        }
      },
      10_000,
    );

    test('when it goes, the hosts behind it are lost', async () => {
      const dying = await startSshd();
      try {
        writeFileSync(join(dying.folder, 'authorized_keys'), readFileSync(join(sshd.folder, 'id.pub')));
        const connection = await connect({ jump: `root@127.0.0.1:${dying.port}`, hostKeyChecking: 'off' });
        const shell = await connection.shell();
        const pending = shell.run({ script: 'sleep 20' });
        const children = readFileSync(`/proc/${dying.pid}/task/${dying.pid}/children`, 'utf8')
          .trim()
          .split(' ');
        for (const pid of children) process.kill(Number(pid), 'SIGKILL');
        await expect(pending).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
      } finally {
        dying.stop();
      }
    });
  });

  describe('ProxyCommand', () => {
    const pipe = (target: string) =>
      `node -e 'const s = net.connect(%p, "%h"); process.stdin.pipe(s).pipe(process.stdout)' ${target}`;

    test('leads to the host', async () => {
      expect(await whoami({ proxyCommand: pipe('%r@%n') })).toBe('root');
    });

    test('what it prints is in the error', async () => {
      const failing = connect({ proxyCommand: 'echo no route >&2; exit 1; %h' });
      await expect(failing).rejects.toMatchObject({
        code: 'CONNECT',
        message: /ProxyCommand printed: no route/,
      });
    });

    test('a host name cannot put words into it', async () => {
      const bad = connect({ host: '$(touch /never)', proxyCommand: pipe('%h') });
      await expect(bad).rejects.toThrow('cannot be put into a ProxyCommand');
    });
  });

  describe('~/.ssh/config', () => {
    test('gives name, port, user, key, known_hosts and jump host', async () => {
      const home = join(sshd.folder, 'home');
      mkdirSync(join(home, '.ssh/config.d'), { recursive: true });
      writeFileSync(join(home, '.ssh/config'), 'Include config.d/*\nHost *\n  User nobody\n');
      const jumpConfig = `Host bastion\n HostName 127.0.0.1\n Port ${jump.port}\n User root\n IdentityFile ${sshd.folder}/id\n`;
      writeFileSync(
        join(home, '.ssh/config.d/lab'),
        `Host lab\n HostName 127.0.0.1\n Port ${sshd.port}\n User root\n IdentityFile %d/../id\n ProxyJump bastion\n\n${jumpConfig}`,
      );
      await idle();
      const before = logins(jump);
      const { kind, knownHostsFiles, localUser } = sshd.options();
      const options: SshOptions = { kind, host: 'lab', home, knownHostsFiles, localUser };
      const connection = await createTransport(options).connect();
      open.push(connection);
      expect((await connection.shell()).info.user).toBe('root');
      await expect.poll(() => logins(jump)).toBe(before + 1);
    });

    test('what is said for the host wins', async () => {
      writeFileSync(join(sshd.folder, 'config'), 'Host *\n User nobody\n Port 1\n HostName 192.0.2.1\n');
      const file = join(sshd.folder, 'config');
      await expect(connect({ sshConfigFile: file, timeouts: { connect: 100 } })).rejects.toMatchObject({
        code: expect.stringMatching(/TIMEOUT|CONNECT/),
      });
      writeFileSync(file, 'Host *\n User nobody\n Port 1\n');
      expect(await whoami({ sshConfigFile: file })).toBe('root');
    });
  });
});

/** A port whose owner is stopped and whose queue is full, so that the kernel drops what comes. */
async function deafPort(): Promise<{ port: number; stop: () => void }> {
  const script = `const server = net.createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    console.log(server.address().port);
  })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const port = await new Promise<number>((resolve) =>
    child.stdout.once('data', (text) => resolve(Number(text))),
  );
  child.kill('SIGSTOP');
  const fillers = Array.from({ length: 4 }, () => createConnection(port, '127.0.0.1').on('error', () => {}));
  await new Promise((resolve) => setTimeout(resolve, 100));
  return {
    port,
    stop() {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
    },
  };
}
