import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { requestText, startText } from '../../../src/engine/transport/framing.ts';
import { spawnStream } from '../../../src/engine/transport/process-stream.ts';
import type { Connection, Shell } from '../../../src/engine/transport/types.ts';
import { openShell, runs, SHELLS } from './shells.ts';

const folder = mkdtempSync(join(tmpdir(), 'transport-test.'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Seconds to sleep that no other run of these tests has: to find the process by. */
const unique = (seconds: number): string => `${seconds}.${process.pid}`;

/** Processes that sleep for so long. */
function sleepers(seconds: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1') === `sleep\0${seconds}\0`;
      } catch {
        return false;
      }
    })
    .map(Number);
}

describe.each(SHELLS)('remote shell on $name', ({ argv }) => {
  let connection: Connection;
  let shell: Shell;
  let file: string;
  let counter = 0;
  beforeEach(async () => {
    file = join(folder, `${argv[0]!.split('/').at(-1)}-${++counter}`);
    ({ connection, shell } = await openShell(argv));
  });
  afterEach(() => connection.close());

  test('says who and where it is', () => {
    expect(shell.info).toMatchObject({ uname: expect.stringMatching(/^Linux \d/), uid: process.getuid?.() });
  });

  test('keeps stdout, stderr and status apart', async () => {
    const result = await shell.run({ script: 'printf out; printf err >&2; exit 7' });
    expect(result).toEqual({ stdout: 'out', stderr: 'err', status: 7 });
  });

  test('neither a syntax error, exit, exec nor set -e ends the shell', async () => {
    expect(await shell.run({ script: 'if true; then (' })).toMatchObject({ status: 2, stdout: '' });
    expect(await shell.run({ script: 'exit 9' })).toMatchObject({ status: 9 });
    expect(await shell.run({ script: 'exec false' })).toMatchObject({ status: 1 });
    expect(await shell.run({ script: 'set -eu; false; echo no' })).toMatchObject({ status: 1, stdout: '' });
    expect(await shell.run({ script: 'echo still here' })).toEqual({
      stdout: 'still here\n',
      stderr: '',
      status: 0,
    });
  });

  test('what a request sets is gone with it', async () => {
    await shell.run({ script: 'cd /; X=1; set -- a b; trap "echo bye" EXIT', env: { Y: 'y' } });
    expect((await shell.run({ script: 'echo "$X$Y$#"' })).stdout).toBe('0\n');
  });

  test('a script and its output may be large', async () => {
    const comment = `# ${'x'.repeat(1000)}\n`.repeat(400);
    const result = await shell.run({
      script: `${comment}head -c 3000000 /dev/zero | tr '\\0' y; echo end >&2`,
    });
    expect(result.stdout.length).toBe(3_000_000);
    expect(result.stderr).toBe('end\n');
  });

  test('stdin arrives byte by byte, NUL and all, at any size', async () => {
    const stdin = Buffer.alloc(400_000, Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)));
    expect((await shell.run({ script: `cat >${file}`, stdin })).status).toBe(0);
    expect(readFileSync(file).equals(stdin)).toBe(true);
    expect((await shell.run({ script: 'cat', stdin: '' })).stdout).toBe('');
  });

  test('stdin lies in a private directory, which goes at close', async () => {
    await shell.run({ script: 'true' });
    const script = 'f=$(readlink /proc/self/fd/0); echo "$f"; stat -L -c %a "$f" "${f%/*}"';
    const { stdout } = await shell.run({ script, stdin: 'secret' });
    const [path = '', mode, parent] = stdout.split('\n');
    expect([mode, parent]).toEqual(['600', '700']);
    expect(readFileSync(path, 'utf8')).toBe('');
    connection.close();
    await expect.poll(() => existsSync(path)).toBe(false);
  });

  test('without stdin a request reads nothing, and does not eat the next one', async () => {
    expect(await shell.run({ script: 'cat; read x; echo "$?"' })).toMatchObject({ stdout: '1\n' });
    expect(await shell.run({ script: 'echo next' })).toMatchObject({ stdout: 'next\n' });
  });

  test('the environment is exported verbatim, and names are checked', async () => {
    const value = `a'b"$(id)\n\\ü`;
    expect((await shell.run({ script: 'sh -c \'printf %s "$V"\'', env: { V: value } })).stdout).toBe(value);
    await expect(shell.run({ script: ':', env: { 'A;id': 'x' } })).rejects.toThrow(TypeError);
    expect((await shell.run({ script: 'echo ok' })).stdout).toBe('ok\n');
  });

  test('output over the limit stops the request and leaves the shell', async () => {
    await expect(shell.run({ script: 'yes' })).rejects.toMatchObject({ code: 'OUTPUT_LIMIT' });
    await expect(shell.run({ script: 'yes >&2' })).rejects.toMatchObject({ code: 'OUTPUT_LIMIT' });
    await expect(shell.run({ script: 'head -c 17000000 /dev/zero' })).rejects.toMatchObject({
      code: 'OUTPUT_LIMIT',
    });
    expect((await shell.run({ script: 'echo ok' })).stdout).toBe('ok\n');
  });

  test('at the deadline everything the request started is killed, and nothing else', {
    timeout: 45_000,
  }, async () => {
    await shell.run({ script: `sleep ${unique(61)} </dev/null >/dev/null 2>&1 &` });
    await sleep(30);
    const script = `trap '' TERM HUP INT; sleep ${unique(62)} & (trap '' TERM; sleep ${unique(63)}; echo no)`;
    await expect(shell.run({ script, timeout: 1 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect((await shell.run({ script: 'echo ok' })).stdout).toBe('ok\n');
    expect([...sleepers(unique(62)), ...sleepers(unique(63))]).toEqual([]);
    const [left, ...others] = sleepers(unique(61));
    expect(others).toEqual([]);
    process.kill(left!);
  });

  test('a request that ends in time leaves no clock behind', async () => {
    const seconds = 100_000 + process.pid;
    await shell.run({ script: 'true', timeout: seconds });
    await expect.poll(() => sleepers(`${seconds}`)).toEqual([]);
  });

  describe('when its input ends', () => {
    let lock: string;
    const locked = (): boolean => spawnSync('flock', ['-n', lock, 'true']).status !== 0;
    const shellPid = async (): Promise<number> => Number((await shell.run({ script: 'echo $$' })).stdout);
    beforeEach(async () => {
      lock = `${file}.lock`;
      await shell.run({ script: `exec 9>${lock} && flock -n 9`, inPlace: true });
      expect(locked()).toBe(true);
    });

    test.each([
      ['a plain one', (seconds: string) => `sleep ${seconds}; echo no`],
      [
        'one that ignores signals and has children',
        (seconds: string) => `trap '' TERM HUP; (sleep ${seconds}) & sleep ${seconds}`,
      ],
      ['one that only waits', (seconds: string) => `sleep ${seconds} & wait`],
    ])('a running request is killed, the shell exits and the lock is free: %s', async (_, script) => {
      const seconds = unique(300);
      const pid = await shellPid();
      const pending = shell.run({ script: script(seconds), stdin: 'x', timeout: 600 }).catch(() => {});
      await expect.poll(() => sleepers(seconds).length, { interval: 20 }).toBeGreaterThan(0);
      connection.close();
      await expect.poll(() => runs(pid), { timeout: 2000, interval: 20 }).toBe(false);
      expect(sleepers(seconds)).toEqual([]);
      expect(sleepers('600')).toEqual([]);
      expect(locked()).toBe(false);
      await pending;
    });

    test('a request just sent is killed as well', async () => {
      const seconds = unique(301);
      const pid = await shellPid();
      const pending = shell.run({ script: `sleep ${seconds}`, timeout: 600 }).catch(() => {});
      await nextTurn();
      connection.close();
      await expect.poll(() => runs(pid), { timeout: 2000, interval: 20 }).toBe(false);
      expect(sleepers(seconds)).toEqual([]);
      expect(locked()).toBe(false);
      await pending;
    });

    test('what finished requests left running is spared, even right after the last one', async () => {
      const [early, late] = [unique(302), unique(303)];
      const background = (seconds: string) => `sleep ${seconds} </dev/null >/dev/null 2>&1 &`;
      await shell.run({ script: background(early) });
      const pid = await shellPid();
      await shell.run({ script: background(late) });
      connection.close();
      await expect.poll(() => runs(pid), { timeout: 2000, interval: 20 }).toBe(false);
      const left = [...sleepers(early), ...sleepers(late)];
      for (const each of left) process.kill(each);
      expect(left).toHaveLength(2);
      expect(locked()).toBe(false);
    });

    test('what finished requests left running is spared when a later one is killed', async () => {
      const [daemon, seconds] = [unique(304), unique(305)];
      await shell.run({ script: `sleep ${daemon} </dev/null >/dev/null 2>&1 &` });
      const pid = await shellPid();
      await sleep(30);
      const pending = shell.run({ script: `sleep ${seconds}` }).catch(() => {});
      await expect.poll(() => sleepers(seconds), { interval: 20 }).toHaveLength(1);
      connection.close();
      await expect.poll(() => runs(pid), { timeout: 2000, interval: 20 }).toBe(false);
      const left = sleepers(daemon);
      for (const each of left) process.kill(each);
      expect(left).toHaveLength(1);
      expect(sleepers(seconds)).toEqual([]);
      await pending;
    });

    test('survive: the lock is kept until it has ended', async () => {
      const script = `sleep 0.7; flock -n ${lock} true || echo locked >${file}`;
      const pending = shell.run({ script, survive: true }).catch(() => {});
      await sleep(200);
      connection.close();
      await sleep(200);
      expect(locked()).toBe(true);
      await expect.poll(locked, { timeout: 3000, interval: 20 }).toBe(false);
      expect(readFileSync(file, 'utf8')).toBe('locked\n');
      await pending;
    });

    test('the controller is SIGKILLed', async () => {
      const seconds = unique(306);
      const text = startText('wb1') + requestText('wb1', 1, { script: `sleep ${seconds}`, timeout: 600 });
      const controller = `
        const child = require('node:child_process').spawn(process.argv[1], process.argv.slice(2), { detached: true });
        child.stdin.write(${JSON.stringify(text)});
        console.log(child.pid);
        setInterval(() => {}, 1000);`;
      const child = spawn(process.execPath, ['-e', controller, ...argv], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      const [line] = (await once(child.stdout!, 'data')) as [Buffer];
      const pid = Number(String(line));
      await expect.poll(() => sleepers(seconds), { interval: 20 }).toHaveLength(1);
      child.kill('SIGKILL');
      await expect.poll(() => runs(pid), { timeout: 2000, interval: 20 }).toBe(false);
      expect(sleepers(seconds)).toEqual([]);
    });
  });

  test('what was left running does not get into later output', async () => {
    await shell.run({ script: '{ sleep 0.2; echo late; } &' });
    await sleep(400);
    expect((await shell.run({ script: 'echo ok' })).stdout).toBe('ok\n');
  });

  test('requests are taken one at a time', async () => {
    const scripts = ['sleep 0.2; echo 1', 'echo 2', 'exit 3'];
    const results = await Promise.all(scripts.map((script) => shell.run({ script })));
    expect(results.map(({ stdout, status }) => `${stdout}${status}`)).toEqual(['1\n0', '2\n0', '3']);
  });

  test('descriptor 9 is kept by the shell and closed in requests', async () => {
    await shell.run({ script: `exec 9>${file}; X=kept`, inPlace: true });
    expect((await shell.run({ script: 'echo $X; echo x >&9' })).status).not.toBe(0);
    expect(await shell.run({ script: 'echo $X; echo locked >&9; (exit 5)', inPlace: true })).toMatchObject({
      stdout: 'kept\n',
      status: 5,
    });
    expect(readFileSync(file, 'utf8')).toBe('locked\n');
  });

  test('a request in place has a deadline too', async () => {
    await expect(shell.run({ script: 'sleep 65.5', inPlace: true, timeout: 1 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    expect((await shell.run({ script: 'echo ok' })).stdout).toBe('ok\n');
  });

  test('survive: complete on the host, it runs to its end without the connection', async () => {
    const script = `sleep 0.5; echo out; echo err >&2; readlink /proc/self/fd/0 >${file}`;
    const pending = shell.run({ script, survive: true, stdin: 'in' }).catch((error) => error);
    await sleep(100);
    connection.close();
    await pending;
    await expect.poll(() => existsSync(file), { timeout: 3000 }).toBe(true);
    await expect.poll(() => existsSync(dirname(readFileSync(file, 'utf8')))).toBe(false);
  });

  test('survive: HUP and PIPE are ignored, output and status arrive', async () => {
    const script = "sh -c 'kill -HUP $$; kill -PIPE $$; echo alive'; echo err >&2; exit 3";
    expect(await shell.run({ script, survive: true })).toEqual({
      stdout: 'alive\n',
      stderr: 'err\n',
      status: 3,
    });
  });

  test('a request cut off anywhere never runs', async () => {
    const nonce = 'wb0123';
    const script = `echo ran >${file}\n: it's\necho ran >${file}\n`;
    const text = requestText(nonce, 1, { script, timeout: 5 });
    const cuts = Array.from({ length: 12 }, (_, index) => Math.ceil((text.length * (index + 1)) / 13));
    for (const cut of [...cuts, text.indexOf("'\\'") + 1, text.length - 2]) {
      const stream = await spawnStream(argv, 'test');
      stream.stdin.end(startText(nonce) + text.slice(0, cut));
      await stream.closed;
      expect(existsSync(file), `cut at ${cut} of ${text.length}`).toBe(false);
    }
    const stream = await spawnStream(argv, 'test');
    stream.stdin.write(startText(nonce) + text);
    await expect.poll(() => existsSync(file)).toBe(true);
    stream.stdin.end();
    await stream.closed;
  });

  test('a script that kills the shell loses the connection; the next shell is a new one', async () => {
    await shell.run({ script: 'kill -9 $$; sleep 0.2' }).catch(() => {});
    await expect(shell.run({ script: ':' })).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    const next = await connection.shell();
    expect((await next.run({ script: 'echo ok' })).stdout).toBe('ok\n');
  });
});

describe('what is no usable shell', () => {
  beforeAll(() => expect(SHELLS.length).toBeGreaterThan(0));

  test('a program that says something and exits', async () => {
    const opening = openShell(['/bin/sh', '-c', 'printf "\\033[1mThis account is closed\\n"; exit 1']);
    await expect(opening).rejects.toMatchObject({
      code: 'SHELL_START',
      message: 'test: the shell ended (status 1); it printed: \\e[1mThis account is closed',
    });
  });

  test('a program that does not exist', async () => {
    await expect(openShell(['/nonexistent'])).rejects.toMatchObject({ code: 'CONNECT' });
  });

  test('noise before the shell starts is no harm', async () => {
    const noise = 'echo Welcome; echo to >&2; exec sh';
    const { connection, shell } = await openShell(['/bin/sh', '-c', noise]);
    expect(await shell.run({ script: 'echo ok' })).toEqual({ stdout: 'ok\n', stderr: '', status: 0 });
    connection.close();
  });
});
