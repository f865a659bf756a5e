import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createReport } from '../../../src/engine/report/index.ts';
import type { RunEvent, TaskResult } from '../../../src/engine/run/events.ts';
import { result, stats, task } from './run-data.ts';

const ansible = '/usr/bin/ansible-playbook';

/** Every kind of line that needs no host but this machine. */
const playbook = `- name: First
  hosts: all
  gather_facts: false
  tasks:
    - name: Say
      debug: {msg: "it's \\"quoted\\"\\nand ünï"}
    - debug: {var: number}
      vars: {number: [1, {a: null}]}
    - name: Skip
      debug: {msg: no}
      when: false
    - name: Loop
      debug: {msg: "{{ item }}"}
      loop: [1, {k: v}]
      when: item != 1
    - name: Loop of nothing
      command: /bin/true
      loop: []
    - name: Change
      command: /bin/true
      notify: After
    - name: Fail on purpose
      fail: {msg: "no\\nreason"}
      ignore_errors: true
    - name: Fail in a loop
      fail: {msg: "{{ item }}"}
      loop: [a, b]
      ignore_errors: true
    - name: Check
      assert: {that: [1 == 1]}
    - name: Delegate
      command: /bin/true
      delegate_to: other
    - name: Secret
      fail: {msg: secret}
      no_log: true
      ignore_errors: true
  handlers:
    - name: After
      command: /bin/true
- name: Second
  hosts: none
  tasks: []
`;

const play = { id: 0, name: 'First' };
const second = { id: 1, name: 'Second' };
const of = (id: number, name: string, module: string, more: object = {}) =>
  task(id, name, module, play, more);
const censored =
  "the output has been hidden due to the fact that 'no_log: true' was specified for this result";

const taskEvents = (
  ref: ReturnType<typeof of>,
  whole: TaskResult,
  items: readonly [string, TaskResult][] = [],
): RunEvent[] => [
  { type: 'task-start', task: ref, hosts: ['h1'] },
  { type: 'host-start', task: ref, host: 'h1' },
  ...items.map(
    ([label, one]): RunEvent => ({ type: 'item-result', task: ref, host: 'h1', label, result: one }),
  ),
  { type: 'host-result', task: ref, host: 'h1', result: whole },
  { type: 'task-end', task: ref },
];

const events: RunEvent[] = [
  { type: 'run-start', playbooks: ['site.yml'], check: false, diff: false },
  { type: 'play-start', play, hosts: ['h1'] },
  ...taskEvents(of(1, 'Say', 'debug'), result('ok', { msg: 'it\'s "quoted"\nand ünï' })),
  ...taskEvents(of(2, 'debug', 'debug'), result('ok', { data: { number: [1, { a: null }] } })),
  ...taskEvents(of(3, 'Skip', 'debug'), result('skipped')),
  ...taskEvents(of(4, 'Loop', 'debug'), result('ok', { msg: 'All items completed' }), [
    ['1', result('skipped')],
    ["{'k': 'v'}", result('ok', { data: { msg: { k: 'v' } } })],
  ]),
  ...taskEvents(of(5, 'Loop of nothing', 'command'), result('skipped')),
  ...taskEvents(of(6, 'Change', 'command'), result('changed')),
  ...taskEvents(of(7, 'Fail on purpose', 'fail'), result('failed', { msg: 'no\nreason', ignored: true })),
  ...taskEvents(of(8, 'Fail in a loop', 'fail'), result('failed', { msg: 'One or more', ignored: true }), [
    ['a', result('failed', { msg: 'a', ignored: true, data: { item: 'a', ansible_loop_var: 'item' } })],
    ['b', result('failed', { msg: 'b', ignored: true, data: { item: 'b', ansible_loop_var: 'item' } })],
  ]),
  ...taskEvents(of(9, 'Check', 'assert'), result('ok', { msg: 'All assertions passed' })),
  ...taskEvents(of(10, 'Delegate', 'command'), result('changed', { delegatedTo: 'other' })),
  ...taskEvents(
    of(11, 'Secret', 'fail', { noLog: true }),
    result('failed', { ignored: true, data: { censored } }),
  ),
  ...taskEvents(of(12, 'After', 'command', { handler: true }), result('changed')),
  { type: 'play-end', play },
  { type: 'play-start', play: second, hosts: [] },
  { type: 'no-hosts', play: second },
  { type: 'play-end', play: second },
  {
    ...{ type: 'run-end', exitCode: 0, interrupted: false, durationMs: 1 },
    recap: { h1: stats({ ok: 10, changed: 3, skipped: 2, ignored: 3 }) },
  },
];

test.skipIf(!existsSync(ansible))(
  'lines are ansible-playbook’s, colours too (skipped where ansible-core is not installed)',
  () => {
    const cwd = mkdtempSync(join(tmpdir(), 'wirebook-lines-'));
    try {
      writeFileSync(join(cwd, 'site.yml'), playbook);
      writeFileSync(
        join(cwd, 'hosts'),
        '[all:vars]\nansible_connection=local\n[g]\nh1\n[none]\n[elsewhere]\nother\n',
      );
      const theirs = execFileSync(ansible, ['-i', 'hosts', '-l', 'h1', 'site.yml'], {
        cwd,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, ANSIBLE_FORCE_COLOR: 'true', ANSIBLE_LOCALHOST_WARNING: 'False' },
      });
      expect(ours()).toBe(comparable(theirs));
    } finally {
      rmSync(cwd, { recursive: true });
    }
  },
  60_000,
);

function ours(): string {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  const report = createReport('lines', { stream, isTTY: false, color: true, verbosity: 0, diff: false });
  for (const event of events) report.on(event);
  // The last line, with the time, is ours alone
  return comparable(text.replace(/.*1 host in .*\n$/, ''));
}

/** Colour codes in one spelling: a reset is a reset, and Ansible's 0;32 is 32. */
const comparable = (text: string): string =>
  text
    .replaceAll(/\u001b\[(?:39|22|0)m/g, '<>')
    .replaceAll(/\u001b\[(?:0;)?(\d+)m/g, '<$1>')
    .replaceAll('<1;35>', '<95>')
    .replaceAll('\u001b[1;35m', '<95>');
