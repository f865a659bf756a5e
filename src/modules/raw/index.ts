import type { ActionModule } from '../../engine/module.ts';
import { execute } from '../command/exec.ts';

interface RawParams {
  readonly cmd: string;
  readonly executable?: string;
}

/** As `shell`: Wirebook needs nothing on the host but a shell, so the two do not differ. */
export const raw: ActionModule<RawParams> = {
  kind: 'action',
  name: 'raw',
  summary: 'Run a shell command; as shell, which needs no more than raw here',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['cmd'],
    properties: {
      cmd: { type: 'string', description: 'What the shell runs' },
      executable: {
        type: 'string',
        pattern: '^/',
        'x-hint': 'an absolute path',
        description: 'Path of the shell; default /bin/sh',
      },
    },
  },
  freeForm: 'cmd',
  mutates: true,
  inCheckMode: 'run',
  run({ cmd, executable }, context) {
    return execute({}, { script: cmd, ...(executable === undefined ? {} : { executable }) }, cmd, context);
  },
};
