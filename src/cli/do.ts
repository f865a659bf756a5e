import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { EngineError } from '../engine/errors.ts';
import type { RunEvent } from '../engine/run/events.ts';
import { registry } from '../modules/index.ts';
import { readExtraVars } from './extra-vars.ts';
import { printProblems } from './failure.ts';
import type { RunFlags } from './flags.ts';
import { load } from './load.ts';
import { execute } from './run.ts';

interface DoFlags extends RunFlags {
  readonly module: string;
  readonly args: string;
  readonly xml?: boolean;
}

const NAME = 'command line';

/** `wirebook do PATTERN -m MODULE -a ARGS`: a play of one task. @returns the exit code */
export async function doCommand(pattern: string, flags: DoFlags): Promise<number> {
  const args = /^\s*\{/.test(flags.args) ? jsonArgs(flags.args) : flags.args;
  const module = registry.get(flags.module);
  const action = module?.kind === 'action';
  const asked = action || (module?.kind === 'resource' && module.readOnly);
  const task = { [flags.module]: args === '' ? (action ? null : {}) : args };
  const text = stringify([
    { name: `${flags.module} on ${pattern}`, hosts: pattern, gather_facts: false, tasks: [task] },
  ]);
  const extraVars = readExtraVars(flags.extraVars);
  const loaded = await load({
    files: [NAME],
    sources: flags.inventory,
    limit: flags.limit,
    extraVars,
    cwd: process.cwd(),
    env: process.env,
    readFile: (file) => (file === NAME ? text : readFileSync(file, 'utf8')),
  });
  printProblems(loaded.warnings, 'warning');
  // These are run to see what they say, as with Ansible's ad-hoc commands
  const verbose = flags.verbose + (asked ? 1 : 0);
  return execute(loaded, { ...flags, verbose }, extraVars, { watch: flags.xml ? printXml : undefined });
}

function jsonArgs(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EngineError('USAGE', `--args is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** Shows a libvirt object's definitions, as they are after the task. */
function printXml(event: RunEvent): void {
  if (event.type !== 'host-result') return;
  const xml = event.result.data.xml as { stored?: string; live?: string } | undefined;
  for (const side of ['stored', 'live'] as const) {
    if (typeof xml?.[side] === 'string') console.log(`# ${event.host}: ${side}\n${xml[side].trim()}`);
  }
}
