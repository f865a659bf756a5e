import type { ActionModule } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';

interface AssertParams {
  readonly that: unknown;
  readonly fail_msg?: unknown;
  readonly msg?: unknown;
  readonly success_msg?: unknown;
  readonly quiet?: boolean;
}

/** Fails unless all conditions are true. */
export const assert: ActionModule<AssertParams> = {
  kind: 'action',
  name: 'assert',
  summary: 'Fail unless conditions are true',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['that'],
    properties: {
      that: {
        description: 'Condition, or list of them',
        anyOf: [
          { type: ['string', 'boolean'] },
          { type: 'array', minItems: 1, items: { type: ['string', 'boolean'] } },
        ],
      },
      fail_msg: { type: ['string', 'array'], items: {}, description: 'What to say when it fails' },
      msg: { type: ['string', 'array'], items: {}, description: 'The same as fail_msg' },
      success_msg: { type: ['string', 'array'], items: {}, description: 'What to say when it holds' },
      quiet: { type: 'boolean', description: 'Do not list the conditions' },
    },
  },
  mutates: false,
  inCheckMode: 'run',
  local: true,
  raw: ['that'],
  async run({ that, fail_msg, msg, success_msg }, context) {
    for (const condition of Array.isArray(that) ? that : [that]) {
      const value = context.condition(condition);
      if (isUnknown(value)) {
        return {
          skipped: true,
          msg: 'check mode cannot know yet',
          undecided: `assert: ${String(condition)}`,
        };
      }
      if (value !== true) {
        const text = fail_msg ?? msg ?? 'Assertion failed';
        const said = Array.isArray(text) ? text.join('\n') : String(text);
        return { failed: true, msg: said, data: { assertion: condition, evaluated_to: false } };
      }
    }
    const text = success_msg ?? 'All assertions passed';
    return { msg: Array.isArray(text) ? text.join('\n') : String(text) };
  },
};
