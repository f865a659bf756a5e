import type { ActionModule } from '../../engine/module.ts';

interface PingParams {
  readonly data?: string;
}

/** Shows that a host can be reached and gives a shell. */
export const ping: ActionModule<PingParams> = {
  kind: 'action',
  name: 'ping',
  summary: 'Show that a host can be reached and gives a shell',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { data: { type: 'string', description: 'What to answer; default pong' } },
  },
  mutates: false,
  inCheckMode: 'run',
  async run({ data = 'pong' }, context) {
    const output = await context.exec({ argv: ['printf', '%s', data], timeout: 30 });
    return { data: { ping: output.stdout } };
  },
};
