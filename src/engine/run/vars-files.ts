import { dirname, resolve } from 'node:path';
import { EngineError } from '../errors.ts';
import type { Play } from '../playbook/types.ts';
import { locationOf } from '../source.ts';
import type { RunOptions } from './options.ts';
import type { PlayScope, VariableStore } from './variables.ts';

/**
 * The vars_files of a play for one host, later ones over earlier ones; of a list of names, the first that is there.
 * @throws EngineError FILE_MISSING, SourceErrors
 */
export function readVarsFiles(
  play: Play,
  host: string,
  scope: PlayScope,
  store: VariableStore,
  options: RunOptions,
): Readonly<Record<string, unknown>> {
  let all: Readonly<Record<string, unknown>> = {};
  const variables = store.layers(host, scope);
  for (const { file, at } of play.varsFiles) {
    const names = options.templar.render(file, [...variables, { values: all, templated: true }], at);
    const candidates = (Array.isArray(names) ? names : [names]).map((name) =>
      resolve(dirname(scope.file), String(name)),
    );
    const read = firstOf(candidates, options);
    if (!read) {
      throw new EngineError('FILE_MISSING', `no such file: ${candidates.join(' or ')}`, {
        location: locationOf(at),
      });
    }
    all = { ...all, ...read };
  }
  return all;
}

function firstOf(
  candidates: readonly string[],
  options: RunOptions,
): Readonly<Record<string, unknown>> | undefined {
  for (const file of candidates) {
    try {
      return options.readVars(file);
    } catch (error) {
      if (!(error instanceof EngineError && error.code === 'FILE_READ')) throw error;
    }
  }
  return undefined;
}
