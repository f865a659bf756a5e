import { Failure } from '../failure.ts';
import type { CallContext, NamedArguments } from '../signature.ts';

export function runLookup(
  _context: CallContext,
  name: string,
  _terms: readonly unknown[],
  _options: NamedArguments,
): unknown {
  throw new Failure('LOOKUP_FAILED', `there is no lookup ${name}`);
}
