import { EngineError } from '../engine/errors.ts';
import type { Inventory } from '../engine/inventory/types.ts';
import type { Play } from '../engine/playbook/types.ts';
import { isTemplate } from '../engine/template/types.ts';
import { connectionOptions } from '../engine/transport/index.ts';

/** Paths and names of users play no part in whether values can be used */
const NOBODY = { home: '/', user: 'nobody', cwd: '/' };

/**
 * Mistakes in the `ansible_*` variables that say how to reach the hosts of these plays, as far as they are no templates:
 * one problem for each mistake, with the first host that has it. Plays that set such variables themselves are left out.
 */
export function connectionProblems(
  plays: readonly Play[],
  inventory: Inventory,
  extraVars: Readonly<Record<string, unknown>>,
  hostsOf: (play: Play) => readonly string[],
): EngineError[] {
  const found = new Map<string, EngineError>();
  const hosts = new Set(plays.filter((play) => !setsConnection(play)).flatMap(hostsOf));
  for (const host of hosts) {
    const variables = { ...inventory.vars(host), ...extraVars };
    const written = Object.entries(variables).filter(
      ([name, value]) => name.startsWith('ansible_') && !isTemplate(value),
    );
    try {
      connectionOptions({ ansible_host: host, ...Object.fromEntries(written) }, NOBODY);
    } catch (error) {
      // What is missing may be in a template
      if (!(error instanceof EngineError) || error.code === 'PARAM_MISSING') continue;
      const { code, message, hint } = error;
      if (!found.has(message))
        found.set(message, new EngineError(code, `host ${host}: ${message}`, { hint }));
    }
  }
  return [...found.values()];
}

const setsConnection = ({ vars }: Play): boolean =>
  vars.some((layer) => Object.keys(layer).some((name) => name.startsWith('ansible_')));
