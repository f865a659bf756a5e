/** Lookups that read files of the controller. */
import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { Failure } from '../failure.ts';
import { basename, dirname, expandUser } from '../filters/paths.ts';
import { text } from '../filters/argument.ts';
import type { CallContext, NamedArguments } from '../signature.ts';
import { str } from '../text.ts';
import { isMapping } from '../value.ts';
import { globFiles } from './glob.ts';

const isThere = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** Directories that relative names are looked up in: the role's, then the playbook's, each with its subdirectory first. */
function searchPath(context: CallContext, subdirectories: readonly string[]): string[] {
  const playbook = context.variable('playbook_dir');
  const role = context.variable('role_path');
  const roots = [role, typeof playbook === 'string' ? playbook : context.options.playbookDir];
  return roots
    .filter((root) => typeof root === 'string')
    .flatMap((root) => [...subdirectories.map((each) => join(root, each)), root]);
}

function candidates(context: CallContext, name: string, subdirectories: readonly string[]): string[] {
  const path = expandUser(name, context.options.env?.HOME);
  return isAbsolute(path)
    ? [path]
    : searchPath(context, subdirectories).map((directory) => join(directory, path));
}

/** @throws Failure LOOKUP_FAILED */
export function findFile(context: CallContext, name: string, subdirectory: string): string {
  const paths = candidates(context, name, [subdirectory]);
  const found = paths.find(isThere);
  if (found !== undefined) return found;
  throw new Failure('LOOKUP_FAILED', `there is no file ${name}`, `looked for ${paths.join(', ')}`);
}

export function readText(context: CallContext, path: string): string {
  try {
    return context.options.readFile?.(path) ?? readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure('LOOKUP_FAILED', `${path} cannot be read: ${(error as Error).message}`);
  }
}

export function file(context: CallContext, terms: readonly unknown[], options: NamedArguments): unknown[] {
  return terms.map((term) => {
    const content = readText(context, findFile(context, str(term), 'files'));
    const left = options.lstrip === true ? content.trimStart() : content;
    return options.rstrip === false ? left : left.trimEnd();
  });
}

export const template = (context: CallContext, terms: readonly unknown[]): unknown[] =>
  terms.map((term) => {
    const path = findFile(context, str(term), 'templates');
    return context.renderText(readText(context, path), path);
  });

/** The names, and where `files` and `paths` are given, each name in each path. */
export function firstFound(
  context: CallContext,
  terms: readonly unknown[],
  options: NamedArguments,
): unknown[] {
  const names = terms
    .flat()
    .flatMap((term) => (isMapping(term) ? spread(term) : [str(term)]))
    .concat(spread(options));
  for (const name of names) {
    const found = candidates(context, name, ['files', 'templates', 'vars', 'tasks']).find(isThere);
    if (found !== undefined) return [found];
  }
  if (options.skip === true || terms.flat().some((term) => isMapping(term) && term.skip === true)) return [];
  throw new Failure(
    'LOOKUP_FAILED',
    `none of these files is there: ${names.join(', ')}`,
    'give skip=true if that is fine',
  );
}

function spread({ files, paths }: NamedArguments): string[] {
  const each = (value: unknown) =>
    value === undefined || value === null
      ? []
      : Array.isArray(value)
        ? value.map(str)
        : text(value).split(/[,;]/);
  return paths === undefined
    ? each(files)
    : each(paths).flatMap((path) => each(files).map((name) => join(path, name)));
}

export function fileglob(context: CallContext, terms: readonly unknown[]): unknown[] {
  return terms.flatMap((term) => {
    const name = str(term);
    if (isAbsolute(name)) return globFiles(name);
    const directories = name.includes('/') ? [dirname(name)] : [''];
    for (const root of searchPath(context, ['files'])) {
      const found = directories.flatMap((directory) => globFiles(join(root, directory, basename(name))));
      if (found.length > 0) return found;
    }
    return [];
  });
}
