/** What is wrong with the files is told at once, and before anybody is contacted. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wirebook } from './program.ts';

const PLAYBOOK = `- name: Ten mistakes
  hosts: kvm
  gather_facts: false
  taks: []
  tasks:
    - name: Range
      vlan: { name: eth1.5, parent: eth1, id: 5000 }
    - name: Unknown parameter
      bridge: { name: br0, prots: [eth1] }
    - name: Missing parameter
      domain-nic: { nic: front }
    - name: Type
      iface: { name: eth1, mtu: big }
    - name: Enum
      network: { name: lan, state: started }
    - name: Unknown module
      brigde: { name: br0 }
    - name: Format
      bridge: { name: "br0; reboot" }
    - name: Expression
      debug: { msg: "{{ 1 + }}" }
    - name: Two modules
      debug: { msg: a }
      fail: { msg: b }
    - name: Handler
      bridge: { name: br0 }
      notify: nobody
- hosts: nowhere
  gather_facts: false
  tasks: []
`;

describe('a playbook with mistakes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-static-'));
  let server: Server;
  let connections = 0;

  beforeAll(async () => {
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const host = { ansible_host: '127.0.0.1', ansible_port: port };
    writeFileSync(join(folder, 'hosts.yml'), JSON.stringify({ kvm: { hosts: { a: host, b: host } } }));
    writeFileSync(join(folder, 'play.yml'), PLAYBOOK);
    writeFileSync(join(folder, 'fine.yml'), '- hosts: kvm\n  tasks:\n    - ping:\n');
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  const run = (command: string, file: string, ...args: string[]) =>
    wirebook(command, '-i', join(folder, 'hosts.yml'), join(folder, file), ...args);

  it.each(['run', 'check', 'lint'])(
    '%s prints them all with positions, contacts nobody, exits 4',
    async (command) => {
      const { code, stdout, stderr } = await run(command, 'play.yml');
      const problems = [...stderr.matchAll(/play\.yml:(\d+:\d+): error\[(\w+)\]/g)].map(
        ([, at, what]) => `${at} ${what}`,
      );
      expect(problems).toEqual([
        '4:3 KEYWORD_UNKNOWN',
        '7:47 PARAM_RANGE',
        '9:28 PARAM_UNKNOWN',
        '11:7 PARAM_MISSING',
        '13:33 PARAM_TYPE',
        '15:36 PARAM_ENUM',
        '17:7 MODULE_UNKNOWN',
        '19:23 PARAM_FORMAT',
        '21:29 EXPR_SYNTAX',
        '24:7 MODULE_CONFLICT',
        '27:15 HANDLER_UNKNOWN',
        '28:10 PATTERN_EMPTY',
      ]);
      expect(stderr.match(/^ +hint: /gm)!.length).toBeGreaterThan(5);
      expect(stderr).toContain('12 errors');
      expect(stdout).toBe('');
      expect(code).toBe(4);
      expect(connections).toBe(0);
    },
  );

  it.each(['--syntax-check', '--list-tasks', '--list-hosts', '--list-tags'])(
    '%s contacts nobody',
    async (flag) => {
      expect(await run('run', 'fine.yml', flag)).toMatchObject({ code: 0, stderr: '' });
      expect(connections).toBe(0);
    },
  );

  it('the hosts would have been found (the count can fail)', async () => {
    const { code } = await run('run', 'fine.yml');
    expect(code).toBe(4);
    expect(connections).toBe(2);
  });

  it.each([
    [['run'], 1],
    [['run', '--no-such-flag', 'x.yml'], 1],
    [['nonsense'], 1],
    [['run', join(folder, 'missing.yml')], 4],
    [['--version'], 0],
  ])('wirebook %j exits %i', async (args, code) => {
    expect((await wirebook(...args)).code).toBe(code);
  });
});
