import { readFileSync } from 'node:fs';
import { EXIT } from '../engine/run/exit.ts';
import { readExtraVars } from './extra-vars.ts';
import { printProblems } from './failure.ts';
import type { InventoryFlags } from './flags.ts';
import { load } from './load.ts';

/** `wirebook lint`: the checks that come before every run, and nothing else. @returns the exit code */
export async function lintCommand(
  files: readonly string[],
  flags: InventoryFlags & { readonly extraVars: readonly string[] },
): Promise<number> {
  const { warnings, playbooks } = await load({
    files,
    sources: flags.inventory,
    limit: flags.limit,
    extraVars: readExtraVars(flags.extraVars),
    cwd: process.cwd(),
    env: process.env,
    readFile: (file) => readFileSync(file, 'utf8'),
  });
  printProblems(warnings, 'warning');
  const plays = playbooks.reduce((sum, playbook) => sum + playbook.plays.length, 0);
  const found = warnings.length === 0 ? 'nothing to complain of' : count(warnings.length, 'warning');
  console.log(`${count(playbooks.length, 'playbook')}, ${count(plays, 'play')}: ${found}`);
  return EXIT.ok;
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
