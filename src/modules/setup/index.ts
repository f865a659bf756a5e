import { EngineError } from '../../engine/errors.ts';
import type { ActionModule } from '../../engine/module.ts';
import { fitsGlob } from '../glob.ts';
import { FACTS_SCRIPT, parseFacts } from './facts.ts';

interface SetupParams {
  readonly gather_subset?: readonly string[];
  readonly filter?: readonly string[];
}

/** Reads facts of a host into variables. */
export const setup: ActionModule<SetupParams> = {
  kind: 'action',
  name: 'setup',
  summary: 'Read facts of a host: system, hardware, network',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      gather_subset: {
        type: 'array',
        items: { type: 'string' },
        'x-list': 'comma',
        description: 'Accepted; all facts are read in one go, whatever is asked for',
      },
      filter: {
        type: 'array',
        items: { type: 'string' },
        'x-list': 'comma',
        description: 'Globs; only facts of such names, with or without ansible_ before them',
      },
    },
  },
  mutates: false,
  inCheckMode: 'run',
  async run({ filter }, context) {
    const output = await context.exec({ script: FACTS_SCRIPT, timeout: 60 });
    if (output.status !== 0)
      throw new EngineError('OBSERVE', `facts could not be read: ${output.stderr.trim()}`);
    const all = parseFacts(output.stdout);
    const chosen = Object.entries(all).filter(
      ([name]) => !filter || filter.some((glob) => fitsGlob(glob, name) || fitsGlob(glob, `ansible_${name}`)),
    );
    const data = Object.fromEntries(chosen.map(([name, value]) => [`ansible_${name}`, value]));
    return { facts: Object.fromEntries(chosen), data: { ansible_facts: data } };
  },
};
