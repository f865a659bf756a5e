/** Lookups that run a command on the controller, or keep a password there. */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../failure.ts';
import { expandUser } from '../filters/paths.ts';
import type { CallContext, NamedArguments } from '../signature.ts';
import { str } from '../text.ts';
import { readText } from './files.ts';

function run(context: CallContext, command: string): string {
  const { status, stdout, stderr, error } = spawnSync('/bin/sh', ['-c', command], {
    cwd: context.options.playbookDir,
    env: { ...context.options.env },
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  if (status === 0) return stdout.trimEnd();
  const why = error?.message ?? (stderr.trim() || `it exited with ${status}`);
  throw new Failure('LOOKUP_FAILED', `${command} failed: ${why}`);
}

export const pipe = (context: CallContext, terms: readonly unknown[]): unknown[] =>
  terms.map((term) => run(context, str(term)));

export const lines = (context: CallContext, terms: readonly unknown[]): unknown[] =>
  terms.flatMap((term) => run(context, str(term)).split(/\r?\n/));

const SETS: Record<string, string> = {
  ascii_lowercase: 'abcdefghijklmnopqrstuvwxyz',
  ascii_uppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  ascii_letters: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
  digits: '0123456789',
  hexdigits: '0123456789abcdefABCDEF',
  punctuation: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
};

/** The password in a file; made, and written with mode 0600, if the file is not there. */
export function password(
  context: CallContext,
  terms: readonly unknown[],
  options: NamedArguments,
): unknown[] {
  return terms.map((term) => {
    const [name = '', ...words] = str(term).split(/\s+/);
    const inline = Object.fromEntries(words.map((word) => word.split('=') as [string, string]));
    const path = expandUser(name, context.options.env?.HOME);
    const full = path.startsWith('/') ? path : join(context.options.playbookDir, path);
    const found = statSync(full, { throwIfNoEntry: false });
    if (found?.isFile())
      return readText(context, full)
        .split('\n')[0]!
        .replace(/ salt=.*$/, '');
    const length = Number(inline.length ?? options.length ?? 20);
    const made = generate(length, inline.chars ?? options.chars);
    if (full === '/dev/null') return made;
    mkdirSync(dirname(full), { recursive: true, mode: 0o700 });
    writeFileSync(full, `${made}\n`, { mode: 0o600, flag: 'wx' });
    return made;
  });
}

function generate(length: number, chars: unknown): string {
  const names =
    chars === undefined
      ? ['ascii_letters', 'digits', '.,:-_']
      : Array.isArray(chars)
        ? chars.map(str)
        : str(chars).split(',');
  const letters = names.map((name) => (Object.hasOwn(SETS, name) ? SETS[name] : name)).join('');
  if (letters === '' || !Number.isInteger(length))
    throw new Failure('LOOKUP_FAILED', 'a password needs a length and characters');
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
}
