/** Playbooks as ordinary users run them: become, flows of variables, lists, reports; on real hosts. */
import { beforeAll, describe, expect, it } from 'vitest';
import { useLab } from './lab.ts';
import { readJson, resultsOf } from './program.ts';

const isRoot = process.getuid?.() === 0;
const PASSWORD = `b o'b"$(id)\\`;

describe('logins and flows', () => {
  const lab = useLab('logins', { hosts: 2, driver: 'netns', form: 'sshd-only' });

  beforeAll(async () => {
    if (!isRoot) return;
    const lines = ['ann', 'bob', 'eve'].map((user) => `${user}:${PASSWORD}\n`);
    const passwords = Buffer.from(lines.join('')).toString('base64');
    for (const host of lab.names) {
      await lab.on(
        host,
        `set -e
for user in ann bob eve; do
  useradd -m -s /bin/sh $user
  install -d -o $user -m 700 /home/$user/.ssh
  install -o $user -m 600 /root/.ssh/authorized_keys /home/$user/.ssh/authorized_keys
done
printf '%s\\n' 'ann ALL=(ALL) NOPASSWD: ALL' 'bob ALL=(ALL) ALL' 'Defaults lecture=always' >/etc/sudoers.d/lab
printf %s ${passwords} | base64 -d | chpasswd`,
      );
    }
  }, 60_000);

  const play = (text: string): string => lab.file('play.yml', text);
  const BECOME = `
- hosts: all
  gather_facts: false
  become: true
  environment: { GREETING: "it's $HOME" }
  tasks:
    - name: As root
      command: id -un
      register: me
    - name: As the login user
      command: id -un
      become: false
      register: plain
    - name: Environment
      shell: printf %s "$GREETING"
      register: said
    - name: Bridge
      bridge: { name: br7, label: "by {{ plain.stdout }}, {{ me.stdout }}" }
    - assert: { that: [me.stdout == 'root', plain.stdout == login, said.stdout == "it's $HOME"] }
    - bridge: { name: br7, state: absent }
`;
  const as = (login: string, ...more: string[]): string[] => [
    '-e',
    `ansible_user=${login}`,
    '-e',
    `login=${login}`,
    ...more,
  ];

  it('become without a password', async () => {
    const run = await lab.json('run', play(BECOME), ...as('ann'));
    expect(run.wirebook.exit_code).toBe(0);
    expect(resultsOf(run, 'Bridge').host2).toMatchObject({ changed: true });
    expect(run.stats.host1).toMatchObject({ ok: 6, failures: 0 });
  });

  it('become with a password from a variable, which is printed nowhere', async () => {
    const secret = lab.file('secret.json', JSON.stringify({ ansible_become_password: PASSWORD }));
    const ended = await lab.run('run', play(BECOME), ...as('bob', '-e', `@${secret}`), '-vvv', '-D');
    expect(ended.code).toBe(0);
    expect(ended.stdout + ended.stderr).not.toContain(PASSWORD);
  });

  it.each([
    ['no password', 'bob', {}, 'BECOME_PASSWORD'],
    ['a wrong password', 'bob', { ansible_become_password: 'wrong' }, 'BECOME_PASSWORD'],
    ['no right to', 'eve', { ansible_become_password: 'x' }, /^BECOME(_PASSWORD)?$/],
    ['an unknown user', 'ann', { ansible_become_user: '$(touch /canary)' }, 'BECOME'],
  ])('become with %s fails clearly, on each host', async (_, login, vars, code) => {
    const file = lab.file('vars.json', JSON.stringify(vars));
    const run = await lab.json('run', play(BECOME), ...as(login, '-e', `@${file}`));
    expect(run.wirebook.exit_code).toBe(2);
    for (const host of lab.names) {
      expect(resultsOf(run, 'As root')[host]).toMatchObject({
        failed: true,
        error: { code: typeof code === 'string' ? code : expect.stringMatching(code) },
      });
    }
    expect(await lab.on('host1', 'ls /canary* 2>/dev/null || true')).toBe('');
  });

  it('changing the network as an ordinary user says what to do', async () => {
    const run = await lab.json('do', 'host1', '-m', 'bridge', '-a', 'name=br8', '-u', 'root', ...as('eve'));
    expect(run.wirebook.exit_code).toBe(2);
    const [result] = run.plays[0]!.tasks.map(({ hosts }) => hosts.host1!);
    expect(result).toMatchObject({ failed: true, error: { hint: expect.stringContaining('become: true') } });
  });

  it('do, and --limit', async () => {
    const { code, stdout } = await lab.run(
      'do',
      'all',
      '-m',
      'command',
      '-a',
      'hostname',
      '-l',
      'host2',
      '-o',
      'json',
    );
    const run = readJson({ code, stdout, stderr: '', signal: null });
    expect(code).toBe(0);
    expect(Object.values(run.plays[0]!.tasks[0]!.hosts)).toMatchObject([{ stdout: 'host2', rc: 0 }]);
    expect(Object.keys(run.stats)).toEqual(['host2']);
    const none = await lab.run('do', 'all', '-m', 'ping', '-l', 'host9');
    expect(none).toMatchObject({ code: 4, stderr: expect.stringContaining('PATTERN_EMPTY') });
  });

  it('facts are the host’s own', async () => {
    const run = await lab.json('do', 'all', '-m', 'setup');
    for (const host of lab.names) {
      const facts = run.plays[0]!.tasks[0]!.hosts[host]!.ansible_facts as Record<string, unknown>;
      const { address } = lab.lab.hosts.find(({ name }) => name === host)!;
      expect(facts).toMatchObject({
        ansible_hostname: host,
        ansible_nodename: host,
        ansible_distribution: 'Debian',
        ansible_kernel: await lab.on(host, 'uname -r'),
        ansible_user_id: 'root',
        ansible_machine: await lab.on(host, 'uname -m'),
      });
      expect(facts.ansible_all_ipv4_addresses).toContain(address);
      expect(facts.ansible_interfaces).toEqual(expect.arrayContaining(['mgmt0', 'eth1', 'eth4', 'lo']));
    }
  });

  it('facts, register, when, loops, handlers, delegation, blocks', async () => {
    const run = await lab.json(
      'run',
      play(`
- hosts: kvm
  vars: { number: "{{ groups.kvm.index(inventory_hostname) + 1 }}" }
  tasks:
    - name: Only there
      command: hostname
      register: name
      when: ansible_facts.hostname == 'host2'
    - name: Skipped elsewhere
      debug: { msg: "{{ name.stdout }}" }
      when: name is not skipped
    - name: Bridges
      bridge: { name: "br{{ item }}" }
      loop: [30, 31]
      register: made
      notify: Tell
    - name: Again
      bridge: { name: br30 }
      notify: Not told
    - name: On the other
      command: hostname
      delegate_to: "{{ groups.kvm[2 - number | int] }}"
      register: other
    - name: Once
      command: hostname
      run_once: true
      register: once
    - block:
        - name: Fails
          command: "false"
      rescue:
        - name: Rescued
          debug: { msg: "{{ ansible_failed_result.rc }}" }
      always:
        - name: Always
          bridge: { name: "br{{ item }}", state: absent }
          loop: [30, 31]
    - name: All as it should be
      assert:
        that:
          - other.stdout != inventory_hostname
          - other.stdout in groups.kvm
          - once.stdout == 'host1'
          - made.results | map(attribute='changed') | list == [true, true]
          - hostvars['host2'].name.stdout == 'host2'
  handlers:
    - name: Tell
      command: echo told
    - name: Not told
      fail: { msg: nothing was changed }
`),
    );
    expect(run.stats).toMatchObject({
      host1: { failures: 0, rescued: 1, skipped: 2, unreachable: 0 },
      host2: { failures: 0, rescued: 1, skipped: 0, unreachable: 0 },
    });
    expect(run.wirebook.exit_code).toBe(0);
    expect(resultsOf(run, 'Tell')).toMatchObject({ host1: { stdout: 'told' }, host2: { stdout: 'told' } });
    expect(resultsOf(run, 'Rescued')).toMatchObject({ host1: { msg: 1 } });
  });

  it('wait_for_connection: sshd goes down and comes up again', async () => {
    // A second sshd on another port is the one that goes; the first stays for the test. What brings it back has a session
    // of its own: the rest of a request goes with its connection
    await lab.on('host1', '/usr/sbin/sshd -p 2222 -o PidFile=/run/second.pid');
    const hosts = lab.file(
      'second.yml',
      JSON.stringify({ kvm: { hosts: { host1: { ansible_port: 2222, ansible_host_key_checking: false } } } }),
    );
    const run = await lab.json(
      'run',
      '-i',
      hosts,
      '-l',
      'host1',
      play(`
- hosts: all
  gather_facts: false
  tasks:
    - name: Restart
      shell: |
        kill $(cat /run/second.pid)
        setsid sh -c ': >/run/apart; sleep 2; exec /usr/sbin/sshd -p 2222' >/dev/null 2>&1 &
        until [ -e /run/apart ]; do sleep 0.05; done
        kill -KILL $PPID
        sleep 60
      ignore_unreachable: true
    - name: Back
      wait_for_connection: { timeout: 30 }
    - name: There
      command: echo there
`),
    );
    expect(resultsOf(run, 'Restart').host1).toMatchObject({ unreachable: true });
    expect(resultsOf(run, 'Back').host1).not.toMatchObject({ failed: true });
    expect(resultsOf(run, 'There').host1).toMatchObject({ stdout: 'there' });
  });

  it('--list-tasks, --list-hosts, --list-tags', async () => {
    const file = play(`
- name: Listed
  hosts: "{{ target | default('kvm') }}"
  tasks:
    - name: One
      ping:
      tags: [a, b]
    - name: Two
      ping:
`);
    const list = async (...args: string[]): Promise<string> => (await lab.run('run', file, ...args)).stdout;
    expect(await list('--list-tasks', '--tags', 'a')).toMatch(/One\tTAGS: \[a, b\]\s*$/);
    expect(await list('--list-hosts', '-e', 'target=host2')).toMatch(/hosts \(1\):\n {6}host2\s*$/);
    expect(await list('--list-hosts', '-l', 'host1')).toMatch(/hosts \(1\):\n {6}host1\s*$/);
    expect(await list('--list-tags')).toContain('TASK TAGS: [a, b]');
  });

  it('jsonl: one event a line, each host’s results complete, the end last', async () => {
    const { code, stdout } = await lab.run('run', play(BECOME), ...as('ann'), '-o', 'jsonl');
    expect(code).toBe(0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; host?: string });
    expect(events[0]).toMatchObject({ type: 'run-start' });
    expect(events.at(-1)).toMatchObject({ type: 'run-end', exitCode: 0, interrupted: false });
    for (const host of lab.names) {
      expect(events.filter((event) => event.type === 'host-result' && event.host === host)).toHaveLength(6);
    }
  });

  it('control characters from a host reach no terminal', async () => {
    const { stdout } = await lab.run('do', 'host1', '-m', 'shell', '-a', `printf '\\033[2J\\007evil'`, '-v');
    expect(stdout).toContain('evil');
    expect(stdout).not.toMatch(/[\u001b\u0007]/);
  });
});
