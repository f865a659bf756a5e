import { EngineError } from '../errors.ts';

/**
 * One word of a POSIX shell: the only quoting there is. Everything but plain words goes into single quotes,
 * where no character is special but the quote itself.
 * @throws EngineError PARAM_FORMAT on NUL, which no argument can hold
 */
export function quote(word: string): string {
  if (word.includes('\0'))
    throw new EngineError('PARAM_FORMAT', 'a value with a NUL byte cannot be sent to a host');
  return /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/.test(word)
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line from its words. */
export const quoteAll = (argv: readonly string[]): string => argv.map(quote).join(' ');
