import type { ActionModule } from '../../engine/module.ts';
import { execute, shellProperties } from '../command/exec.ts';

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
    properties: shellProperties,
  },
  freeForm: 'cmd',
  mutates: true,
  inCheckMode: 'run',
  run({ cmd, executable }, context) {
    return execute({}, { script: cmd, ...(executable === undefined ? {} : { executable }) }, cmd, context);
  },
};
