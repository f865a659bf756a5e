import { merge as mergeMaps } from '../merge.ts';
import type { Task } from '../playbook/types.ts';
import { str } from '../template/text.ts';
import type { Variables } from '../template/types.ts';
import { containsUnknown, isUnknown } from '../unknown.ts';
import { truthy } from './connection.ts';
import type { TaskRef, TaskResult } from './events.ts';
import { renderKeyword } from './keyword.ts';
import { loopItems } from './loop.ts';
import {
  failure,
  type Outcome,
  registered,
  skipped,
  toResult,
  undecidedAt,
  undecidedRegister,
} from './result.ts';
import { type Attempt, attemptTask, decided, type TaskContext } from './task.ts';

/** What a task came to on a host, loop and all. */
export interface HostOutcome {
  readonly result: TaskResult;
  /** What `register` gets */
  readonly data: Readonly<Record<string, unknown>>;
  readonly facts: Readonly<Record<string, unknown>> | undefined;
  /** From here on check mode cannot be exact for the host */
  readonly inexact: boolean;
  /** What `register` gets once the task's atomic block is done, or has failed */
  readonly committed: (done: boolean) => Readonly<Record<string, unknown>>;
}

/** Runs a task on a host: once, or once an item. */
export async function runOnHost(
  task: Task,
  ref: TaskRef,
  host: string,
  context: TaskContext,
  inexact: boolean,
): Promise<HostOutcome> {
  const started = performance.now();
  const { options, store, scope } = context;
  const variables = store.layers(host, scope, task);
  const items = task.loop ? itemsOf(task, variables, context) : undefined;

  let outcome: Outcome;
  let data: Record<string, unknown>;
  let attempt: Attempt | undefined;
  let attempts: readonly Attempt[] | undefined;
  let noLog = ref.noLog;
  if (items === undefined) {
    attempt = await attemptTask(task, host, undefined, context);
    ({ outcome, data } = attempt);
    noLog ||= attempt.noLog;
  } else if (!Array.isArray(items)) {
    outcome = decided(items, task, variables, context);
    data = registered(outcome);
  } else {
    attempts = await runItems(task, ref, host, items, variables, context, inexact);
    noLog ||= attempts.some((each) => each.noLog);
    ({ outcome, data } = merge(attempts));
  }
  if (outcome.undecided !== undefined) data = { ...data, ...undecidedRegister() };
  const ignored = isIgnored(task, outcome, variables, context);
  const result = toResult(outcome, data, {
    noLog,
    ignored,
    inexact,
    delegatedTo: attempt?.delegatedTo,
    durationMs: performance.now() - started,
  });
  return {
    result,
    data,
    facts: outcome.facts,
    committed: (done) => committed(data, outcome, attempts, done),
    inexact: inexact || Boolean(outcome.inexact && options.check),
  };
}

/** A prediction's data with what has come of it; of nothing, when its block has failed. */
function committed(
  data: Readonly<Record<string, unknown>>,
  { uncommitted }: Outcome,
  items: readonly Attempt[] | undefined,
  done: boolean,
): Readonly<Record<string, unknown>> {
  const results = items?.map((item) => committed(item.data, item.outcome, undefined, done));
  return {
    ...data,
    ...uncommitted?.(done),
    ...(results && { results }),
    ...(done || data.changed !== true ? {} : { changed: false }),
    ...(done || data.changed !== true || data.failed === true ? {} : { skipped: true }),
  };
}

function isIgnored(task: Task, outcome: Outcome, variables: Variables, context: TaskContext): boolean {
  const keyword =
    outcome.status === 'failed'
      ? task.ignoreErrors
      : outcome.status === 'unreachable'
        ? task.ignoreUnreachable
        : undefined;
  return keyword !== undefined && truthy(renderKeyword(keyword, task, variables, context.options));
}

/** Items of a loop, or what the task comes to when they cannot be had. */
function itemsOf(task: Task, variables: Variables, context: TaskContext): unknown[] | Outcome {
  const { templar } = context.options;
  try {
    const items = loopItems(task.loop!, templar, variables);
    if (isUnknown(items)) return undecidedAt('loop');
    return items.length === 0 ? skipped('No items in the list') : items;
  } catch (error) {
    // Ansible's order: a condition that is false without an item skips a loop that cannot be rendered.
    for (const { expression, at } of task.when) {
      try {
        if (templar.condition(expression, variables, at) === false)
          return skipped('Conditional result was False');
      } catch {
        break;
      }
    }
    return failure(error);
  }
}

async function runItems(
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
function merge(attempts: readonly Attempt[]): { outcome: Outcome; data: Record<string, unknown> } {
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
    facts: mergeMaps(outcomes.map(({ facts }) => facts ?? {})),
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
    data: registered({ ...outcome, diff: [], pending: [] }, { results: attempts.map(({ data }) => data) }),
  };
}
