import type { FieldDiff, Pending } from '../../../src/engine/module.ts';
import type {
  HostStats,
  PlayRef,
  RunEvent,
  TaskRef,
  TaskResult,
  TaskStatus,
} from '../../../src/engine/run/events.ts';

/** A task on a line of site.yml. */
export function task(
  id: number,
  name: string,
  module: string,
  play: PlayRef,
  more: Partial<TaskRef> = {},
): TaskRef {
  const line = 4 + id * 5;
  const text = `    - name: ${name}`;
  return {
    ...{ id, name, module, play, handler: false, noLog: false },
    location: { file: 'site.yml', line, column: 7, length: text.length - 6, text },
    ...more,
  };
}

export function result(status: TaskStatus, more: Partial<TaskResult> = {}): TaskResult {
  const { data, ...rest } = more;
  return {
    ...{
      status,
      ignored: false,
      diff: [],
      pending: [],
      steps: [],
      inexact: false,
      warnings: [],
      durationMs: 12,
    },
    data: {
      changed: status === 'changed',
      failed: status === 'failed',
      ...(status === 'skipped' ? { skipped: true } : {}),
      ...(status === 'unreachable' ? { unreachable: true } : {}),
      ...(rest.msg === undefined ? {} : { msg: rest.msg }),
      ...data,
    },
    ...rest,
  };
}

export const stats = (more: Partial<HostStats>): HostStats => ({
  ...{ ok: 0, changed: 0, unreachable: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0 },
  ...{ pending: 0, undecided: 0, inexact: false },
  ...more,
});

const play: PlayRef = { id: 0, name: 'KVM hosts' };
const empty: PlayRef = { id: 1, name: 'nobody' };

const bridgeDiff: FieldDiff[] = [
  { object: 'bridge br0', field: 'state', want: 'active', live: 'absent' },
  { object: 'bridge br0', field: 'ports', want: ['eth1', 'eth2'], live: undefined },
];
const networkDiff: FieldDiff[] = [
  { object: 'network lan', field: 'mtu', want: 9000, stored: 9000, live: 1500 },
  { object: 'network lan', field: 'autostart', want: true, stored: false, live: undefined },
];
const pending: Pending[] = [
  {
    object: 'network lan',
    field: 'mtu',
    want: 9000,
    stored: 9000,
    live: 1500,
    until: 'restart of network lan',
  },
];
const networkTask = task(2, 'Network lan', 'network', play);

/** Every task of a run on three hosts: its results by host, and its loop items. */
const tasks: { task: TaskRef; results: [string, TaskResult][]; items?: [string, string, TaskResult][] }[] = [
  {
    task: task(1, 'Bridge br0', 'bridge', play),
    results: [
      ['kvm1', result('changed', { diff: bridgeDiff, steps: ['add bridge br0', 'bring br0 up'] })],
      ['kvm2', result('ok')],
      [
        'kvm3',
        result('unreachable', {
          msg: 'ssh root@10.0.0.3:22: connection refused',
          error: {
            ...{ code: 'CONNECT', message: 'ssh root@10.0.0.3:22: connection refused' },
            hint: 'is sshd running there?',
          },
        }),
      ],
    ],
  },
  {
    task: networkTask,
    results: [
      ['kvm1', result('changed', { diff: networkDiff, pending, warnings: ['network lan has 2 guests'] })],
      [
        'kvm2',
        result('failed', {
          msg: 'network lan: mtu is 1500, wanted 9000',
          error: { code: 'VERIFY', message: 'network lan: mtu is 1500, wanted 9000' },
          data: { stderr: 'bad \u001b[31mescape\u009b' },
          ignored: true,
        }),
      ],
    ],
  },
  {
    task: task(3, 'Packages', 'command', play),
    results: [
      ['kvm1', result('changed', { data: { results: [] } })],
      ['kvm2', result('failed', { msg: 'One or more items failed', data: { results: [] } })],
    ],
    items: [
      ['kvm1', 'vim', result('ok', { data: { item: 'vim' } })],
      ['kvm2', 'vim', result('failed', { msg: 'no space', data: { item: 'vim', rc: 1 } })],
      ['kvm1', 'less', result('changed', { data: { item: 'less' } })],
      ['kvm1', 'nano', result('skipped', { data: { item: 'nano' } })],
    ],
  },
  { task: task(4, 'Say', 'debug', play), results: [['kvm1', result('ok', { msg: 'hello\nworld' })]] },
  {
    task: task(5, 'Secret', 'command', play, { noLog: true }),
    results: [['kvm1', result('ok', { data: { censored: 'the output has been hidden' } })]],
  },
  {
    task: task(6, 'Only if', 'command', play),
    results: [['kvm1', result('skipped', { undecided: 'probe.rc == 0 (site.yml:34:13)', inexact: true })]],
  },
  {
    task: task(7, 'Restart it', 'command', play, { handler: true }),
    results: [['kvm1', result('changed', { delegatedTo: 'kvm2', data: { rc: 0, stdout: 'done' } })]],
  },
];

/** A run with every outcome there is. */
export const realisticRun: readonly RunEvent[] = [
  { type: 'run-start', playbooks: ['/srv/site.yml'], check: false, diff: true },
  { type: 'play-start', play, hosts: ['kvm1', 'kvm2', 'kvm3'] },
  ...tasks.flatMap(({ task: ref, results, items = [] }): RunEvent[] => [
    { type: 'task-start', task: ref, hosts: results.map(([host]) => host) },
    ...results.map(([host]): RunEvent => ({ type: 'host-start', task: ref, host })),
    ...items.map(
      ([host, label, item]): RunEvent => ({ type: 'item-result', task: ref, host, label, result: item }),
    ),
    ...(ref.id === 6
      ? [
          {
            type: 'retry',
            task: ref,
            host: 'kvm1',
            left: 2,
            result: result('failed', { msg: 'not yet' }),
          } as const,
        ]
      : []),
    ...results.map(([host, one]): RunEvent => ({ type: 'host-result', task: ref, host, result: one })),
    { type: 'task-end', task: ref },
  ]),
  { type: 'play-end', play },
  {
    type: 'warning',
    message: 'the inventory says another address',
    host: 'kvm1',
    location: networkTask.location,
  },
  {
    type: 'warning',
    message: 'the inventory says another address',
    host: 'kvm1',
    location: networkTask.location,
  },
  { type: 'play-start', play: empty, hosts: [] },
  { type: 'no-hosts', play: empty },
  { type: 'play-end', play: empty },
  {
    type: 'run-end',
    recap: {
      kvm2: stats({ ok: 2, failed: 1, ignored: 1 }),
      kvm1: stats({ ok: 5, changed: 4, skipped: 1, pending: 1, undecided: 1, inexact: true }),
      kvm3: stats({ unreachable: 1 }),
    },
    exitCode: 4,
    interrupted: false,
    durationMs: 65_432,
  },
];
