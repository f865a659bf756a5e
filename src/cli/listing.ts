import { allTags, selected } from '../engine/playbook/tags.ts';
import type { TaskNode } from '../engine/playbook/types.ts';
import { hostPattern, playName } from '../engine/run/play.ts';
import { tasksOf } from '../engine/run/hints.ts';
import type { RunFlags } from './flags.ts';
import type { Loaded } from './load.ts';

/** --list-hosts, --list-tasks and --list-tags, in ansible-playbook's layout. */
export function listRun(
  { playbooks, inventory, templar }: Loaded,
  flags: RunFlags,
  extraVars: Readonly<Record<string, unknown>>,
): string {
  const lines: string[] = [];
  for (const playbook of playbooks) {
    lines.push('', `playbook: ${playbook.file}`);
    for (const [index, play] of playbook.plays.entries()) {
      const pattern = hostPattern(play, { templar, extraVars });
      lines.push('', `  play #${index + 1} (${pattern}): ${playName(play)}\tTAGS: [${play.tags.join(',')}]`);
      if (flags.listHosts) {
        const hosts = inventory.select(pattern, flags.limit);
        lines.push(
          `    pattern: ['${pattern}']`,
          `    hosts (${hosts.length}):`,
          ...hosts.map((host) => `      ${host}`),
        );
      }
      if (flags.listTasks) {
        const wanted = play.sections
          .flatMap((nodes: readonly TaskNode[]) => tasksOf(nodes))
          .filter((task) => selected(task.tags, flags.tags, flags.skipTags));
        lines.push('    tasks:');
        for (const task of wanted)
          lines.push(`      ${task.name ?? task.module}\tTAGS: [${[...task.tags].sort().join(', ')}]`);
      }
      if (flags.listTags)
        lines.push(`      TASK TAGS: [${[...allTags([{ ...playbook, plays: [play] }])].sort().join(', ')}]`);
    }
  }
  return lines.join('\n');
}
