import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTransport } from '../../../src/engine/transport/index.ts';
import type { SshOptions } from '../../../src/engine/transport/options.ts';
import type { Become, Connection } from '../../../src/engine/transport/types.ts';
import { runs } from './shells.ts';
import { PASSWORD, type Sshd, sshdMissing, startSshd } from './sshd.ts';

const missing = sshdMissing();
const open: Connection[] = [];
const connect = async (sshd: Sshd, changes: Partial<SshOptions> = {}): Promise<Connection> => {
  const connection = await createTransport(sshd.options({ user: 'alice', ...changes })).connect();
  open.push(connection);
  return connection;
};
const sudo = (password?: string): Become => ({ method: 'sudo', user: 'root', password });

afterEach(() => {
  for (const connection of open.splice(0)) connection.close();
});

describe('a sudo that is not what it seems', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'transport-sudo.'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const becomeWith = async (sudoScript: string): Promise<unknown> => {
    writeFileSync(join(folder, 'sudo'), `#!/bin/sh\n${sudoScript}\n`, { mode: 0o755 });
    const argv = ['env', `PATH=${folder}:/usr/bin:/bin`, 'sh'];
    const connection = await createTransport({ kind: 'command', argv, timeouts: { shell: 500 } }).connect();
    open.push(connection);
    return connection.shell(sudo('secret'));
  };

  test('asks something else: unreachable, with what it said, and it does not get the password', async () => {
    const answer = join(folder, 'answer');
    const failing = becomeWith(`printf '\\033[1mOne-time code: ' >&2; head -c 6 >${answer}`);
    await expect(failing).rejects.toMatchObject({
      name: 'UnreachableError',
      code: 'SHELL_START',
      message: expect.stringMatching(/gave no shell within 0\.5 s; it printed: \\e\[1mOne-time code:$/),
    });
    expect(readFileSync(answer, 'utf8')).toBe('');
  });

  test('is not there', async () => {
    await expect(becomeWith('exec nosuchprogram')).rejects.toMatchObject({
      code: 'BECOME',
      message: /not found/,
    });
  });

  test('takes the whole shell down', async () => {
    await expect(becomeWith('kill -9 $PPID')).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });
});

describe.skipIf(missing)(missing ? `become: ${missing}` : 'become', () => {
  let sshd: Sshd;
  let free: Sshd;
  let pty: Sshd;
  let single: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
    free = await startSshd([], 'ALL=(ALL) NOPASSWD: ALL');
    pty = await startSshd([], 'ALL=(ALL) NOPASSWD: ALL\nDefaults use_pty');
    single = await startSshd(['MaxSessions 1']);
  });
  afterAll(() => {
    for (const each of [sshd, free, pty, single]) each?.stop();
  });

  test('sudo with a password: the other user, its home, and still SSH_CONNECTION', async () => {
    const connection = await connect(sshd);
    const root = await connection.shell(sudo(PASSWORD));
    expect(root.info).toMatchObject({ user: 'root', uid: 0 });
    expect(root.info.sshConnection).toEqual((await connection.shell()).info.sshConnection);
    expect((await root.run({ script: 'id -u; echo $HOME' })).stdout).toBe('0\n/root\n');
    expect((await (await connection.shell()).run({ script: 'id -un' })).stdout).toBe('alice\n');
    expect(await connection.shell(sudo(PASSWORD))).toBe(root);
  });

  test('a request of the other user works in full', async () => {
    const root = await (await connect(free)).shell(sudo());
    expect(await root.run({ script: 'cat; exit 3', stdin: 'a\0b' })).toEqual({
      stdout: 'a\0b',
      stderr: '',
      status: 3,
    });
    await expect(root.run({ script: "trap '' TERM; sleep 66.6", timeout: 1 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    expect((await root.run({ script: 'echo ok' })).stdout).toBe('ok\n');
  });

  test('a password that is given but not asked for is never read as a command', async () => {
    const root = await (await connect(free)).shell(sudo('touch /never'));
    expect((await root.run({ script: 'ls /never' })).status).not.toBe(0);
  });

  test.each([
    ['wrong', 'not it', 'did not accept the password'],
    ['missing', undefined, 'asks for a password and none is given'],
  ])('sudo with a %s password', async (_, password, what) => {
    const connection = await connect(sshd);
    const shell = connection.shell(sudo(password));
    await expect(shell).rejects.toMatchObject({
      code: 'BECOME_PASSWORD',
      message: expect.stringContaining(what),
    });
    await expect(shell).rejects.not.toThrow(/not it/);
    expect((await connection.shell(sudo(PASSWORD))).info.uid).toBe(0);
  });

  test.each([
    ['sudo', () => free],
    ['sudo with a terminal of its own', () => pty],
    ['sudo inside the login shell', () => single],
  ])('a request is killed when the connection ends, and the shells exit: %s', async (_, host) => {
    const seconds = `307.${process.pid}`;
    const connection = await connect(host());
    const shells = [await connection.shell(), await connection.shell(sudo(PASSWORD))];
    const pids = [];
    for (const shell of shells) pids.push((await shell.run({ script: 'echo $$' })).stdout.trim());
    const pending = shells[1]!.run({ script: `sleep ${seconds} & echo $! >&2; wait` }).catch(() => {});
    const sleepers = () => spawnSync('pgrep', ['-xf', `sleep ${seconds}`], { encoding: 'utf8' }).stdout;
    await expect.poll(sleepers, { interval: 20 }).not.toBe('');
    connection.close();
    for (const pid of pids) {
      await expect.poll(() => runs(Number(pid)), { timeout: 2000, interval: 20 }).toBe(false);
    }
    expect(sleepers()).toBe('');
    await pending;
  });

  test('sudo that may not', async () => {
    const shell = (await connect(sshd)).shell({ method: 'sudo', user: 'nosuchuser', password: PASSWORD });
    await expect(shell).rejects.toMatchObject({
      code: 'BECOME',
      message: expect.stringMatching(/: sudo to nosuchuser failed; it printed: .*unknown user/s),
    });
  });

  test('requiretty', async () => {
    const strict = await startSshd([], 'ALL=(ALL) ALL\nDefaults requiretty');
    try {
      const shell = (await connect(strict)).shell(sudo(PASSWORD));
      await expect(shell).rejects.toMatchObject({
        code: 'BECOME_TTY',
        hint: expect.stringContaining('requiretty'),
      });
    } finally {
      strict.stop();
    }
  });

  test('su with and without a password', async () => {
    const connection = await connect(sshd);
    const root = await connection.shell({ method: 'su', user: 'root', password: PASSWORD });
    expect((await root.run({ script: 'id -un' })).stdout).toBe('root\n');
    const asRoot = await connect(sshd, { user: 'root' });
    const closed = await asRoot.shell({ method: 'su', user: 'closed' });
    expect(closed.info.user).toBe('closed');
    await expect((await connect(sshd)).shell({ method: 'su', user: 'root' })).rejects.toMatchObject({
      code: 'BECOME_PASSWORD',
    });
    await expect(
      (await connect(sshd)).shell({ method: 'su', user: 'root', password: 'wrong' }),
    ).rejects.toMatchObject({ code: 'BECOME_PASSWORD' });
  });

  test.skipIf(!existsSync('/usr/bin/doas'))(
    'doas: nopass works, a password would need a terminal',
    async () => {
      const connection = await connect(sshd);
      expect((await connection.shell({ method: 'doas', user: 'closed' })).info.user).toBe('closed');
      const root = connection.shell({ method: 'doas', user: 'root', password: PASSWORD });
      await expect(root).rejects.toMatchObject({ code: 'BECOME_TTY' });
      await expect(connection.shell({ method: 'doas', user: 'nobody' })).rejects.toMatchObject({
        code: 'BECOME',
      });
    },
  );

  describe('where sshd allows one channel', () => {
    test('the other shell starts inside the first; both stay', async () => {
      const connection = await connect(single);
      const login = await connection.shell();
      const root = await connection.shell(sudo(PASSWORD));
      expect(root.info).toMatchObject({ user: 'root', uid: 0, sshConnection: login.info.sshConnection });
      await root.run({ script: 'exec 9>/dev/null; X=kept', inPlace: true });
      expect((await login.run({ script: 'id -un' })).stdout).toBe('alice\n');
      expect((await root.run({ script: 'echo $X', inPlace: true })).stdout).toBe('kept\n');
      const both = await Promise.all(
        [login, root].map((shell) => shell.run({ script: 'sleep 0.1; id -un' })),
      );
      expect(both.map(({ stdout }) => stdout)).toEqual(['alice\n', 'root\n']);
      const large = `# ${'x'.repeat(300_000)}\nid -un; cat >&2`;
      expect(await root.run({ script: large, stdin: "it's" })).toEqual({
        stdout: 'root\n',
        stderr: "it's",
        status: 0,
      });
      await expect(root.run({ script: 'sleep 67.7', timeout: 1 })).rejects.toMatchObject({ code: 'TIMEOUT' });
      await expect(login.run({ script: 'sleep 67.8', timeout: 1 })).rejects.toMatchObject({
        code: 'TIMEOUT',
      });
      await expect(root.run({ script: 'yes' })).rejects.toMatchObject({ code: 'OUTPUT_LIMIT' });
      expect((await root.run({ script: 'id -un' })).stdout).toBe('root\n');
      const shells = await Promise.all([login, root].map((shell) => shell.run({ script: 'echo $' })));
      connection.close();
      for (const { stdout } of shells)
        await expect.poll(() => existsSync(`/proc/${stdout.trim()}`)).toBe(false);
    });

    test('without a login shell before', async () => {
      const connection = await connect(single);
      expect((await connection.shell(sudo(PASSWORD))).info.uid).toBe(0);
      expect((await connection.shell()).info.user).toBe('alice');
    });

    test('a wrong password leaves the login shell as it was', async () => {
      const connection = await connect(single);
      const login = await connection.shell();
      await expect(connection.shell(sudo('wrong'))).rejects.toMatchObject({ code: 'BECOME_PASSWORD' });
      expect((await login.run({ script: 'id -un' })).stdout).toBe('alice\n');
      expect((await connection.shell(sudo(PASSWORD))).info.uid).toBe(0);
    });
  });
});
