import { EngineError } from '../../engine/errors.ts';
import type { ActionContext, ActionModule } from '../../engine/module.ts';

interface DebugParams {
  readonly msg?: unknown;
  readonly var?: string;
  readonly verbosity?: number;
}

/** Prints a message or a variable. */
export const debug: ActionModule<DebugParams> = {
  kind: 'action',
  name: 'debug',
  summary: 'Print a message, or the value of an expression',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      msg: { description: 'What to print, of any type' },
      var: { type: 'string', description: 'Expression whose value is printed' },
      verbosity: { type: 'integer', minimum: 0, description: 'Print only with at least so many -v' },
    },
  },
  mutates: false,
  inCheckMode: 'run',
  local: true,
  raw: ['var'],
  check: ({ msg, var: name }) =>
    msg !== undefined && name !== undefined
      ? [{ path: ['var'], at: 'key', code: 'PARAM_CONFLICT', message: 'msg and var exclude each other' }]
      : [],
  async run({ msg, var: name, verbosity = 0 }, context) {
    if (context.verbosity < verbosity) return { skipped: true, msg: 'Verbosity threshold not met.' };
    if (name === undefined) return { data: { msg: msg ?? 'Hello world!' } };
    return { data: { [name]: shownValue(name, context) } };
  },
};

/** As Ansible has it, a variable that is not there is no failure: to see that is what debug is for. */
function shownValue(name: string, context: ActionContext): unknown {
  try {
    return context.evaluate(name);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'VAR_UNDEFINED') throw error;
    return context.verbosity > 0 ? `VARIABLE IS NOT DEFINED! ${error.message}` : 'VARIABLE IS NOT DEFINED!';
  }
}
