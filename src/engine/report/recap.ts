import type { HostStats, Recap } from '../run/events.ts';
import type { Palette } from './options.ts';
import { oneLine } from './text.ts';

/** Ansible's PLAY RECAP, a line a host by name; our own counts behind it only where they are not zero. */
export function formatRecap(recap: Recap, colors: Palette): string[] {
  return sortedHosts(recap).map(([host, stats]) => {
    const counts = [
      count('ok', stats.ok, colors.ok),
      count('changed', stats.changed, colors.changed),
      count('unreachable', stats.unreachable, colors.unreachable),
      count('failed', stats.failed, colors.failed),
      count('skipped', stats.skipped, colors.skipped),
      count('rescued', stats.rescued, colors.ok),
      count('ignored', stats.ignored, colors.warning),
      ...(stats.pending ? [count('pending', stats.pending, colors.warning)] : []),
      ...(stats.undecided ? [count('undecided', stats.undecided, colors.warning)] : []),
      ...(stats.inexact ? [colors.warning('inexact')] : []),
    ];
    const name = oneLine(host);
    return `${hostColor(stats, colors)(name)}${' '.repeat(Math.max(0, 26 - name.length))} : ${counts.join(' ')}`;
  });
}

export const sortedHosts = (recap: Recap): [string, HostStats][] =>
  Object.entries(recap).sort(([a], [b]) => (a < b ? -1 : 1));

export function hostColor(stats: HostStats, colors: Palette): (text: string) => string {
  if (stats.failed || stats.unreachable) return colors.failed;
  return stats.changed ? colors.changed : colors.ok;
}

function count(name: string, value: number, paint: (text: string) => string): string {
  const text = `${name}=${String(value).padEnd(4)}`;
  return value === 0 ? text : paint(text);
}
