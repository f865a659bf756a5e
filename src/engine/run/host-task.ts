import type { Task } from '../playbook/types.ts';
import type { Variables } from '../template/types.ts';
import { isUnknown } from '../unknown.ts';
import type { TaskRef, TaskResult } from './events.ts';
import { type SortedFacts, sortFacts } from './facts.ts';
import { merge, runItems } from './items.ts';
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
import { type Attempt, attemptTask, decided, isIgnored, type TaskContext } from './task.ts';

/** What a task came to on a host, loop and all. */
export interface HostOutcome extends SortedFacts {
  readonly result: TaskResult;
  /** What `register` gets */
  readonly data: Readonly<Record<string, unknown>>;
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
    ...sortFacts(task, attempts ?? (attempt ? [attempt] : []), variables, options),
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
