/** Filters on paths, with Python's os.path rules. */
import { realpathSync } from 'node:fs';
import { isAbsolute, normalize, dirname as parent, join as pathJoin, relative, resolve } from 'node:path';
import { fail } from '../failure.ts';
import { globFiles } from '../lookups/glob.ts';
import { defineAll } from '../signature.ts';
import { str } from '../text.ts';
import { list, text } from './argument.ts';

const slash = (path: string) => path.lastIndexOf('/') + 1;

export function basename(path: string): string {
  return path.slice(slash(path));
}

export function dirname(path: string): string {
  const head = path.slice(0, slash(path));
  return /^\/*$/.test(head) ? head : head.replace(/\/+$/, '');
}

/** `~` is the home of the user who runs Wirebook. */
export function expandUser(path: string, home: string | undefined): string {
  return home !== undefined && /^~(?:\/|$)/.test(path) ? home.replace(/\/$/, '') + path.slice(1) : path;
}

/** What is not there is taken as it is. */
function realpath(path: string): string {
  const full = resolve(path);
  try {
    return realpathSync(full);
  } catch {
    return pathJoin(realpath(parent(full)), basename(full));
  }
}

const join = (parts: readonly string[]) =>
  parts.reduce(
    (path, part) =>
      isAbsolute(part) || path === '' ? part : path.endsWith('/') ? path + part : `${path}/${part}`,
    '',
  );

export const pathFilters = defineAll({
  'basename()': (input) => basename(str(input)),
  'dirname()': (input) => dirname(str(input)),
  'splitext()': (input) => {
    const path = str(input);
    const dot = path.lastIndexOf('.');
    const start = slash(path);
    const hidden = !/[^.]/.test(path.slice(start, dot));
    return dot < start || hidden ? [path, ''] : [path.slice(0, dot), path.slice(dot)];
  },
  'expanduser()': function (input) {
    return expandUser(str(input), this.options.env?.HOME);
  },
  'expandvars()': function (input) {
    const env = this.options.env ?? {};
    return str(input).replace(
      /\$(?:\{([^}]*)\}|(\w+))/g,
      (whole, braced?: string, bare?: string) => env[braced ?? bare ?? ''] ?? whole,
    );
  },
  'realpath()': (input) => realpath(str(input)),
  'relpath(start?)': (input, start) => relative(resolve(text(start, '.')), resolve(str(input))) || '.',
  'normpath()': (input) => (str(input) === '' ? '.' : normalize(str(input)).replace(/(?<=.)\/$/, '')),
  'commonpath()': (input) => {
    const paths = list(input).map((path) => str(path).split('/'));
    const [first = fail('there are no paths')] = paths;
    const length = first.findIndex((part, index) => paths.some((path) => path[index] !== part));
    return (
      first.slice(0, length < 0 ? first.length : length).join('/') ||
      (str(list(input)[0]).startsWith('/') ? '/' : '')
    );
  },
  'path_join()': (input) => (typeof input === 'string' ? input : join(list(input).map(str))),
  'fileglob()': (input) => globFiles(str(input)),
  'win_basename()': (input) => /[^\\/:]*$/.exec(str(input))![0],
  'win_dirname()': (input) => str(input).replace(/[\\/]?[^\\/]*$/, ''),
});
