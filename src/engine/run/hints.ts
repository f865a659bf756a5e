import type { SourceRequest } from '../module.ts';
import type { Play, Task, TaskNode } from '../playbook/types.ts';
import { settingsOf } from './connection.ts';
import { loopItems } from './loop.ts';
import type { RunOptions } from './options.ts';
import { renderParams } from './params.ts';
import type { PlayScope, VariableStore } from './variables.ts';

/**
 * What the tasks of a play are likely to want to know of a host, so that it is read in one go before the first of them.
 * Only a hint: whatever cannot be rendered yet is left out.
 */
export function playHints(
  options: RunOptions,
  store: VariableStore,
  scope: PlayScope,
): (host: string) => SourceRequest[] {
  const tasks = [...scope.play.sections.flatMap(tasksOf), ...scope.play.handlers].filter(
    (task) => options.registry.get(task.module)?.kind === 'resource' && task.delegateTo === undefined,
  );
  const asked = new Set<string>();
  return (host) => {
    if (asked.has(host)) return [];
    asked.add(host);
    return tasks.flatMap((task) => sourcesOf(task, host, options, store, scope));
  };
}

function sourcesOf(
  task: Task,
  host: string,
  options: RunOptions,
  store: VariableStore,
  scope: PlayScope,
): readonly SourceRequest[] {
  const module = options.registry.get(task.module);
  if (module?.kind !== 'resource') return [];
  try {
    const variables = store.layers(host, scope, task);
    const settings = settingsOf(options, variables);
    const items = task.loop ? loopItems(task.loop, options.templar, variables) : [undefined];
    if (!Array.isArray(items)) return [];
    return items.flatMap((item) => {
      const own = task.loop ? store.layers(host, scope, task, { [task.loop.loopVar]: item }) : variables;
      return module.sources(renderParams(task, module, own, options), settings);
    });
  } catch {
    return [];
  }
}

export const tasksOf = (nodes: readonly TaskNode[]): Task[] =>
  nodes.flatMap((node) =>
    node.kind === 'task'
      ? [node]
      : [...tasksOf(node.block), ...tasksOf(node.rescue), ...tasksOf(node.always)],
  );

export const allTasks = (play: Play): Task[] => [...play.sections.flatMap(tasksOf), ...play.handlers];
