import type { HostStats, Recap } from '../run/events.ts';
import { byName, foldHosts } from './fold-hosts.ts';
import type { Palette } from './options.ts';
import { hostColor } from './recap.ts';
import { counted } from './text.ts';

const COLUMNS = [
  'ok',
  'changed',
  'unreachable',
  'failed',
  'skipped',
  'rescued',
  'ignored',
  'pending',
  'undecided',
] as const;
const ALWAYS: readonly string[] = ['ok', 'changed', 'failed'];

/** The recap as a table: hosts with the same counts share a row, columns without counts are left out, failures come last. */
export function formatRecapTable(recap: Recap, colors: Palette): string[] {
  const rows = new Map<string, { stats: HostStats; hosts: string[] }>();
  for (const [host, stats] of Object.entries(recap).sort(([a], [b]) => byName(a, b))) {
    const key = JSON.stringify(stats);
    const row = rows.get(key);
    if (row) row.hosts.push(host);
    else rows.set(key, { stats, hosts: [host] });
  }
  const all = [...rows.values()].sort((a, b) => severity(a.stats) - severity(b.stats));
  const columns = COLUMNS.filter((name) => ALWAYS.includes(name) || all.some(({ stats }) => stats[name] > 0));
  const names = all.map(
    ({ hosts }) => foldHosts(hosts, 4) + (hosts.length > 1 ? ` (${counted(hosts.length, 'host')})` : ''),
  );
  const width = Math.max(4, ...names.map((name) => name.length));
  const header = ['host'.padEnd(width), ...columns].join('  ');
  return [
    colors.dim(header),
    ...all.map(({ stats }, index) => {
      const counts = columns.map((name) => {
        const text = String(stats[name]).padStart(name.length);
        return stats[name] === 0 ? colors.dim(text) : columnColor(name, colors)(text);
      });
      const inexact = stats.inexact ? [colors.warning('inexact')] : [];
      return [hostColor(stats, colors)(names[index]!.padEnd(width)), ...counts, ...inexact].join('  ');
    }),
  ];
}

const severity = (stats: HostStats): number =>
  stats.failed || stats.unreachable ? 2 : stats.changed ? 1 : 0;

function columnColor(name: (typeof COLUMNS)[number], colors: Palette): (text: string) => string {
  if (name === 'rescued') return colors.ok;
  if (name === 'ignored' || name === 'pending' || name === 'undecided') return colors.warning;
  return colors[name];
}
