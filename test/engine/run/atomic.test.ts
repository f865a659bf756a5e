import { describe, expect, test } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../../src/engine/run/events.ts';
import { isRoot, type Ran, runOnFolders, type Setup } from './files-world.ts';

const play = (tasks: string, more = ''): string => `- hosts: all
  gather_facts: false
${more}  tasks:
${tasks.replaceAll(/^(?=.)/gm, '    ')}
`;

const onFolders = (tasks: string, setup: Setup = {}, more = ''): Promise<Ran> =>
  runOnFolders(play(tasks, more), setup);

const results = ({ events }: Ran, host = 'h1') =>
  events.flatMap((event) =>
    event.type === 'host-result' && event.host === host ? [[event.task.name, event.result.status]] : [],
  );

const recap = ({ text }: Ran): string[] =>
  [...text.matchAll(/^(h\d) +: (.*)$/gm)].map(
    ([, host, counts]) => `${host} ${counts!.match(/\w+=[1-9]\d*/g)?.join(' ')}`,
  );

const handlers = `  handlers:
    - name: tell
      debug: { msg: told }
`;

const move = `- name: Move
  atomic: true
  block:
    - name: one
      file: { name: a, content: "1" }
      register: one
      notify: tell
    - name: two
      file: { name: "{{ item }}", content: "{{ text }}" }
      vars: { text: "{{ one.after }}" }
      loop: [b, c]
      register: two
    - name: three
      file: { name: c }
      when: two.results[1] is changed
    - name: never
      file: { name: never, content: "1" }
      when: one.after != '1'
`;

describe.skipIf(!isRoot)('an atomic block', () => {
  test('is one change, and its tasks see what those before them would do', async () => {
    const ran = await onFolders(move, { diff: true }, handlers);
    expect(ran.changes).toEqual(['h1']);
    expect(ran.files).toEqual(['h1/a: 1', 'h1/b: 1']);
    expect(ran.text).toMatchInlineSnapshot(`
      "
      PLAY [all]

      TASK [one]
      file a     wanted  found
        content  1       -
      changed: [h1] (pending commit)

      TASK [two]
      file b     wanted  found
        content  1       -
      changed: [h1] => (item=b) (pending commit)
      file c     wanted  found
        content  1       -
      changed: [h1] => (item=c) (pending commit)

      TASK [three]
      file c     wanted  found
        content  absent  1
      changed: [h1] (pending commit)

      TASK [never]
      skipping: [h1]

      TASK [Move: commit]
      changed: [h1]

      RUNNING HANDLER [tell]
      ok: [h1] => {
          "msg": "told"
      }

      PLAY RECAP
      h1                         : ok=5    changed=4    unreachable=0    failed=0    skipped=1    rescued=0    ignored=0

      1 host
      "
    `);
  });

  test('a second run is all ok, and sends nothing', async () => {
    const again = `${move.replace('loop: [b, c]', 'loop: [b]').replace('two.results[1]', 'two.results[0]')}`;
    const ran = await onFolders(again, { before: { h1: { a: '1', b: '1' } } }, handlers);
    expect(ran.changes).toEqual([]);
    expect(recap(ran)).toEqual(['h1 ok=3 skipped=2']);
  });

  test('check mode says the same, and what the commit would do', async () => {
    const ran = await onFolders(move, { check: true, verbosity: 1, detailedExitCode: true }, handlers);
    expect(ran.changes).toEqual([]);
    expect(ran.files).toEqual([]);
    expect(ran.exitCode).toBe(3);
    expect(ran.text).toMatchInlineSnapshot(`
      "
      PLAY [all]

      TASK [one]
      changed: [h1] (pending commit) => {"after": "1", "before": "absent", "changed": true}

      TASK [two]
      changed: [h1] => (item=b) (pending commit) => {"after": "1", "ansible_loop_var": "item", "before": "absent", "changed": true, "item": "b"}
      changed: [h1] => (item=c) (pending commit) => {"after": "1", "ansible_loop_var": "item", "before": "absent", "changed": true, "item": "c"}

      TASK [three]
      changed: [h1] (pending commit) => {"after": "absent", "before": "1", "changed": true}

      TASK [never]
      skipping: [h1] => {"changed": false, "false_condition": "one.after != '1'", "msg": "Conditional result was False", "skip_reason": "Conditional result was False"}

      TASK [Move: commit]
      changed: [h1] => {"changed": true}
        step: write a
        step: write b

      RUNNING HANDLER [tell]
      ok: [h1] => {
          "msg": "told"
      }

      PLAY RECAP
      h1                         : ok=5    changed=4    unreachable=0    failed=0    skipped=1    rescued=0    ignored=0

      1 host, check mode
      "
    `);
  });

  test('a commit that fails leaves nothing claimed, and rescue and always run', async () => {
    const ran = await onFolders(
      `- atomic: true
  block:
    - name: one
      file: { name: a, content: "1" }
      register: one
      notify: tell
    - name: two
      file: { name: b, content: fail }
  rescue:
    - debug: { msg: "{{ one is changed }} {{ one is skipped }} {{ one.after }} {{ ansible_failed_task.name }}" }
  always:
    - debug: { msg: at last }
- name: after
  debug: { msg: goes on }
`,
      {},
      handlers,
    );
    expect(ran.exitCode).toBe(0);
    expect(ran.text).toMatchInlineSnapshot(`
      "
      PLAY [all]

      TASK [one]
      changed: [h1] (pending commit)

      TASK [two]
      changed: [h1] (pending commit)

      TASK [atomic block: commit]
      fatal: [h1]: FAILED! => {"changed": false, "cmd": ["sh", "-c", "echo no space left; exit 1", "sh", "b", "fail"], "msg": "could not write b: no space left (done before it: write a)", "rc": 1, "stderr": "no space left"}
      site.yml:7:7: error[COMMAND_FAILED]: could not write b: no space left
        7 |     - atomic: true
          |       ^^^^^^^^^^^^

      TASK [debug]
      ok: [h1] => {
          "msg": "False True absent atomic block: commit"
      }

      TASK [debug]
      ok: [h1] => {
          "msg": "at last"
      }

      TASK [after]
      ok: [h1] => {
          "msg": "goes on"
      }

      PLAY RECAP
      h1                         : ok=3    changed=0    unreachable=0    failed=0    skipped=2    rescued=1    ignored=0

      1 host
      "
    `);
  });

  test.each([
    ['a goal that is not possible', 'file: { name: b, content: impossible }'],
    ['failed_when', 'file: { name: b, content: "1" }\n      failed_when: true'],
  ])('%s: nothing is done', async (_, two) => {
    const ran = await onFolders(
      `- atomic: true
  block:
    - name: one
      file: { name: a, content: "1" }
      notify: tell
    - name: two
      ${two}
`,
      {},
      handlers,
    );
    expect(ran.changes).toEqual([]);
    expect(ran.files).toEqual([]);
    expect(results(ran)).toEqual([
      ['one', 'changed'],
      ['two', 'failed'],
    ]);
    expect(recap(ran)).toEqual(['h1 failed=1 skipped=1']);
    expect(ran.exitCode).toBe(2);
  });

  test('an item that fails fails the block; what is registered claims nothing', async () => {
    const ran = await onFolders(`- atomic: true
  block:
    - name: one
      file: { name: "{{ item }}", content: "{{ 'impossible' if item == 'b' else '1' }}" }
      loop: [a, b, c]
      register: one
  rescue:
    - debug: { msg: "{{ one.results | map(attribute='changed') | list }} {{ one is changed }} {{ one is failed }}" }
`);
    expect(ran.text).toContain('"msg": "[False, False, False] False True"');
    expect(ran.changes).toEqual([]);
    expect(recap(ran)).toEqual(['h1 ok=1 rescued=1']);
  });

  test('check_mode on the block makes it a prediction in a run too', async () => {
    const ran = await onFolders(`- atomic: true
  check_mode: true
  block:
    - file: { name: a, content: "1" }
      register: one
- debug: { msg: "{{ one is changed }}" }
`);
    expect(ran.changes).toEqual([]);
    expect(ran.text).toContain('"msg": true');
    expect(recap(ran)).toEqual(['h1 ok=3 changed=2']);
  });

  test('in check mode, what follows sees the block as done', async () => {
    const tasks = `- atomic: true
  block:
    - file: { name: a, content: "1" }
- name: after
  file: { name: a, content: "1" }
`;
    expect(results(await onFolders(tasks, { check: true })).at(-1)).toEqual(['after', 'ok']);
  });

  test('its condition is asked of each task, not of the commit', async () => {
    const ran = await onFolders(`- name: Block
  atomic: true
  when: one is not defined
  block:
    - name: one
      file: { name: a, content: "1" }
      register: one
    - name: two
      file: { name: b, content: "1" }
`);
    expect(results(ran)).toEqual([
      ['one', 'changed'],
      ['two', 'skipped'],
      ['Block: commit', 'changed'],
    ]);
  });

  test('variables of a task cannot lead out of the block', async () => {
    const ran = await onFolders(`- atomic: true
  block:
    - file: { name: a, content: "1" }
    - file: { name: b, content: "1" }
      vars: { network_backend: networkd }
`);
    expect(ran.text).toContain('error[ATOMIC_TASK]: this task of an atomic block has other settings');
    expect(ran.changes).toEqual([]);
  });

  test('a refused plan is refused as a whole', async () => {
    const ran = await onFolders(`- atomic: true
  block:
    - file: { name: a, content: "1" }
    - file: { name: b, content: refused }
`);
    expect(ran.changes).toEqual([]);
    expect(recap(ran)).toEqual(['h1 failed=1 skipped=2']);
  });

  test('with ignore_errors the host goes on behind the block', async () => {
    const ran = await onFolders(`- atomic: true
  ignore_errors: true
  block:
    - name: one
      file: { name: a, content: "1" }
    - name: two
      file: { name: b, content: impossible }
    - name: three
      file: { name: c, content: "1" }
  always:
    - name: always
      debug: { msg: at last }
- name: Second
  atomic: true
  ignore_errors: true
  block:
    - name: four
      file: { name: d, content: fail }
- name: after
  file: { name: e, content: "1" }
`);
    expect(results(ran)).toEqual([
      ['one', 'changed'],
      ['two', 'failed'],
      ['always', 'ok'],
      ['four', 'changed'],
      ['Second: commit', 'failed'],
      ['after', 'changed'],
    ]);
    expect(recap(ran)).toEqual(['h1 ok=4 changed=1 skipped=2 ignored=2']);
    expect(ran.files).toEqual(['h1/e: 1']);
  });

  test('what was predicted for a block that failed is forgotten', async () => {
    const ran = await onFolders(`- atomic: true
  block:
    - file: { name: a, content: "1" }
    - file: { name: b, content: impossible }
  rescue:
    - name: again
      file: { name: a, content: "1" }
`);
    expect(results(ran).at(-1)).toEqual(['again', 'changed']);
    expect(ran.files).toEqual(['h1/a: 1']);
  });

  test('what only the host knows is not guessed inside, and known behind it', async () => {
    const tasks = (when: string) => `- atomic: true
  block:
    - name: one
      file: { name: a, content: made }
      register: one
    - name: two
      file: { name: b, content: "1" }
      when: ${when}
- name: after
  debug: { msg: "{{ one.after }}" }
`;
    const inside = tasks("one.after == 'by the host'");
    const ran = await onFolders(inside);
    expect(results(ran).at(-1)).toEqual(['two', 'failed']);
    expect(ran.text).toContain(
      "error[ATOMIC_TASK]: only known after the commit of the atomic block: when: one.after == 'by the host' (site.yml:11:17)",
    );
    expect(ran.changes).toEqual([]);

    const check = await onFolders(inside, { check: true });
    expect(results(check)).toEqual([
      ['one', 'changed'],
      ['two', 'skipped'],
      ['atomic block: commit', 'changed'],
      ['after', 'ok'],
    ]);
    const behind = await onFolders(tasks('one is changed'));
    expect(behind.text).toContain('"msg": "by the host"');
  });

  test('is planned again when the host has changed before the lock was taken', async () => {
    let first = true;
    const ran = await onFolders(
      `- atomic: true
  block:
    - file: { name: a, content: "1" }
    - file: { name: b, content: "1" }
`,
      {
        verbosity: 1,
        onRequest(request, folder) {
          if (request.inPlace && first) writeFileSync(join(folder, 'a'), '1');
          if (request.inPlace) first = false;
        },
      },
    );
    expect(ran.text.match(/step: .*/g)).toEqual(['step: write b']);
    expect(ran.files).toEqual(['h1/a: 1', 'h1/b: 1']);
  });

  test('two names of one machine do not see each other’s plans, and leave what both want', async () => {
    const ran = await onFolders(
      `- atomic: true
  block:
    - file: { name: "{{ inventory_hostname }}", content: "1" }
    - file: { name: both, content: "1" }
`,
      { hosts: ['h1', 'h2'], machine: () => 'm' },
    );
    expect(ran.changes).toEqual(['m', 'm']);
    expect(ran.files).toEqual(['m/both: 1', 'm/h1: 1', 'm/h2: 1']);
  });

  test.each(['linear', 'free', 'host_pinned'])('%s: each host has a block of its own', async (strategy) => {
    const ran = await onFolders(
      `- name: Block
  atomic: true
  block:
    - name: one
      file: { name: a, content: "1" }
    - name: two
      file: { name: b, content: "{{ 'impossible' if inventory_hostname == 'h2' else '2' }}" }
- name: after
  file: { name: a, content: "3" }
`,
      { hosts: ['h1', 'h2', 'h3'] },
      `  strategy: ${strategy}\n`,
    );
    expect(recap(ran)).toEqual(['h1 ok=4 changed=4', 'h2 failed=1 skipped=1', 'h3 ok=4 changed=4']);
    expect(ran.files).toEqual(['h1/a: 3', 'h1/b: 2', 'h3/a: 3', 'h3/b: 2']);
  });

  test('serial: a batch commits before the next begins', async () => {
    const ran = await onFolders(
      `- atomic: true
  block:
    - file: { name: a, content: "1" }
`,
      { hosts: ['h1', 'h2'] },
      '  serial: 1\n',
    );
    expect(ran.changes).toEqual(['h1', 'h2']);
    expect(recap(ran)).toEqual(['h1 ok=2 changed=2', 'h2 ok=2 changed=2']);
  });

  test('any_errors_fatal: nothing is done on the hosts that were still in it', async () => {
    const ran = await onFolders(
      `- atomic: true
  any_errors_fatal: true
  block:
    - file: { name: a, content: "1" }
    - file: { name: b, content: "{{ 'impossible' if inventory_hostname == 'h2' else '2' }}" }
`,
      { hosts: ['h1', 'h2'] },
    );
    expect(ran.files).toEqual([]);
    expect(recap(ran)).toEqual(['h1 skipped=2', 'h2 failed=1 skipped=1']);
  });

  test('interrupted inside: nothing is done', async () => {
    const controller = new AbortController();
    const onEvent = ({ type }: RunEvent) => type === 'host-result' && controller.abort();
    const ran = await onFolders(move, { signal: controller.signal, onEvent }, handlers);
    expect(ran.files).toEqual([]);
    expect(recap(ran)).toEqual(['h1 skipped=1']);
    expect(ran.exitCode).toBe(99);
  });

  const tagged = `- name: Block
  atomic: true
  block:
    - name: one
      file: { name: a, content: "1" }
      tags: [x]
    - name: two
      file: { name: b, content: "1" }
      tags: [y]
- name: after
  file: { name: c, content: "1" }
  tags: [y, z]
`;
  test.each<[string, Setup, string[]]>([
    ['--tags x', { tags: ['x'] }, ['one', 'Block: commit']],
    ['--tags z', { tags: ['z'] }, ['after']],
    ['--skip-tags y', { skipTags: ['y'] }, ['one', 'Block: commit']],
    ['--start-at-task two', { startAtTask: 'two' }, ['two', 'Block: commit', 'after']],
    ['--start-at-task after', { startAtTask: 'after' }, ['after']],
  ])('%s', async (_, setup, names) => {
    const ran = await onFolders(tagged, setup);
    expect(results(ran)).toEqual(names.map((name) => [name, 'changed']));
  });

  test('of which every task is skipped has nothing to commit', async () => {
    const ran = await onFolders(`- atomic: true
  when: false
  block:
    - file: { name: a, content: "1" }
`);
    expect(recap(ran)).toEqual(['h1 skipped=2']);
    expect(ran.changes).toEqual([]);
  });

  test('lifeline and guard are said before the steps, in check mode too; JSON has them', async () => {
    const tasks = `- name: Uplink
  atomic: true
  block:
    - name: one
      file: { name: uplink, content: "1" }
    - name: two
      file: { name: guarded, content: pending }
    - name: three
      file: { name: guarded, content: "1" }
`;
    const { text } = await onFolders(tasks, { check: true, verbosity: 1 });
    expect(text).toMatchInlineSnapshot(`
      "
      PLAY [all]

      TASK [one]
      changed: [h1] (pending commit) => {"after": "1", "before": "absent", "changed": true}

      TASK [two]
      ok: [h1] => {"after": "pending", "before": "absent", "changed": false}

      TASK [three]
      changed: [h1] (pending commit) => {"after": "1", "before": "pending", "changed": true}

      TASK [Uplink: commit]
      lifeline: [h1] write uplink touches the path of this connection
      guarded: [h1] puts itself back unless confirmed within 30 s
      changed: [h1] => {"changed": true}
        step: write guarded
        step: write uplink

      PLAY RECAP
      h1                         : ok=4    changed=3    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0

      1 host, check mode
      "
    `);
    const json = await onFolders(tasks, { check: true, report: 'json' });
    const { plays } = JSON.parse(json.text) as { plays: { tasks: { hosts: { h1: object } }[] }[] };
    expect(plays[0]!.tasks.map(({ hosts }) => hosts.h1)).toMatchInlineSnapshot(`
      [
        {
          "action": "file",
          "after": "1",
          "atomic": "pending commit",
          "before": "absent",
          "changed": true,
          "diff": [
            {
              "field": "content",
              "object": "file uplink",
              "want": "1",
            },
          ],
        },
        {
          "action": "file",
          "after": "pending",
          "atomic": "pending commit",
          "before": "absent",
          "changed": false,
          "diff": [
            {
              "field": "content",
              "object": "file guarded",
              "want": "pending",
            },
          ],
        },
        {
          "action": "file",
          "after": "1",
          "atomic": "pending commit",
          "before": "pending",
          "changed": true,
          "diff": [
            {
              "field": "content",
              "live": "pending",
              "object": "file guarded",
              "want": "1",
            },
          ],
        },
        {
          "action": "atomic",
          "changed": true,
          "guarded": 30,
          "lifeline": "write uplink touches the path of this connection",
          "steps": [
            "write guarded",
            "write uplink",
          ],
        },
      ]
    `);
    const live = await onFolders(tasks, { check: true, report: 'listr', verbosity: 1 });
    expect(live.text).toMatchInlineSnapshot(`
      "
      all  1 host, check mode
      ✔ one  1 changed (pending commit)
          changed: h1
            {"after": "1", "before": "absent", "changed": true}
      ✔ two  1 ok
          ok: h1
            {"after": "pending", "before": "absent", "changed": false}
      ✔ three  1 changed (pending commit)
          changed: h1
            {"after": "1", "before": "pending", "changed": true}
      ✔ Uplink: commit  1 changed
          changed: h1
            {"changed": true}
          lifeline: h1
            write uplink touches the path of this connection
          guarded: h1
            puts itself back unless confirmed within 30 s
          steps: h1
            write guarded
            write uplink

      Recap
      host  ok  changed  failed
      h1     4        3       0

      1 host, check mode
      "
    `);
    const lines = (await onFolders(tasks, { check: true, report: 'jsonl' })).text.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as RunEvent)).toContainEqual(
      expect.objectContaining({
        ...{ type: 'caution', host: 'h1', guarded: 30 },
        lifeline: 'write uplink touches the path of this connection',
      }),
    );
  });
});
