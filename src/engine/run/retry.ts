import { EngineError } from '../errors.ts';
import type { Task } from '../playbook/types.ts';
import { locationOf } from '../source.ts';
import type { Variables } from '../template/types.ts';
import { isUnknown } from '../unknown.ts';
import { positionOf, renderKeyword } from './keyword.ts';
import type { RunOptions } from './options.ts';
import { failure, type Outcome, registered, undecidedAt } from './result.ts';
import type { Attempt, TaskContext } from './task.ts';

/** `until`, `changed_when` and `failed_when` around a run. */
export async function retried(
  task: Task,
  run: () => Promise<Outcome>,
  variables: Variables,
  end: (outcome: Outcome) => Attempt,
  context: TaskContext,
): Promise<Attempt> {
  const { options } = context;
  const number = (value: unknown, fallback: number): number => {
    const rendered = renderKeyword(value, task, variables, options);
    return rendered === undefined ? fallback : Number(rendered);
  };
  const tries = task.until
    ? 1 + number(task.retries, 3)
    : task.retries === undefined
      ? 1
      : 1 + number(task.retries, 0);
  for (let attempt = 1; ; attempt++) {
    const outcome = judge(task, counted(task, await runSafely(run), attempt), variables, options);
    const result = end(outcome);
    if (outcome.status === 'unreachable' || outcome.status === 'skipped') return result;
    const scope = withRegister(task, variables, result.data);
    const done = task.until
      ? options.templar.condition(task.until.expression, scope, task.until.at) === true
      : outcome.status !== 'failed';
    if (done) return result;
    if (attempt >= tries) return tries === 1 ? result : givenUp(task, result, attempt);
    context.onRetry(tries - attempt, outcome, result.data);
    await new Promise((resolve) => setTimeout(resolve, 1000 * number(task.delay, 5)));
  }
}

async function runSafely(run: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await run();
  } catch (error) {
    return failure(error);
  }
}

/** `attempts` is there for `changed_when` and `failed_when` too. */
function counted(task: Task, outcome: Outcome, attempts: number): Outcome {
  const counts = task.until ?? task.retries;
  return counts === undefined ? outcome : { ...outcome, data: { ...outcome.data, attempts } };
}

/** As Ansible counts, `attempts` of a task that gave up has not the first in it. */
function givenUp(task: Task, attempt: Attempt, tries: number): Attempt {
  const attempts = tries - 1;
  const outcome = { ...attempt.outcome, data: { ...attempt.outcome.data, attempts } };
  if (!task.until || outcome.status === 'failed')
    return { ...attempt, outcome, data: { ...attempt.data, attempts } };
  const error = new EngineError('CONDITION', `until did not come true in ${tries} tries`, {
    location: locationOf(task.until.at),
  });
  const failed: Outcome = { ...outcome, status: 'failed', error, msg: error.message };
  return { ...attempt, outcome: failed, data: { ...attempt.data, ...registered(failed) } };
}

function judge(task: Task, outcome: Outcome, variables: Variables, options: RunOptions): Outcome {
  if (outcome.status === 'unreachable' || outcome.status === 'skipped') return outcome;
  const { templar } = options;
  const scope = withRegister(task, variables, registered(outcome));
  let judged = outcome;
  if (task.changedWhen) {
    const value = templar.condition(task.changedWhen.expression, scope, task.changedWhen.at);
    if (isUnknown(value)) return undecidedAt(`changed_when (${positionOf(locationOf(task.changedWhen.at))})`);
    if (judged.status !== 'failed') judged = { ...judged, status: value ? 'changed' : 'ok' };
  }
  if (task.failedWhen) {
    const value = templar.condition(task.failedWhen.expression, scope, task.failedWhen.at);
    if (isUnknown(value)) return undecidedAt(`failed_when (${positionOf(locationOf(task.failedWhen.at))})`);
    if (value) {
      const error = new EngineError('CONDITION', 'failed_when came out true', {
        location: locationOf(task.failedWhen.at),
      });
      judged = { ...judged, status: 'failed', error, data: { ...judged.data, failed_when_result: true } };
    } else if (judged.status === 'failed') {
      const status = judged.data?.changed ? 'changed' : 'ok';
      judged = { ...judged, status, error: undefined, data: { ...judged.data, failed_when_result: false } };
    }
  }
  return judged;
}

function withRegister(task: Task, variables: Variables, data: Record<string, unknown>): Variables {
  if (task.register === undefined) return variables;
  return [...variables, { name: 'register', values: { [task.register]: data }, templated: false }];
}
