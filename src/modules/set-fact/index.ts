import type { ActionModule, ParamProblem } from '../../engine/module.ts';

/** Sets variables of the host, for the rest of the run. */
export const setFact: ActionModule<Readonly<Record<string, unknown>>> = {
  kind: 'action',
  name: 'set_fact',
  summary: 'Set variables of a host for the rest of the run',
  notes: 'Every other parameter is a variable and its value.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { cacheable: { type: 'boolean', description: 'Accepted; there is no cache of facts' } },
    patternProperties: { '^[A-Za-z_][A-Za-z0-9_]*$': { description: 'A variable and its value' } },
  },
  mutates: false,
  inCheckMode: 'run',
  local: true,
  check: (params): ParamProblem[] =>
    Object.keys(params).some((name) => name !== 'cacheable')
      ? []
      : [{ path: [], code: 'PARAM_MISSING', message: 'set_fact needs at least one variable' }],
  async run({ cacheable: _, ...facts }) {
    return { facts, data: { ansible_facts: facts } };
  },
};
