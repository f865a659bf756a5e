import { EngineError } from '../errors.ts';
import type { AnyModule, SourceRequest } from '../module.ts';
import type { Task } from '../playbook/types.ts';
import { locationOf } from '../source.ts';
import type { Variables } from '../template/types.ts';
import { containsUnknown, isUnknown } from '../unknown.ts';
import { runAction } from './action.ts';
import type { Caution, Place } from './change.ts';
import { becomeOf, connectionVariables, settingsOf, truthy } from './connection.ts';
import type { Fleet } from './fleet.ts';
import { positionOf, renderKeyword } from './keyword.ts';
import type { Machine } from './machine.ts';
import type { RunOptions } from './options.ts';
import { renderParams } from './params.ts';
import { gatherResource, runResource } from './resource.ts';
import { failure, type Outcome, registered, skipped, undecidedAt } from './result.ts';
import { retried } from './retry.ts';
import { commitTransaction, type Transaction } from './transaction.ts';
import type { PlayScope, VariableStore } from './variables.ts';

/** What a task needs from the play it is in. */
export interface TaskContext {
  readonly options: RunOptions;
  readonly store: VariableStore;
  readonly scope: PlayScope;
  readonly fleet: Fleet;
  /** Sources that the rest of the play will need on a host */
  readonly hints: (host: string) => readonly SourceRequest[];
  /** Told of each unsuccessful try of an `until` */
  readonly onRetry: (left: number, outcome: Outcome, data: Record<string, unknown>) => void;
  /** Told what is to be said before steps run */
  readonly onCaution: (caution: Caution) => void;
  /** The atomic block that the task is in, or ends */
  readonly transaction: Transaction | undefined;
}

/** One turn of a task on one host: with its loop item, if it has one. */
export interface Attempt {
  readonly outcome: Outcome;
  readonly data: Record<string, unknown>;
  readonly delegatedTo: string | undefined;
  readonly noLog: boolean;
}

/** Whether a failure of the task is let pass. */
export function isIgnored(task: Task, outcome: Outcome, variables: Variables, context: TaskContext): boolean {
  const keyword =
    outcome.status === 'failed'
      ? task.ignoreErrors
      : outcome.status === 'unreachable'
        ? task.ignoreUnreachable
        : undefined;
  return keyword !== undefined && truthy(renderKeyword(keyword, task, variables, context.options));
}

/** Runs a task once on a host. Everything up to the machine's queue happens at once, so that hosts queue in order. */
export function attemptTask(
  task: Task,
  host: string,
  loop: Readonly<Record<string, unknown>> | undefined,
  context: TaskContext,
): Promise<Attempt> {
  const { options, store, scope } = context;
  const variables = store.layers(host, scope, task, loop);
  let noLog = true;
  let delegatedTo: string | undefined;
  const end = (come: Outcome): Attempt => {
    const outcome = located(decided(come, task, variables, context), task);
    return { outcome, data: registered(outcome), delegatedTo, noLog };
  };
  try {
    noLog = truthy(renderKeyword(task.noLog, task, variables, options));
    const condition = decide(task, variables, options);
    if (condition) return Promise.resolve(end(condition));
    const delegate = renderKeyword(task.delegateTo, task, variables, options);
    if (delegate !== undefined) delegatedTo = String(delegate);
    const run = prepare(task, host, delegatedTo, variables, context);
    if ('status' in run) return Promise.resolve(end(run));
    const { machine } = run;
    const work = (): Promise<Attempt> => retried(task, run.run, variables, end, context);
    return (machine ? machine.turn(work) : work()).catch((error) => end(failure(error)));
  } catch (error) {
    return Promise.resolve(end(failure(error)));
  }
}

/** Skipped or undecided by `when`; undefined: the task runs. */
function decide(task: Task, variables: Variables, options: RunOptions): Outcome | undefined {
  for (const { expression, at } of task.when) {
    const value = options.templar.condition(expression, variables, at);
    if (isUnknown(value)) return undecidedAt(`when: ${String(expression)} (${positionOf(locationOf(at))})`);
    if (!value) {
      return {
        ...skipped('Conditional result was False'),
        data: { skip_reason: 'Conditional result was False', false_condition: expression },
      };
    }
  }
  return undefined;
}

/** Only check mode may leave a task without an answer; in an atomic block that is done, it fails. */
export function decided(
  outcome: Outcome,
  task: Task,
  variables: Variables,
  { options, transaction }: TaskContext,
): Outcome {
  const { undecided } = outcome;
  if (!transaction || undecided === undefined || isCheck(task, variables, options)) return outcome;
  return failure(
    new EngineError('ATOMIC_TASK', `only known after the commit of the atomic block: ${undecided}`, {
      hint: 'inside the block, register holds what is predicted; what only the host can know comes with the commit',
    }),
  );
}

const isCheck = (task: Task, variables: Variables, options: RunOptions): boolean =>
  task.checkMode === undefined
    ? options.check
    : truthy(renderKeyword(task.checkMode, task, variables, options));

interface Prepared {
  /** Whose turn it takes; undefined: it needs none */
  readonly machine: Machine | undefined;
  readonly run: () => Promise<Outcome>;
}

/** Renders parameters and finds the machine. */
function prepare(
  task: Task,
  host: string,
  delegate: string | undefined,
  variables: Variables,
  context: TaskContext,
): Prepared | Outcome {
  const { options, store, scope, fleet, transaction } = context;
  const check = isCheck(task, variables, options);
  const connecting = delegate === undefined ? variables : store.layers(delegate, scope);
  const reach = () => {
    const { key, transport } = options.reach(
      delegate ?? host,
      connectionVariables(options, task, connecting),
    );
    return fleet.machine(key, () => transport);
  };
  const become = () => becomeOf(options, task, connecting);
  const change = (run: (place: Place) => Promise<Outcome>): Prepared => {
    const [user, machine, settings] = [become(), reach(), settingsOf(options, connecting)];
    const reopen = () => machine.shell(user);
    const { world, check: rehearsal } = options;
    const place = { settings, machine, reopen, world, check, rehearsal, caution: context.onCaution };
    return { machine, run: async () => run({ ...place, shell: await reopen() }) };
  };

  if (transaction?.commit === task) {
    if (transaction.isEmpty) return skipped('No task of the block has anything to do here');
    return change((place) => commitTransaction(transaction, place));
  }
  const module: AnyModule<unknown> | undefined = options.registry.get(task.module);
  if (!module) throw new EngineError('MODULE_UNKNOWN', `no module is called ${task.module}`);
  const isLocal = module.kind === 'action' && module.local === true;
  const params = renderParams(task, module, variables, options);
  if (containsUnknown(params) && !isLocal)
    return undecidedAt(`parameters of ${task.module} (${positionOf(locationOf(task.argsAt))})`);
  if (module.kind === 'resource') {
    const hints = () => (delegate === undefined ? context.hints(host) : []);
    return change((place) => {
      const work = { ...place, module, params, hints };
      return transaction ? gatherResource(work, transaction) : runResource(work);
    });
  }

  const [user, machine] = [become(), reach()];
  const keyword = (value: unknown) => renderKeyword(value, task, variables, options);
  const environment = renderEnvironment(task, variables, options);
  const run = (): Promise<Outcome> =>
    runAction({
      module,
      params,
      host,
      machine,
      shell: () => machine.shell(user),
      environment,
      timeout: Number(keyword(task.timeout) ?? 0) || undefined,
      check,
      diff: task.diff === undefined ? options.diff : truthy(keyword(task.diff)),
      verbosity: options.verbosity,
      evaluate: (expression) => options.templar.evaluate(expression, variables, task.argsAt),
      condition: (expression) => options.templar.condition(expression, variables, task.argsAt),
    });
  return { machine: isLocal ? undefined : machine, run };
}

function renderEnvironment(task: Task, variables: Variables, options: RunOptions): Record<string, string> {
  const environment = new Map<string, string>();
  for (const layer of task.environment) {
    const rendered = options.templar.render(layer, variables, task.at);
    for (const map of Array.isArray(rendered) ? rendered : [rendered]) {
      for (const [name, value] of Object.entries(map as object)) environment.set(name, String(value));
    }
  }
  return Object.fromEntries(environment);
}

/** Run-time failures point at their task when they point nowhere else. */
function located(outcome: Outcome, task: Task): Outcome {
  const { error } = outcome;
  if (!error || error.location) return outcome;
  const { code, message, hint, cause } = error;
  return {
    ...outcome,
    error: new EngineError(code, message, { hint, cause, location: locationOf(task.at) }),
  };
}
