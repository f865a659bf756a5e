import type { ActionModule } from '../../engine/module.ts';

interface FailParams {
  readonly msg?: string;
}

/** Fails with a message. */
export const fail: ActionModule<FailParams> = {
  kind: 'action',
  name: 'fail',
  summary: 'Fail with a message',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { msg: { type: 'string', description: 'What to say' } },
  },
  mutates: false,
  inCheckMode: 'run',
  local: true,
  async run({ msg = 'Failed as requested from task' }) {
    return { failed: true, msg };
  },
};
