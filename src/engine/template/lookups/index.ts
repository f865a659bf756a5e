/** `lookup()` and `query()`: values from outside the variables. */
import { didYouMean } from '../../suggest.ts';
import { Failure } from '../failure.ts';
import { flag } from '../filters/argument.ts';
import type { CallContext, NamedArguments } from '../signature.ts';
import { lines, password, pipe } from './commands.ts';
import { file, fileglob, firstFound, template } from './files.ts';
import { listLookups } from './lists.ts';

type Lookup = (context: CallContext, terms: readonly unknown[], options: NamedArguments) => unknown[];

const lookups: Readonly<Record<string, Lookup>> = {
  ...listLookups,
  file,
  template,
  first_found: firstFound,
  fileglob,
  pipe,
  lines,
  password,
};

/** Options that a lookup knows, besides those that all do. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  file: ['lstrip', 'rstrip'],
  first_found: ['files', 'paths', 'skip'],
  sequence: ['start', 'end', 'count', 'stride', 'format'],
  password: ['length', 'chars'],
  vars: ['default'],
  env: ['default'],
};

/**
 * A lookup's results; without `wantlist` texts are joined with commas, and one other value stands alone.
 * With `errors='ignore'` or `'warn'` a lookup that fails gives nothing.
 * @throws Failure LOOKUP_FAILED
 */
export function runLookup(
  context: CallContext,
  name: string,
  terms: readonly unknown[],
  options: NamedArguments,
): unknown {
  const short = name.replace(/^ansible\.builtin\./, '');
  const lookup = Object.hasOwn(lookups, short) ? lookups[short] : undefined;
  if (!lookup)
    throw new Failure('LOOKUP_FAILED', `there is no lookup ${name}`, didYouMean(short, Object.keys(lookups)));
  const { wantlist, errors, ...own } = options;
  const stray = Object.keys(own).find((key) => !OPTIONS[short]?.includes(key));
  if (stray !== undefined)
    throw new Failure(
      'LOOKUP_FAILED',
      `the lookup ${short} has no option ${stray}`,
      OPTIONS[short] && `it has ${OPTIONS[short].join(', ')}`,
    );
  let found: unknown[] = [];
  try {
    found = lookup(context, terms, own);
  } catch (error) {
    const lenient = errors === 'ignore' || errors === 'warn';
    if (!(error instanceof Failure && error.code === 'LOOKUP_FAILED' && lenient)) throw error;
    return flag(wantlist) ? [] : null;
  }
  if (flag(wantlist)) return found;
  if (found.every((each) => typeof each === 'string')) return found.join(',');
  return found.length === 1 ? found[0] : found;
}
