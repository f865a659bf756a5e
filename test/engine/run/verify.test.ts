import { expect, test } from 'vitest';
import { isRoot, runOnFolders } from './files-world.ts';

const one = (content: string, more = ''): string => `- hosts: all
  gather_facts: false
  tasks:
    - name: one
      file: { name: a, content: ${content} }
${more}`;

const statuses = ({ events }: Awaited<ReturnType<typeof runOnFolders>>): string[] =>
  events.flatMap((event) => (event.type === 'host-result' ? [event.result.status] : []));

test.skipIf(!isRoot)('a host that takes a while to get there is read until it has', async () => {
  const ran = await runOnFolders(one('late'));
  expect(statuses(ran)).toEqual(['changed']);
  expect(ran.files).toEqual(['h1/a: late']);
  // Long before the planner's ten minutes are over, which is more than a test may take
});

test.skipIf(!isRoot)(
  'what did not come about is named, with the end of the host’s log beside it',
  async () => {
    const lines = Array.from({ length: 25 }, (_, index) => `line ${index + 1}`);
    const log = `${lines.join('\n')}\n\u001b[2J${'x'.repeat(500)}\n\n`;
    const ran = await runOnFolders(one('never'), { log });
    expect(ran.text.replace(/x{200,}/, 'x…')).toMatchInlineSnapshot(`
      "
      PLAY [all]

      TASK [one]
      fatal: [h1]: FAILED! => {"after": "absent", "before": "absent", "changed": false, "msg": "did not converge: file a: content is not set, wanted never"}
      site.yml:4:7: error[VERIFY]: did not converge: file a: content is not set, wanted never
        4 |     - name: one
          |       ^^^^^^^^^
        hint: something else on the host may have changed it back, or the kernel or libvirt did not take it
        log: line 7
        log: line 8
        log: line 9
        log: line 10
        log: line 11
        log: line 12
        log: line 13
        log: line 14
        log: line 15
        log: line 16
        log: line 17
        log: line 18
        log: line 19
        log: line 20
        log: line 21
        log: line 22
        log: line 23
        log: line 24
        log: line 25
        log: \\e[2Jx…

      PLAY RECAP
      h1                         : ok=0    changed=0    unreachable=0    failed=1    skipped=0    rescued=0    ignored=0

      1 host
      "
    `);
    const [result] = ran.events.flatMap((event) => (event.type === 'host-result' ? [event.result] : []));
    const shown = result!.data.log as string[];
    expect(shown).toHaveLength(20);
    expect([shown[0], shown[19]!.slice(0, 5), shown[19]!.length]).toEqual(['line 7', '\\e[2J', 300]);
    expect(result!.data).toMatchObject({ before: 'absent', after: 'absent' });
  },
);

test.skipIf(!isRoot)('in the live view too, but not with no_log', async () => {
  const setup = { log: 'the log\n', report: 'listr' } as const;
  expect((await runOnFolders(one('never'), setup)).text).toMatchInlineSnapshot(`
    "
    all  1 host
    ✖ one  1 failed
        failed: h1
          site.yml:4:7: error[VERIFY]: did not converge: file a: content is not set, wanted never
            4 |     - name: one
              |       ^^^^^^^^^
            hint: something else on the host may have changed it back, or the kernel or libvirt did not take it
            log: the log

    Recap
    host  ok  changed  failed
    h1     0        0       1

    1 host
    "
  `);
  expect((await runOnFolders(one('never', '      no_log: true\n'), setup)).text).not.toContain('the log');
});

test.skipIf(!isRoot)('a step that fails is not waited for, and needs no log', async () => {
  const ran = await runOnFolders(one('fail'), { log: 'the log\n' });
  expect(statuses(ran)).toEqual(['failed']);
  expect(ran.text).toContain('could not write a: no space left');
  expect(ran.text).not.toContain('the log');
});

test.skipIf(!isRoot)(
  'what is left for later fails nothing, and counts with --detailed-exitcode',
  async () => {
    const ran = await runOnFolders(one('pending'), { detailedExitCode: true });
    expect(statuses(ran)).toEqual(['ok']);
    expect(ran.text).toContain('pending: [h1] file a: content wanted pending, until next boot');
    expect(ran.text).toMatch(/ok=1 .* pending=1/);
    expect(ran.exitCode).toBe(3);
    expect((await runOnFolders(one('pending'))).exitCode).toBe(0);
  },
);

test.skipIf(!isRoot)('that a task touches its own connection is said before its steps are sent', async () => {
  const order: string[] = [];
  const ran = await runOnFolders(one('"1"').replace('name: a', 'name: uplink'), {
    onEvent: ({ type }) => order.push(type),
    onRequest: ({ survive }) => survive && order.push('steps'),
  });
  expect(order.filter((what) => ['caution', 'steps', 'host-result'].includes(what))).toEqual([
    'caution',
    'steps',
    'host-result',
  ]);
  expect(ran.text).toContain(
    'lifeline: [h1] write uplink touches the path of this connection\nchanged: [h1]\n',
  );
  const [result] = ran.events.flatMap((event) => (event.type === 'host-result' ? [event.result] : []));
  expect(result).toMatchObject({ lifeline: 'write uplink touches the path of this connection' });
  expect(result).not.toHaveProperty('guarded');
});
