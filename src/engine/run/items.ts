import type { Task } from '../playbook/types.ts';
import { str } from '../template/text.ts';
import type { Variables } from '../template/types.ts';
import { containsUnknown } from '../unknown.ts';
import type { TaskRef } from './events.ts';
import { goesAway } from './facts.ts';
import { renderKeyword } from './keyword.ts';
import { type Outcome, registered, toResult } from './result.ts';
import { type Attempt, attemptTask, isIgnored, type TaskContext } from './task.ts';

/** Runs a task once for each item, one after the other. */
export async function runItems(
  task: Task,
  ref: TaskRef,
  host: string,
  items: readonly unknown[],
  variables: Variables,
  context: TaskContext,
  inexact: boolean,
): Promise<(Attempt & { item: unknown })[]> {
  const { options } = context;
  const loop = task.loop!;
  const pause = Number(renderKeyword(loop.pause, task, variables, options) ?? 0);
  const attempts: (Attempt & { item: unknown })[] = [];
  for (const [index, item] of items.entries()) {
    const values: Record<string, unknown> = {
      [loop.loopVar]: item,
      ansible_loop_var: loop.loopVar,
      ...(loop.indexVar === undefined ? {} : { [loop.indexVar]: index }),
      ...(loop.extended ? { ansible_loop: extendedLoop(items, index) } : {}),
    };
    if (pause > 0 && index > 0) await new Promise((resolve) => setTimeout(resolve, pause * 1000));
    const started = performance.now();
    const attempt = await attemptTask(task, host, values, context);
    const label = labelOf(task, item, values, context, host);
    const data = { ...attempt.data, [loop.loopVar]: item, ansible_loop_var: loop.loopVar };
    const result = toResult(attempt.outcome, data, {
      noLog: attempt.noLog || ref.noLog,
      ignored: isIgnored(task, attempt.outcome, variables, context),
      inexact,
      delegatedTo: attempt.delegatedTo,
      durationMs: performance.now() - started,
    });
    options.emit({
      type: 'item-result',
      task: ref,
      host,
      label: result.data.censored ? '(censored)' : label,
      result,
    });
    attempts.push({ ...attempt, data, item });
    // The next item sees them: `set_fact: {all: "{{ all + [item] }}"}`
    if (attempt.outcome.facts && !goesAway(task, attempt, variables, options))
      context.store.learn(task.module, host, attempt.outcome.facts);
    if (attempt.outcome.status === 'unreachable') break;
  }
  return attempts;
}

function extendedLoop(items: readonly unknown[], index: number): Record<string, unknown> {
  return {
    allitems: items,
    index: index + 1,
    index0: index,
    revindex: items.length - index,
    revindex0: items.length - index - 1,
    first: index === 0,
    last: index === items.length - 1,
    length: items.length,
    ...(index > 0 ? { previtem: items[index - 1] } : {}),
    ...(index < items.length - 1 ? { nextitem: items[index + 1] } : {}),
  };
}

function labelOf(
  task: Task,
  item: unknown,
  values: Record<string, unknown>,
  context: TaskContext,
  host: string,
): string {
  const { options, store, scope } = context;
  let label = item;
  if (task.loop?.label !== undefined) {
    label = options.templar.render(task.loop.label, store.layers(host, scope, task, values), task.loop.at);
  }
  return containsUnknown(label) ? JSON.stringify(label) : str(label);
}

/** One outcome of all items: the worst of them. */
export function merge(attempts: readonly Attempt[]): { outcome: Outcome; data: Record<string, unknown> } {
  const outcomes = attempts.map(({ outcome }) => outcome);
  const failed = outcomes.find(({ status }) => status === 'failed');
  const status = outcomes.some((outcome) => outcome.status === 'unreachable')
    ? 'unreachable'
    : failed
      ? 'failed'
      : outcomes.some((outcome) => outcome.status === 'changed')
        ? 'changed'
        : outcomes.every((outcome) => outcome.status === 'skipped')
          ? 'skipped'
          : 'ok';
  const msg =
    status === 'failed'
      ? 'One or more items failed'
      : status === 'skipped'
        ? 'All items skipped'
        : 'All items completed';
  const changed = attempts.some(({ data }) => data.changed === true);
  const undecided = outcomes.find((outcome) => outcome.undecided !== undefined)?.undecided;
  const outcome: Outcome = {
    status,
    msg,
    error: failed?.error,
    data: changed ? { changed } : {},
    diff: outcomes.flatMap(({ diff }) => diff ?? []),
    pending: outcomes.flatMap(({ pending }) => pending ?? []),
    steps: outcomes.flatMap(({ steps }) => steps ?? []),
    warnings: outcomes.flatMap(({ warnings }) => warnings ?? []),
    inexact: outcomes.some(({ inexact }) => inexact),
    undecided,
    uncommitted: outcomes.some(({ uncommitted }) => uncommitted) ? () => ({}) : undefined,
    lifeline: outcomes.find(({ lifeline }) => lifeline !== undefined)?.lifeline,
    guarded: outcomes.find(({ guarded }) => guarded !== undefined)?.guarded,
  };
  return {
    outcome,
    data: registered(
      { ...outcome, diff: [], pending: [] },
      { results: attempts.map(({ data }) => data), skipped: false },
    ),
  };
}
