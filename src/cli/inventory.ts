import { EngineError } from '../engine/errors.ts';
import { formatGraph, formatHost, formatList } from '../engine/inventory/listing.ts';
import { EXIT } from '../engine/run/exit.ts';
import { printProblems } from './failure.ts';
import { readInventory } from './load.ts';

interface ShowFlags {
  readonly inventory: readonly string[];
  readonly list?: boolean;
  readonly host?: string;
  readonly graph?: boolean;
  readonly vars?: boolean;
  readonly playbookDir?: string;
}

/** `wirebook inventory`: what ansible-inventory prints. @returns the exit code */
export async function inventoryCommand(group: string | undefined, flags: ShowFlags): Promise<number> {
  const asked = [flags.list, flags.host !== undefined, flags.graph].filter(Boolean).length;
  if (asked !== 1) throw new EngineError('USAGE', 'one of --list, --host NAME and --graph is needed');
  if (!flags.graph && (flags.vars || group !== undefined)) {
    throw new EngineError('USAGE', `${flags.vars ? '--vars' : 'a group'} goes with --graph`);
  }
  const { playbookDir } = flags;
  const dirs = playbookDir === undefined ? {} : { playbookDirs: [playbookDir] };
  const inventory = await readInventory(flags.inventory, { cwd: process.cwd(), ...dirs });
  printProblems(inventory.warnings, 'warning');
  if (flags.host !== undefined) console.log(formatHost(inventory, flags.host, playbookDir));
  else if (flags.list) console.log(formatList(inventory, playbookDir));
  else {
    const top = group === undefined ? {} : { group };
    const beside = playbookDir === undefined ? {} : { playbookDir };
    console.log(formatGraph(inventory, { ...top, vars: flags.vars === true, ...beside }));
  }
  return EXIT.ok;
}
