import { EngineError } from '../errors.ts';
import type { AnyModule, SourceRequest } from '../module.ts';
import type { Task } from '../playbook/types.ts';
import { locationOf } from '../source.ts';
import type { Variables } from '../template/types.ts';
import type { Become } from '../transport/types.ts';
import { containsUnknown, isUnknown } from '../unknown.ts';
import { runAction } from './action.ts';
import { becomeOf, connectionVariables, settingsOf, truthy } from './connection.ts';
import type { Fleet } from './fleet.ts';
import { positionOf, renderKeyword } from './keyword.ts';
import type { Machine } from './machine.ts';
import type { RunOptions } from './options.ts';
import { renderParams } from './params.ts';
import { runResource } from './resource.ts';
import { failure, type Outcome, registered, skipped, undecidedAt } from './result.ts';
import { retried } from './retry.ts';
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
}

/** One turn of a task on one host: with its loop item, if it has one. */
export interface Attempt {
  readonly outcome: Outcome;
  readonly data: Record<string, unknown>;
  readonly delegatedTo: string | undefined;
  readonly noLog: boolean;
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
  const end = (outcome: Outcome): Attempt => ({
    outcome: located(outcome, task),
    data: registered(outcome),
    delegatedTo,
    noLog,
  });
  try {
    noLog = truthy(renderKeyword(task.noLog, task, variables, options));
    const condition = decide(task, variables, options);
    if (condition) return Promise.resolve(end(condition));
    const module = options.registry.get(task.module);
    if (!module) throw new EngineError('MODULE_UNKNOWN', `no module is called ${task.module}`);

    const delegate = renderKeyword(task.delegateTo, task, variables, options);
    if (delegate !== undefined) delegatedTo = String(delegate);
    const run = prepare(task, module, host, delegatedTo, variables, context);
    if ('status' in run) return Promise.resolve(end(run));
    const { machine } = run;
    const work = (): Promise<Attempt> => retried(task, run.run, variables, end, context);
    return (machine && !(module.kind === 'action' && module.local) ? machine.turn(work) : work()).catch(
      (error) => end(failure(error)),
    );
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

interface Prepared {
  readonly machine: Machine | undefined;
  readonly run: () => Promise<Outcome>;
}

/** Renders parameters and finds the machine. */
function prepare(
  task: Task,
  module: AnyModule<unknown>,
  host: string,
  delegate: string | undefined,
  variables: Variables,
  context: TaskContext,
): Prepared | Outcome {
  const { options, store, scope, fleet } = context;
  const { templar } = options;
  const check =
    task.checkMode === undefined
      ? options.check
      : truthy(renderKeyword(task.checkMode, task, variables, options));
  const diff =
    task.diff === undefined ? options.diff : truthy(renderKeyword(task.diff, task, variables, options));
  const params = renderParams(task, module, variables, options);
  if (containsUnknown(params) && !(module.kind === 'action' && module.local)) {
    return undecidedAt(`parameters of ${task.module} (${positionOf(locationOf(task.argsAt))})`);
  }

  const target = delegate ?? host;
  const connecting = delegate === undefined ? variables : store.layers(delegate, scope);
  const become = becomeOf(options, task, delegate === undefined ? variables : connecting);
  const reach = options.reach(target, connectionVariables(options, task, connecting));
  const machine = fleet.machine(reach.key, () => reach.transport);
  const timeout =
    task.timeout === undefined
      ? undefined
      : Number(renderKeyword(task.timeout, task, variables, options)) || undefined;

  if (module.kind === 'resource') {
    const settings = settingsOf(options, connecting);
    const run = async (): Promise<Outcome> =>
      runResource({
        module,
        params,
        settings,
        machine,
        shell: await machine.shell(become),
        world: options.world,
        check,
        hints: () => (delegate === undefined ? context.hints(host) : []),
      });
    return { machine, run };
  }
  const environment = renderEnvironment(task, variables, options);
  const run = (): Promise<Outcome> =>
    runAction({
      module,
      params,
      host,
      machine,
      shell: () => machine.shell(become as Become | undefined),
      environment,
      timeout,
      check,
      diff,
      verbosity: options.verbosity,
      evaluate: (expression) => templar.evaluate(expression, variables, task.argsAt),
      condition: (expression) => templar.condition(expression, variables, task.argsAt),
    });
  return { machine, run };
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
