import { EngineError } from '../errors.ts';
import { suggest } from '../suggest.ts';
import { eachTask } from './tasks.ts';
import type { Playbook } from './types.ts';

/**
 * Whether a task with these tags runs, given --tags and --skip-tags, as Ansible decides it: `always` runs unless it is
 * skipped by name, `never` only when one of the task's tags is asked for; `all`, `tagged` and `untagged` can be asked
 * for and skipped.
 */
export function selected(own: readonly string[], only: readonly string[], skip: readonly string[]): boolean {
  const tags = new Set(own.length > 0 ? own : ['untagged']);
  const tagged = own.length > 0;
  const asked = only.length > 0 ? only : ['all'];
  const runs =
    tags.has('always') ||
    asked.some((tag) => tags.has(tag)) ||
    (!tags.has('never') && (asked.includes('all') || (tagged && asked.includes('tagged'))));
  if (!runs) return false;
  if (skip.includes('all')) return tags.has('always') && !skip.includes('always');
  return !skip.some((tag) => tags.has(tag)) && !(tagged && skip.includes('tagged'));
}

const SPECIAL = new Set(['all', 'tagged', 'untagged', 'always', 'never']);

/** Every tag that a task has, sorted. */
export function allTags(playbooks: readonly Playbook[]): readonly string[] {
  const tasks = playbooks
    .flatMap(({ plays }) => plays)
    .flatMap(({ sections }) => sections.map((nodes) => [...eachTask(nodes)]));
  return [...new Set(tasks.flat().flatMap((task) => task.tags))].sort();
}

/** Tags asked for that no task has. */
export function unknownTags(
  playbooks: readonly Playbook[],
  asked: readonly string[],
): readonly EngineError[] {
  const known = allTags(playbooks);
  return asked
    .filter((tag) => !SPECIAL.has(tag) && !known.includes(tag))
    .map((tag) => {
      const near = suggest(tag, known);
      const list = known.length > 0 ? `tags here: ${known.join(', ')}` : 'no task here has a tag';
      return new EngineError('TAG_UNKNOWN', `no task has the tag ${tag}`, {
        hint: near === undefined ? list : `did you mean ${near}?`,
      });
    });
}
