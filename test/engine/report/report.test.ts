import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { foldHosts } from '../../../src/engine/report/fold-hosts.ts';
import { createReport, type ReportKind } from '../../../src/engine/report/index.ts';
import type { RunEvent } from '../../../src/engine/run/events.ts';
import { realisticRun, result, task } from './run-data.ts';

type Options = Partial<Omit<Parameters<typeof createReport>[1], 'stream'>>;

/** What a report writes for these events. */
async function written(
  kind: ReportKind,
  events: readonly RunEvent[],
  options: Options = {},
): Promise<string> {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  const report = createReport(kind, {
    isTTY: false,
    color: false,
    verbosity: 0,
    diff: false,
    ...options,
    stream,
  });
  for (const event of events) report.on(event);
  await report.close?.();
  return text;
}

describe('lines', () => {
  test('a whole run, with --diff', async () => {
    expect(await written('auto', realisticRun, { diff: true })).toMatchInlineSnapshot(`
      "
      PLAY [KVM hosts] ***************************************************************

      TASK [Bridge br0] **************************************************************
      bridge br0  wanted        found
        state     active        absent
        ports     [eth1, eth2]  -
      changed: [kvm1]
      ok: [kvm2]
      fatal: [kvm3]: UNREACHABLE! => {"changed": false, "msg": "ssh root@10.0.0.3:22: connection refused", "unreachable": true}
      site.yml:9:7: error[CONNECT]: ssh root@10.0.0.3:22: connection refused
        9 |     - name: Bridge br0
          |       ^^^^^^^^^^^^^^^^
        hint: is sshd running there?

      TASK [Network lan] *************************************************************
      network lan  wanted  stored  live
        mtu        9000    9000    1500
        autostart  true    false   -
      [WARNING]: network lan has 2 guests
      changed: [kvm1]
      pending: [kvm1] network lan: mtu is 1500, wanted 9000, until restart of network lan
      fatal: [kvm2]: FAILED! => {"changed": false, "msg": "network lan: mtu is 1500, wanted 9000", "stderr": "bad \\u001b[31mescape\\u009b"}
      site.yml:14:7: error[VERIFY]: network lan: mtu is 1500, wanted 9000
        14 |     - name: Network lan
           |       ^^^^^^^^^^^^^^^^^
      ...ignoring

      TASK [Packages] ****************************************************************
      ok: [kvm1] => (item=vim)
      failed: [kvm2] (item=vim) => {"changed": false, "item": "vim", "msg": "no space", "rc": 1}
      changed: [kvm1] => (item=less)
      skipping: [kvm1] => (item=nano) 

      TASK [Say] *********************************************************************
      ok: [kvm1] => {
          "msg": "hello\\nworld"
      }

      TASK [Secret] ******************************************************************
      ok: [kvm1]

      TASK [Only if] *****************************************************************
      FAILED - RETRYING: [kvm1]: Only if (2 retries left).
      skipping: [kvm1] (undecided: probe.rc == 0 (site.yml:34:13))

      RUNNING HANDLER [Restart it] ***************************************************
      changed: [kvm1 -> kvm2]
      [WARNING]: site.yml:14:7: [kvm1] the inventory says another address

      PLAY [nobody] ******************************************************************
      skipping: no hosts matched

      PLAY RECAP *********************************************************************
      kvm1                       : ok=5    changed=4    unreachable=0    failed=0    skipped=1    rescued=0    ignored=0    pending=1    undecided=1    inexact
      kvm2                       : ok=2    changed=0    unreachable=0    failed=1    skipped=0    rescued=0    ignored=1   
      kvm3                       : ok=0    changed=0    unreachable=1    failed=0    skipped=0    rescued=0    ignored=0   

      3 hosts in 1 min 05 s
      "
    `);
  });

  test('-vv adds results, steps and places', async () => {
    const events = realisticRun.slice(0, 9);
    expect(await written('lines', events, { verbosity: 2 })).toMatchInlineSnapshot(`
      "
      PLAYBOOK: site.yml *************************************************************

      PLAY [KVM hosts] ***************************************************************

      TASK [Bridge br0] **************************************************************
      task path: site.yml:9
      changed: [kvm1] => {"changed": true}
        step: add bridge br0
        step: bring br0 up
      ok: [kvm2] => {"changed": false}
      fatal: [kvm3]: UNREACHABLE! => {"changed": false, "msg": "ssh root@10.0.0.3:22: connection refused", "unreachable": true}
      site.yml:9:7: error[CONNECT]: ssh root@10.0.0.3:22: connection refused
        9 |     - name: Bridge br0
          |       ^^^^^^^^^^^^^^^^
        hint: is sshd running there?
      "
    `);
  });

  test('colours are Ansible’s, and only there when asked for', async () => {
    const plain = await written('lines', realisticRun);
    expect(plain).not.toContain('\u001b');
    const colored = await written('lines', realisticRun, { color: true });
    expect(colored).toContain('\u001b[33mchanged: [kvm1]\u001b[39m');
    expect(colored).toContain('\u001b[32mok: [kvm2]\u001b[39m');
    expect(colored).toContain('\u001b[91mfatal: [kvm3]: UNREACHABLE!');
    expect(colored.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  test('with the free strategy a banner comes back when its task does', async () => {
    const play = { id: 0, name: 'free' };
    const [one, two] = [task(1, 'one', 'command', play), task(2, 'two', 'command', play)];
    const ok = result('ok');
    const text = await written('lines', [
      { type: 'task-start', task: one, hosts: ['a', 'b'] },
      { type: 'host-result', task: one, host: 'a', result: ok },
      { type: 'task-start', task: two, hosts: ['a', 'b'] },
      { type: 'host-result', task: two, host: 'a', result: ok },
      { type: 'host-result', task: one, host: 'b', result: ok },
      { type: 'host-result', task: two, host: 'b', result: ok },
    ]);
    expect(text.replaceAll(/ \*+/g, '')).toBe(
      '\nTASK [one]\nok: [a]\n\nTASK [two]\nok: [a]\n\nTASK [one]\nok: [b]\n\nTASK [two]\nok: [b]\n',
    );
  });
});

describe('json', () => {
  test('is Ansible’s shape, with all results and nothing else', async () => {
    const text = await written('json', realisticRun, { verbosity: 3, color: true });
    const document = JSON.parse(text) as {
      plays: { play: object; tasks: { task: object; hosts: Record<string, Record<string, unknown>> }[] }[];
      stats: Record<string, object>;
    };
    expect(Object.keys(document)).toEqual([
      'custom_stats',
      'global_custom_stats',
      'plays',
      'stats',
      'wirebook',
    ]);
    expect(document.plays).toHaveLength(2);
    const [first] = document.plays;
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    expect(first!.play).toEqual({ name: 'KVM hosts', id: '0', duration: { start: time, end: time } });
    expect(first!.tasks.map(({ hosts }) => Object.keys(hosts))).toEqual([
      ['kvm1', 'kvm2', 'kvm3'],
      ['kvm1', 'kvm2'],
      ['kvm1', 'kvm2'],
      ...[['kvm1'], ['kvm1'], ['kvm1'], ['kvm1']],
    ]);
    expect(first!.tasks[1]!.task).toEqual({
      ...{ name: 'Network lan', id: '2', path: 'site.yml:14' },
      duration: { start: time, end: time },
    });
    expect(first!.tasks[1]!.hosts.kvm2).toEqual({
      ...{ action: 'network', changed: false, failed: true, ignored: true },
      error: { code: 'VERIFY', message: 'network lan: mtu is 1500, wanted 9000' },
      msg: 'network lan: mtu is 1500, wanted 9000',
      stderr: 'bad \u001b[31mescape\u009b',
    });
    expect(first!.tasks[0]!.hosts.kvm3).toMatchObject({ unreachable: true, action: 'bridge' });
    expect(document.stats.kvm1).toEqual({
      ...{ changed: 4, failures: 0, ignored: 0, ok: 5, rescued: 0, skipped: 1, unreachable: 0 },
      ...{ pending: 1, undecided: 1, inexact: true },
    });
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});

test('jsonl is every event, one a line, with places but without their source lines', async () => {
  const text = await written('jsonl', realisticRun);
  const lines = text.trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as RunEvent).type)).toEqual(
    realisticRun.map(({ type }) => type),
  );
  const events = lines.map((line) => {
    const { time, ...event } = JSON.parse(line) as RunEvent & { time: string };
    expect(Date.parse(time)).toBeGreaterThan(0);
    return event;
  });
  const withoutText = (key: string, value: object): unknown =>
    key === 'location' ? { ...value, text: undefined } : value;
  expect(events).toEqual(JSON.parse(JSON.stringify(realisticRun, withoutText)));
  expect(text).not.toContain('\u009b');
});

describe('the live view', () => {
  test('leaves a line a task and what its hosts had to say', async () => {
    expect(await written('listr', realisticRun, { diff: true, columns: 100 })).toMatchInlineSnapshot(`
      "
      KVM hosts  3 hosts
      ✖ Bridge br0                                    1 ok  1 changed  1 unreachable
          changed: kvm1
            bridge br0  wanted        found
              state     active        absent
              ports     [eth1, eth2]  -
          unreachable: kvm3
            site.yml:9:7: error[CONNECT]: ssh root@10.0.0.3:22: connection refused
              9 |     - name: Bridge br0
                |       ^^^^^^^^^^^^^^^^
              hint: is sshd running there?
      ✖ Network lan                                   1 changed  1 failed  1 ignored
          changed: kvm1
            network lan  wanted  stored  live
              mtu        9000    9000    1500
              autostart  true    false   -
          pending: kvm1
            network lan: mtu is 1500, wanted 9000, until restart of network lan
          warning: kvm1
            network lan has 2 guests
          failed, ignored: kvm2
            site.yml:14:7: error[VERIFY]: network lan: mtu is 1500, wanted 9000
              14 |     - name: Network lan
                 |       ^^^^^^^^^^^^^^^^^
      ✖ Packages                                      1 changed  1 failed
          failed: kvm2
            item=vim: no space
      ✔ Say                                           1 ok
          ok: kvm1
            hello
            world
      ✔ Secret                                        1 ok
      ↓ Only if                                       1 skipped
          undecided: kvm1
            probe.rc == 0 (site.yml:34:13)
      ✔ handler: Restart it                           1 changed
      warning: site.yml:14:7: [kvm1] the inventory says another address

      nobody  0 hosts
        no hosts matched

      Recap
      host  ok  changed  unreachable  failed  skipped  ignored  pending  undecided
      kvm1   5        4            0       0        1        0        1          1  inexact
      kvm2   2        0            0       1        0        1        0          0
      kvm3   0        0            1       0        0        0        0          0

      3 hosts in 1 min 05 s
      "
    `);
  });

  test('many different outcomes are counted, not listed', async () => {
    const play = { id: 0, name: 'fleet' };
    const ref = task(1, 'Addresses', 'iface', play);
    const hosts = Array.from({ length: 1000 }, (_, n) => `kvm${n + 1}`);
    const address = (n: number) => ({ object: 'iface eth0', field: 'mtu', want: n, live: 0 });
    const text = await written(
      'listr',
      [
        { type: 'task-start', task: ref, hosts },
        ...hosts.map(
          (host, n): RunEvent => ({
            ...{ type: 'host-result', task: ref, host },
            result: result('changed', { diff: [address(n)] }),
          }),
        ),
        { type: 'task-end', task: ref },
      ],
      { diff: true },
    );
    expect(text.split('\n').length).toBeLessThan(40);
    expect(text).toContain('    changed: 992 more hosts (--output lines shows all)\n');
  });

  test('a task that an interrupt cut short says how far it came', async () => {
    const play = { id: 0, name: 'fleet' };
    const ref = task(1, 'Bridge', 'bridge', play);
    const text = await written('listr', [
      { type: 'task-start', task: ref, hosts: ['a', 'b', 'c'] },
      { type: 'host-result', task: ref, host: 'a', result: result('ok') },
      { type: 'run-end', recap: {}, exitCode: 99, interrupted: true, durationMs: 10 },
    ]);
    expect(text).toMatch(/^✔ Bridge +1\/3 {2}1 ok\n/);
    expect(text).toContain('\ninterrupted, 0 hosts in 0.0 s\n');
  });
});

test.each([
  [['kvm1'], 'kvm1'],
  [['kvm1', 'kvm2'], 'kvm1, kvm2'],
  [['kvm1', 'kvm2', 'kvm3', 'kvm5'], 'kvm1…kvm3, kvm5'],
  [['n08.x', 'n09.x', 'n10.x', 'n11.y'], 'n08.x…n10.x, n11.y'],
  [['a', 'b', 'c', 'd', 'e1', 'e2', 'e3'], 'a, b, c and 4 more'],
  [['web\u001b[2J'], 'web\\e[2J'],
])('names %j fold to %s', (hosts, folded) => {
  expect(foldHosts(hosts, 3)).toBe(folded);
});
