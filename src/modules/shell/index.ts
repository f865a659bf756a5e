import type { ActionModule } from '../../engine/module.ts';
import { type ExecParams, execProperties, execute, shellProperties } from '../command/exec.ts';

interface ShellParams extends ExecParams {
  readonly cmd: string;
  readonly executable?: string;
}

/** Runs a script in the host's shell. */
export const shell: ActionModule<ShellParams> = {
  kind: 'action',
  name: 'shell',
  summary: 'Run a shell command, with pipes, variables and all',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['cmd'],
    properties: {
      ...shellProperties,
      ...execProperties,
    },
  },
  freeForm: 'cmd',
  mutates: true,
  inCheckMode: 'run',
  run({ cmd, executable, ...params }, context) {
    return execute(
      params,
      { script: cmd, ...(executable === undefined ? {} : { executable }) },
      cmd,
      context,
    );
  },
};
