import type { ResourceModule, SourceRequest } from '../module.ts';
import type { Task, TaskNode } from '../playbook/types.ts';
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
    const settings = attempt(() => settingsOf(options, store.layers(host, scope)));
    if (!settings) return [];
    return tasks.flatMap((task) => {
      const module = options.registry.get(task.module) as ResourceModule<unknown, unknown>;
      const wishes = attempt(() => paramsOf(task, module, host, options, store, scope)) ?? [];
      return wishes.flatMap((params) => module.sources(params, settings));
    });
  };
}

/** Parameters of a task for a host: of each of its items, if it loops. */
function paramsOf(
  task: Task,
  module: ResourceModule<unknown, unknown>,
  host: string,
  options: RunOptions,
  store: VariableStore,
  scope: PlayScope,
): readonly unknown[] {
  const variables = store.layers(host, scope, task);
  if (!task.loop) return [renderParams(task, module, variables, options)];
  const items = loopItems(task.loop, options.templar, variables);
  if (!Array.isArray(items)) return [];
  const { loopVar } = task.loop;
  return items.map((item) =>
    renderParams(task, module, store.layers(host, scope, task, { [loopVar]: item }), options),
  );
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

export const tasksOf = (nodes: readonly TaskNode[]): Task[] =>
  nodes.flatMap((node) =>
    node.kind === 'task'
      ? [node]
      : [...tasksOf(node.block), ...tasksOf(node.rescue), ...tasksOf(node.always)],
  );
