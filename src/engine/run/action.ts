import type { ActionContext, ActionModule, ExecRequest } from '../module.ts';
import { quote, quoteAll } from '../transport/quote.ts';
import type { Shell } from '../transport/types.ts';
import type { Machine } from './machine.ts';
import { failure, type Outcome } from './result.ts';

export interface ActionTask {
  readonly module: ActionModule<unknown>;
  readonly params: unknown;
  readonly host: string;
  readonly machine: Machine;
  readonly shell: () => Promise<Shell>;
  readonly environment: Readonly<Record<string, string>>;
  /** Seconds, from `timeout:` */
  readonly timeout: number | undefined;
  readonly check: boolean;
  readonly diff: boolean;
  readonly verbosity: number;
  readonly evaluate: (expression: string) => unknown;
  readonly condition: (expression: unknown) => unknown;
}

/** Runs an action module. */
export async function runAction(task: ActionTask): Promise<Outcome> {
  const { module, check } = task;
  if (check && module.inCheckMode === 'skip') {
    return { status: 'skipped', msg: 'not run in check mode', inexact: module.mutates };
  }
  try {
    const result = await module.run(task.params, actionContext(task));
    const status = result.unreachable
      ? 'unreachable'
      : result.failed
        ? 'failed'
        : result.skipped
          ? 'skipped'
          : result.changed
            ? 'changed'
            : 'ok';
    return {
      status,
      msg: result.msg,
      data: result.data ?? {},
      facts: result.facts,
      undecided: result.undecided,
      inexact: check && module.mutates && Boolean(result.skipped || result.changed),
    };
  } catch (error) {
    return failure(error);
  } finally {
    if (module.mutates && !check) task.machine.forget();
  }
}

function actionContext(task: ActionTask): ActionContext {
  return {
    host: task.host,
    check: task.check,
    diff: task.diff,
    verbosity: task.verbosity,
    evaluate: task.evaluate,
    condition: task.condition,
    async exec(command) {
      const shell = await task.shell();
      const timeout = command.timeout ?? task.timeout ?? NO_TIMEOUT;
      const stdin = command.stdin === undefined ? {} : { stdin: command.stdin };
      return shell.run({ script: commandScript(command), env: task.environment, timeout, ...stdin });
    },
    async reconnect(seconds) {
      await task.machine.disconnect();
      await withinDeadline(task.shell, seconds);
    },
  };
}

/** A command that the user wrote may take as long as it takes. */
const NO_TIMEOUT = 7 * 24 * 3600;

function commandScript(command: ExecRequest): string {
  const enter = command.chdir === undefined ? '' : `cd -- ${quote(command.chdir)} || exit\n`;
  if ('argv' in command) return `${enter}exec ${quoteAll(command.argv)}`;
  if (command.executable === undefined) return `${enter}${command.script}`;
  return `${enter}exec ${quote(command.executable)} -c ${quote(command.script)}`;
}

async function withinDeadline(open: () => Promise<Shell>, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      await open();
      return;
    } catch (error) {
      if (Date.now() >= end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}
