import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { EngineError, SourceErrors } from '../engine/errors.ts';
import { type LoadedInventory, loadInventory } from '../engine/inventory/index.ts';
import type { Registry } from '../engine/module.ts';
import { loadPlaybooks } from '../engine/playbook/index.ts';
import { inOrder } from '../engine/playbook/problems.ts';
import type { Play, Playbook } from '../engine/playbook/types.ts';
import { locationOf } from '../engine/source.ts';
import { createTemplar } from '../engine/template/index.ts';
import { isTemplate, type Templar, type TemplateChecker } from '../engine/template/types.ts';
import { registry } from '../modules/index.ts';
import { connectionProblems } from './check-connections.ts';

export interface Loaded {
  readonly inventory: LoadedInventory;
  readonly playbooks: readonly Playbook[];
  readonly templar: Templar & TemplateChecker;
  readonly warnings: readonly EngineError[];
}

/** Advice to who may have forgotten the inventory. */
export const NO_HOSTS = 'the inventory has no hosts: name one with -i';

export interface LoadRequest {
  /** Playbook files, relative to cwd */
  readonly files: readonly string[];
  /** As given to -i */
  readonly sources: readonly string[];
  readonly limit?: string | undefined;
  readonly tags?: readonly string[];
  readonly extraVars: Readonly<Record<string, unknown>>;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: those of playbooks */
  readonly modules?: Registry;
  readFile(file: string): string;
}

/**
 * Reads inventory and playbooks, and checks all that can be checked without a host.
 * @throws SourceErrors with every mistake in every file
 */
export async function load(request: LoadRequest): Promise<Loaded> {
  const { files, cwd, extraVars, limit } = request;
  const problems: EngineError[] = [];
  const playbookDirs = [...new Set(files.map((file) => dirname(resolve(cwd, file))))];
  const inventory = await collecting(problems, () => readInventory(request.sources, { cwd, playbookDirs }));
  const templar = createTemplar({ playbookDir: playbookDirs[0] ?? cwd, env: request.env });
  const known = inventory && new Set([...variableNames(inventory, playbookDirs), ...Object.keys(extraVars)]);
  const loaded = loadPlaybooks(files, {
    registry: request.modules ?? registry,
    checker: templar,
    readFile: request.readFile,
    askedTags: request.tags,
    knownVariables: known,
  });
  problems.push(...loaded.problems);
  if (inventory) {
    problems.push(...patternProblems(loaded.playbooks, inventory, limit));
    const plays = loaded.playbooks.flatMap((playbook) => playbook.plays);
    const hostsOf = (play: Play) => chosenHosts(play, inventory, limit);
    problems.push(...connectionProblems(plays, inventory, extraVars, hostsOf));
  }
  if (!inventory || problems.length > 0) throw new SourceErrors(inOrder(problems));
  return {
    inventory,
    playbooks: loaded.playbooks,
    templar,
    warnings: [...inventory.warnings, ...loaded.warnings],
  };
}

/** The inventory named with -i; without, the folder or file `inventory` here, if there is one. */
export function readInventory(
  sources: readonly string[],
  options: { cwd: string; playbookDirs?: readonly string[] },
): Promise<LoadedInventory> {
  const standard = resolve(options.cwd, 'inventory');
  const chosen = sources.length > 0 ? sources : existsSync(standard) ? [standard] : [];
  return loadInventory(chosen, options);
}

async function collecting<T>(problems: EngineError[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SourceErrors) problems.push(...error.problems);
    else if (error instanceof EngineError) problems.push(error);
    else throw error;
    return undefined;
  }
}

function variableNames(inventory: LoadedInventory, playbookDirs: readonly string[]): Set<string> {
  const names = new Set<string>();
  for (const host of inventory.hosts) {
    for (const dir of playbookDirs)
      for (const name of Object.keys(inventory.vars(host, dir))) names.add(name);
  }
  return names;
}

/** Patterns that match no host, in plays and on the command line. */
function patternProblems(
  playbooks: readonly Playbook[],
  inventory: LoadedInventory,
  limit: string | undefined,
): EngineError[] {
  const problems: EngineError[] = [];
  const attempt = (pattern: string, at?: Parameters<typeof locationOf>[0]): void => {
    try {
      inventory.select(pattern);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const location = error.location ?? (at && locationOf(at, 'hosts'));
      const hint = error.hint ?? (inventory.hosts.length === 0 ? NO_HOSTS : undefined);
      problems.push(new EngineError(error.code, error.message, { hint, location }));
    }
  };
  if (limit !== undefined) attempt(limit);
  for (const play of playbooks.flatMap(({ plays }) => plays)) {
    const pattern = patternOf(play);
    if (pattern !== undefined) attempt(pattern, play.at);
  }
  return problems;
}

/** A play's hosts as one pattern; undefined: a template. */
function patternOf(play: Play): string | undefined {
  const pattern = Array.isArray(play.hosts) ? play.hosts.join(',') : play.hosts;
  return typeof pattern === 'string' && !isTemplate(pattern) ? pattern : undefined;
}

/** The hosts of a play, as far as they are known before the run. */
function chosenHosts(play: Play, inventory: LoadedInventory, limit: string | undefined): readonly string[] {
  const pattern = patternOf(play);
  if (pattern === undefined) return [];
  try {
    return inventory.select(pattern, limit);
  } catch (error) {
    // A pattern with a mistake is told of above
    if (error instanceof EngineError) return [];
    throw error;
  }
}
