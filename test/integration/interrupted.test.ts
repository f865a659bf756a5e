/** Runs that end before their time: killed, interrupted, unheard, or beside another on the same host. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { useLab } from './lab.ts';
import { bin, type Running, readJson, resultsOf, startProgram, until } from './program.ts';

const PLAYBOOK = `
- hosts: all
  gather_facts: false
  tasks:
    - name: First
      bridge: { name: br1, ipv4: { addresses: [10.9.1.1/24] } }
    - name: Wait
      shell: touch /run/waiting; until [ -e /run/go ]; do sleep 0.1; done
    - name: Last
      bridge: { name: br2, ipv4: { addresses: [10.9.2.1/24] } }
`;

/** Stands before the real ip: what has the words of /run/slow in it waits for /run/go. */
const SLOW_IP = `#!/bin/sh
if [ -e /run/slow ]; then
  case "$*" in *"$(cat /run/slow)"*) : >/run/in-step; until [ -e /run/go ]; do sleep 0.05; done ;; esac
fi
exec /usr/sbin/ip "$@"`;

const BOTH = 'br1 10.9.1.1/24\nbr2 10.9.2.1/24';

describe('a run that ends before its time', () => {
  const lab = useLab('interrupted', { hosts: 2, driver: 'netns', form: 'sshd-only' });
  const bridges = (host: string): Promise<string> =>
    lab.on(host, "ip -br addr show type bridge | awk '{ print $1, $3 }'");
  const exists = (host: string, file: string): Promise<void> =>
    until(() => lab.on(host, `ls ${file} 2>/dev/null || true`).then(Boolean), 20, `${file} on ${host}`);
  const everywhere = (command: string): Promise<unknown> =>
    Promise.all(lab.names.map((host) => lab.on(host, command)));
  let playbook: string;

  beforeEach(async () => {
    playbook = lab.file('play.yml', PLAYBOOK);
    // What a run before left behind ends now, and lets the lock go
    await everywhere(`touch /run/go; ! [ -e /run/wirebook/lock ] || flock -w 15 /run/wirebook/lock true
rm -f /run/go /run/waiting /run/in-step /run/slow
for link in br1 br2; do ! [ -e /sys/class/net/$link ] || ip link del $link; done
mkdir -p /usr/local/sbin; cat >/usr/local/sbin/ip <<'END'
${SLOW_IP}
END
chmod 755 /usr/local/sbin/ip`);
  });

  it('SIGKILL between tasks: what was done stays whole, and the next run does the rest', async () => {
    const { child, ended } = lab.start('run', playbook);
    await everywhereWaiting();
    child.kill('SIGKILL');
    await ended;
    for (const host of lab.names) expect(await bridges(host)).toBe('br1 10.9.1.1/24');
    await everywhere('touch /run/go');
    await lab.on('host1', 'test -e /run/wirebook/lock');
    const next = await lab.json('run', playbook);
    expect(next.wirebook.exit_code).toBe(0);
    expect(outcome(next, 'First')).toEqual({ host1: 'ok', host2: 'ok' });
    expect(outcome(next, 'Last')).toEqual({ host1: 'changed', host2: 'changed' });
  });

  it('SIGKILL during steps: the host runs them to the end, and the next run waits for that', async () => {
    await lab.on('host1', "echo 'link add' >/run/slow; touch /run/waiting");
    await lab.on('host2', 'touch /run/go');
    const { child, ended } = lab.start('run', playbook);
    await exists('host1', '/run/in-step');
    child.kill('SIGKILL');
    await ended;
    expect(await bridges('host1')).toBe('');
    const next = lab.start('run', playbook, '-o', 'json');
    // It is at the lock when it sleeps between two tries
    await until(
      () => lab.on('host1', "pgrep -fx 'sleep 0.1' || true").then(Boolean),
      10,
      'the next run at the lock',
    );
    await lab.on('host1', 'touch /run/go');
    const run = readJson(await next.ended);
    expect(run.wirebook.exit_code).toBe(0);
    expect(outcome(run, 'First')).toMatchObject({ host1: 'ok' });
    for (const host of lab.names) expect(await bridges(host)).toBe(BOTH);
  });

  it('SIGKILL during a long command: the host ends it, and the next run is not LOCKED', async () => {
    const long = lab.file(
      'long.yml',
      PLAYBOOK.replace(/shell: touch.*/, 'command: sleep 300').replace('gather', 'become: true\n  gather'),
    );
    const { child, ended } = lab.start('run', long);
    const sleeping = (host: string): Promise<string> => lab.on(host, 'pgrep -xf "sleep 300" || true');
    for (const host of lab.names) await until(() => sleeping(host).then(Boolean), 20, `sleep on ${host}`);
    child.kill('SIGKILL');
    await ended;
    for (const host of lab.names) {
      await until(() => sleeping(host).then((pid) => pid === ''), 2, `the end of the command on ${host}`);
    }
    await everywhere('touch /run/go');
    const next = await lab.json('run', playbook);
    expect(next.wirebook.exit_code).toBe(0);
    expect(outcome(next, 'Last')).toEqual({ host1: 'changed', host2: 'changed' });
  });

  it('a host that another run is changing is LOCKED, with who does it; the others go on', async () => {
    await lab.on('host1', "echo 'link add' >/run/slow");
    await lab.on('host2', 'touch /run/go');
    const first = lab.start('run', '-l', 'host1', playbook);
    await exists('host1', '/run/in-step');
    const inode = await lab.on('host1', 'stat -c %i /run/wirebook/lock');
    const second = await lab.json('run', playbook);
    expect(second.wirebook.exit_code).toBe(2);
    expect(resultsOf(second, 'First').host1).toMatchObject({
      failed: true,
      error: { code: 'LOCKED', message: expect.stringContaining(`pid ${first.child.pid} (shell `) },
    });
    expect(await bridges('host2')).toBe(BOTH);
    // Reading needs no lock
    expect((await lab.run('check', playbook)).code).toBe(0);
    await lab.on('host1', 'touch /run/go');
    expect((await first.ended).code).toBe(0);
    expect(await bridges('host1')).toBe(BOTH);
    // A lock whose file goes away is none
    expect(await lab.on('host1', 'stat -c %i /run/wirebook/lock')).toBe(inode);
  });

  it('Ctrl-C ends it at the task boundary, and it says what was done', async () => {
    const { child, ended, printed } = lab.start('run', playbook);
    await everywhereWaiting();
    child.kill('SIGINT');
    await printed(/interrupted: ends with/);
    await everywhere('touch /run/go');
    const { code, stdout } = await ended;
    expect(code).toBe(99);
    expect(stdout).toContain('TASK [Wait]');
    expect(stdout).not.toContain('TASK [Last]');
    expect(stdout).toMatch(/^host1 +: ok=2 +changed=2 /m);
    for (const host of lab.names) expect(await bridges(host)).toBe('br1 10.9.1.1/24');
  });

  it('Ctrl-C during steps lets them end', async () => {
    await lab.on('host1', "echo 'addr replace' >/run/slow");
    const { child, ended } = lab.start('run', '-l', 'host1', '-o', 'json', playbook);
    await exists('host1', '/run/in-step');
    child.kill('SIGINT');
    await lab.on('host1', 'touch /run/go');
    const end = await ended;
    expect(end.code).toBe(99);
    const run = readJson(end);
    expect(run.wirebook).toMatchObject({ interrupted: true, exit_code: 99 });
    expect(outcome(run, 'First')).toEqual({ host1: 'changed' });
    expect(run.stats.host1).toMatchObject({ ok: 1, changed: 1 });
    expect(await bridges('host1')).toBe('br1 10.9.1.1/24');
  });

  it('Ctrl-C twice ends it at once', async () => {
    const { child, ended, printed } = lab.start('run', playbook);
    await everywhereWaiting();
    child.kill('SIGINT');
    await printed(/again to end now/);
    const asked = performance.now();
    child.kill('SIGINT');
    expect((await ended).code).toBe(99);
    expect(performance.now() - asked).toBeLessThan(5000);
  });

  describe('on a terminal', () => {
    /** Runs it in a pseudo-terminal, with the terminal's settings before and after. */
    const onTerminal = (...args: string[]): Running => {
      const words = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(' ');
      const settings = (when: string): string => `stty -a >'${join(lab.lab.folder, when)}'`;
      // dash would go with its program at Ctrl-C, bash would not: either is to go on
      const script = `trap : INT; stty cols 80 rows 24; ${settings('before')}; ${words}; echo "exit $?"; ${settings('after')}`;
      return startProgram('script', ['-qec', script, '/dev/null']);
    };
    const settings = (when: string): string => readFileSync(join(lab.lab.folder, when), 'utf8');

    it.each([1, 2])('Ctrl-C %i× leaves it as it was, with a cursor', async (times) => {
      const { child, ended, printed } = onTerminal('run', '-i', lab.lab.inventory, playbook);
      await everywhereWaiting();
      child.stdin!.write('\u0003');
      await printed(/again to end now/);
      if (times === 2) child.stdin!.write('\u0003');
      else await everywhere('touch /run/go');
      const { stdout } = await ended;
      expect(stdout).toContain('exit 99');
      expect(stdout).toContain('\u001b[?25l');
      expect(stdout.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001b[?25l'));
      expect(settings('after')).toBe(settings('before'));
    });

    it('the terminal is closed: it stops at the task boundary', async () => {
      const { child } = onTerminal('run', '-i', lab.lab.inventory, playbook);
      await everywhereWaiting();
      const inside = execFileSync('pgrep', ['-f', `${bin} run -i ${lab.lab.inventory}`], {
        encoding: 'utf8',
      });
      child.kill('SIGKILL');
      await everywhere('touch /run/go');
      for (const pid of inside.trim().split('\n'))
        await until(() => !existsSync(`/proc/${pid}`), 10, 'the end of the program');
      for (const host of lab.names) expect(await bridges(host)).toBe('br1 10.9.1.1/24');
    });

    it('Ctrl-C at the password leaves it as it was', async () => {
      const { child, ended, printed } = onTerminal('run', '-k', '-i', lab.lab.inventory, playbook);
      await printed(/SSH password: /);
      child.stdin!.write('secret\u0003');
      const { stdout } = await ended;
      expect(stdout).toContain('exit 99');
      expect(stdout).not.toContain('secret');
      expect(settings('after')).toBe(settings('before'));
    });
  });

  it('nobody reads its output any more: it stops at the task boundary without a word', async () => {
    await everywhere('touch /run/go');
    const words = [process.execPath, bin, 'run', '-i', lab.lab.inventory, playbook];
    const script = `"$@" | head -n 1; echo "exit \${PIPESTATUS[0]}"`;
    const { ended } = startProgram('bash', ['-c', script, 'bash', ...words]);
    const { stdout, stderr } = await ended;
    expect(stderr).toBe('');
    expect(stdout).toMatch(/exit 99$/m);
    for (const host of lab.names) expect([BOTH, 'br1 10.9.1.1/24']).toContain(await bridges(host));
    const next = await lab.json('run', playbook);
    expect(next.wirebook.exit_code).toBe(0);
  });

  it('lists need no reader either', async () => {
    const words = [process.execPath, bin, 'doc', 'network'];
    const { ended } = startProgram('bash', [
      '-c',
      '"$@" | true; echo "exit ${PIPESTATUS[0]}"',
      'bash',
      ...words,
    ]);
    expect(await ended).toMatchObject({ stdout: 'exit 0\n', stderr: '' });
  });

  const everywhereWaiting = async (): Promise<void> => {
    for (const host of lab.names) await exists(host, '/run/waiting');
  };
});

/** What became of a task on each host. */
function outcome(run: Parameters<typeof resultsOf>[0], task: string): Record<string, string> {
  const words = Object.entries(resultsOf(run, task)).map(([host, { failed, changed }]) => [
    host,
    failed ? 'failed' : changed ? 'changed' : 'ok',
  ]);
  return Object.fromEntries(words) as Record<string, string>;
}
