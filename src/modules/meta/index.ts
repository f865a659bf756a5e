import type { ActionModule } from '../../engine/module.ts';

interface MetaParams {
  readonly free_form: string;
}

/** Steers the run; the engine itself does what it says. */
export const meta: ActionModule<MetaParams> = {
  kind: 'action',
  name: 'meta',
  summary: 'Steer the run: flush handlers, end a host, play or batch',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['free_form'],
    properties: {
      free_form: {
        description: 'What to do',
        enum: [
          'flush_handlers',
          'noop',
          'end_play',
          'end_host',
          'end_batch',
          'clear_facts',
          'clear_host_errors',
          'reset_connection',
        ],
      },
    },
  },
  freeForm: 'free_form',
  mutates: false,
  inCheckMode: 'run',
  local: true,
  async run() {
    return {};
  },
};
