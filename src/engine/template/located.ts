import { EngineError } from '../errors.ts';
import { type Location, locationOf, type SourceNode } from '../source.ts';
import { Failure } from './failure.ts';

/** A failure as an error of the user's, at its place in the file. Anything else comes back as it is: our bug. */
export function engineError(error: unknown, at?: SourceNode): unknown {
  if (error instanceof RangeError)
    return new EngineError('EXPR_FAILED', 'the expression nests too deeply', {
      location: at && locationOf(at),
    });
  if (!(error instanceof Failure)) return error;
  const { code, message, hint, trail, path, node, template } = error;
  const where = trail.length > 0 ? ` (in ${trail.join(' → ')})` : '';
  const location = at && locationOf(at, ...path);
  const narrowed = location && node && template !== undefined ? narrow(location, template, node) : location;
  return new EngineError(code, message + where, { hint, location: narrowed });
}

/** The part of a location that an expression takes, where the template stands on the line as it is. */
function narrow(
  location: Location,
  template: string,
  { start, end }: { start: number; end: number },
): Location {
  const [line = ''] = template.split('\n');
  const column = location.text.indexOf(line, location.column - 1);
  if (column < 0 || start >= line.length) return location;
  return { ...location, column: column + start + 1, length: Math.max(1, Math.min(end, line.length) - start) };
}
