import type { ActionModule } from '../../engine/module.ts';

interface WaitParams {
  readonly timeout?: number;
  readonly delay?: number;
}

/** Waits until a host can be reached again. */
export const waitForConnection: ActionModule<WaitParams> = {
  kind: 'action',
  name: 'wait_for_connection',
  summary: 'Wait until a host can be reached',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      timeout: { type: 'integer', minimum: 1, description: 'Seconds to keep trying; default 600' },
      delay: { type: 'integer', minimum: 0, description: 'Seconds before the first try; default 0' },
    },
  },
  mutates: true,
  inCheckMode: 'run',
  async run({ timeout = 600, delay = 0 }, context) {
    const started = Date.now();
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay * 1000));
    await context.reconnect(timeout - delay);
    return { data: { elapsed: Math.round((Date.now() - started) / 1000) } };
  },
};
