/** A program for terminal.test.ts: a short run on a terminal, which ends as its argument says. */
import { createReport } from '../../../src/engine/report/index.ts';
import { result, task } from './run-data.ts';

const how = process.argv[2];
const report = createReport('auto', {
  ...{ stream: process.stdout, isTTY: process.stdout.isTTY, color: true, verbosity: 0, diff: true },
  columns: process.stdout.columns,
});
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const play = { id: 0, name: 'KVM hosts' };
const hosts = ['kvm1', 'kvm2', 'kvm3'];
const counts = { unreachable: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0, pending: 0, undecided: 0 };
const stats = { ...counts, ok: 2, changed: 1, inexact: false };

report.on({ type: 'run-start', playbooks: ['site.yml'], check: true, diff: true });
report.on({ type: 'play-start', play, hosts });
for (const [id, name, slow] of [
  [1, 'Quick', 5],
  [2, 'Slow', 1400],
] as const) {
  const ref = task(id, name, 'bridge', play);
  report.on({ type: 'task-start', task: ref, hosts });
  for (const host of hosts) report.on({ type: 'host-start', task: ref, host });
  await sleep(Math.min(slow, 900));
  for (const host of hosts.slice(0, 2))
    report.on({ type: 'host-result', task: ref, host, result: result('ok') });
  if (slow > 900 && how === 'exit') process.exit(3);
  if (slow > 900 && how === 'throw') throw new Error('a bug of ours');
  if (slow > 900 && how === 'interrupt') break;
  if (slow > 900) report.on({ type: 'warning', message: 'seen at once' });
  await sleep(slow);
  report.on({ type: 'host-result', task: ref, host: 'kvm3', result: result('changed') });
  report.on({ type: 'task-end', task: ref });
}
report.on({
  ...{ type: 'run-end', recap: { kvm1: stats, kvm2: stats, kvm3: stats }, exitCode: 0 },
  interrupted: how === 'interrupt',
  durationMs: 2000,
});
await report.close?.();
