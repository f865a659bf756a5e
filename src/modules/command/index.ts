import type { ActionModule, ParamProblem } from '../../engine/module.ts';
import { type ExecParams, execProperties, execute } from './exec.ts';
import { splitWords } from './words.ts';

interface CommandParams extends ExecParams {
  readonly cmd?: string;
  readonly argv?: readonly string[];
}

/** Runs a program with its arguments, without a shell. */
export const command: ActionModule<CommandParams> = {
  kind: 'action',
  name: 'command',
  summary: 'Run a command, without a shell',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      cmd: {
        type: 'string',
        description: 'Command line; split into words as a shell does, but nothing is expanded',
      },
      argv: {
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
        description: 'The words themselves, instead of cmd',
      },
      ...execProperties,
    },
  },
  freeForm: 'cmd',
  mutates: true,
  inCheckMode: 'run',
  check({ cmd, argv }): ParamProblem[] {
    if ((cmd === undefined) !== (argv === undefined)) return [];
    const message = cmd === undefined ? 'command needs cmd or argv' : 'cmd and argv exclude each other';
    return [{ path: [], code: cmd === undefined ? 'PARAM_MISSING' : 'PARAM_CONFLICT', message }];
  },
  run({ cmd, argv, ...params }, context) {
    const words = argv ?? splitWords(cmd ?? '');
    return execute(params, { argv: words }, words, context);
  },
};
