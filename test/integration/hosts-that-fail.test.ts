/** One run over hosts that break in every way while it lasts: each is told apart, and none costs the others a thing. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayAddress, hostNamespace, labName, mgmtPort } from '../../src/lab/plan.ts';
import { readState } from '../../src/lab/state.ts';
import { useLab } from './lab.ts';
import { type JsonRun, readJson, resultsOf, until } from './program.ts';

const PLAYBOOK = `
- hosts: all
  gather_facts: false
  tasks:
    - name: First
      bridge: { name: br1, ipv4: { addresses: [10.9.1.1/24] } }
    - name: Wait
      shell: touch /run/waiting; until [ -e /run/go ]; do sleep 0.1; done
      timeout: "{{ patience | default(90) }}"
    - name: Last
      bridge: { name: br2, ipv4: { addresses: [10.9.2.1/24] } }
`;

const isRoot = process.getuid?.() === 0;

describe('hosts that fail in mid-run', () => {
  const lab = useLab('failures', { hosts: 8, driver: 'netns', form: 'sshd-only' });
  const mute: Socket[] = [];
  let silent: Server;
  let run: JsonRun;
  let playbook: string;
  const bridges = (host: string): Promise<string> =>
    lab.on(host, "ip -br addr show type bridge | awk '{ print $1, $3 }'");

  beforeAll(async () => {
    if (!isRoot) return;
    silent = createServer((socket) => mute.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { id, hosts } = readState(lab.lab.folder)!;
    const port = (silent.address() as { port: number }).port;
    const firstKey = readFileSync(lab.lab.knownHosts, 'utf8').split('\n')[0]!;
    lab.file('wrong_known_hosts', firstKey.replace(/^\S+/, hosts[3]!.address));
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(lab.lab.folder, 'other_key')]);
    lab.file(
      'broken.yml',
      JSON.stringify({
        kvm: {
          hosts: {
            host4: { ansible_ssh_known_hosts_file: join(lab.lab.folder, 'wrong_known_hosts') },
            host5: { ansible_ssh_private_key_file: join(lab.lab.folder, 'other_key') },
            host6: { patience: 3 },
            nowhere: { ansible_host: gatewayAddress(id).replace(/\d+$/, '250'), ansible_timeout: 2 },
            silent: { ansible_host: '127.0.0.1', ansible_port: port, ansible_timeout: 2 },
          },
        },
      }),
    );
    await lab.on('host8', 'touch /run/go; ip link add br2 type veth');
    playbook = lab.file('play.yml', PLAYBOOK);

    const running = lab.start('run', '-i', join(lab.lab.folder, 'broken.yml'), playbook, '-o', 'json');
    for (const host of ['host1', 'host2', 'host3', 'host7']) {
      await until(
        () => lab.on(host, 'ls /run/waiting || true').then(Boolean),
        20,
        `${host} in its second task`,
      );
    }
    // Its session ends; the host itself, which is PID 1 of its namespace, does not
    await lab.on('host2', 'pkill -KILL -x sshd').catch(() => undefined);
    // The cable is cut
    execFileSync('ip', ['-n', labName(id), 'link', 'set', mgmtPort(hosts[2]!), 'down']);
    // The host crashes
    const inside = execFileSync('ip', ['netns', 'pids', hostNamespace(id, hosts[6]!)], { encoding: 'utf8' });
    execFileSync('sh', ['-c', 'kill -9 "$@" || true', 'sh', ...inside.trim().split('\n')]);
    await lab.on('host1', 'touch /run/go');
    run = readJson(await running.ended);
    execFileSync('ip', ['-n', labName(id), 'link', 'set', mgmtPort(hosts[2]!), 'up']);
  }, 120_000);
  afterAll(() => {
    for (const socket of mute) socket.destroy();
    silent?.close();
  });

  it('says of each what became of it', () => {
    const told = Object.fromEntries(
      ['First', 'Wait', 'Last'].map((task) => [
        task,
        Object.fromEntries(
          Object.entries(resultsOf(run, task)).map(([host, { unreachable, failed, changed, error }]) => [
            host,
            unreachable || failed
              ? `${unreachable ? 'unreachable' : 'failed'} ${error?.code}`
              : changed
                ? 'changed'
                : 'ok',
          ]),
        ),
      ]),
    );
    expect(told).toEqual({
      First: {
        host1: 'changed',
        host2: 'changed',
        host3: 'changed',
        host4: 'unreachable HOST_KEY',
        host5: 'unreachable AUTH',
        host6: 'changed',
        host7: 'changed',
        host8: 'changed',
        nowhere: expect.stringMatching(/^unreachable (CONNECT|TIMEOUT)$/),
        silent: 'unreachable TIMEOUT',
      },
      Wait: {
        host1: 'changed',
        host2: 'unreachable CONNECTION_LOST',
        host3: 'unreachable CONNECTION_LOST',
        host6: 'failed TIMEOUT',
        host7: 'unreachable CONNECTION_LOST',
        host8: 'changed',
      },
      Last: { host1: 'changed', host8: expect.stringMatching(/^failed /) },
    });
  });

  it('counts each in the recap, and exits with 4', () => {
    const counts = Object.fromEntries(
      Object.entries(run.stats).map(([host, { ok, changed, unreachable, failures }]) => [
        host,
        [ok, changed, unreachable, failures],
      ]),
    );
    expect(counts).toEqual({
      host1: [3, 3, 0, 0],
      host2: [1, 1, 1, 0],
      host3: [1, 1, 1, 0],
      host4: [0, 0, 1, 0],
      host5: [0, 0, 1, 0],
      host6: [1, 1, 0, 1],
      host7: [1, 1, 1, 0],
      host8: [2, 2, 0, 1],
      nowhere: [0, 0, 1, 0],
      silent: [0, 0, 1, 0],
    });
    expect(run.wirebook).toMatchObject({ exit_code: 4, interrupted: false });
  });

  it('leaves no half-done task on those that are there', async () => {
    expect(await bridges('host1')).toBe('br1 10.9.1.1/24\nbr2 10.9.2.1/24');
    for (const host of ['host2', 'host3', 'host6', 'host8'])
      expect([host, await bridges(host)]).toEqual([host, 'br1 10.9.1.1/24']);
  });

  it('kills on the host what ran out of time', async () => {
    expect(await lab.on('host6', 'pgrep -f /run/g[o] || true')).toBe('');
  });

  it('the next run finishes them; without the lost ones a failed host makes it exit with 2', async () => {
    await lab.on('host2', 'touch /run/go');
    await lab.on('host3', 'touch /run/go');
    const { code, stdout } = await lab.run('run', '-l', 'host1,host2,host3,host8', playbook);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^host3 +: ok=3 +changed=2 +unreachable=0 +failed=0 /m);
    expect(stdout).toMatch(/^host8 +: ok=2 +changed=1 +unreachable=0 +failed=1 /m);
    for (const host of ['host2', 'host3'])
      expect(await bridges(host)).toBe('br1 10.9.1.1/24\nbr2 10.9.2.1/24');
  });
});
