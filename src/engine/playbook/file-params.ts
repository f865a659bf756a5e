import { dirname, isAbsolute, join, normalize } from 'node:path';
import type { ParamSchema } from '../module.ts';
import { locationOf, type SourceNode } from '../source.ts';
import { isTemplate } from '../template/types.ts';
import { UNKNOWN } from '../unknown.ts';
import { below, type Mapping, type Session } from './session.ts';

/**
 * Parameters that may be `@FILE` (schema keyword `x-file`), with what is in the file in its place, as if it were
 * written there. Files are relative to the one that names them. One that is not there is reported, and then unknown.
 */
export function readFileParams(
  args: Mapping,
  schema: ParamSchema,
  at: SourceNode,
  session: Session,
): Mapping {
  const read = Object.entries(args).flatMap(([name, value]) => {
    const property = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    const mayBeFile = (property as Readonly<Record<string, unknown>> | undefined)?.['x-file'] === true;
    if (!mayBeFile || typeof value !== 'string' || !value.startsWith('@')) return [[name, value] as const];
    const location = locationOf(below(at, name));
    const file = value.slice(1);
    if (isTemplate(file)) {
      const hint = `give the text itself, such as {{ lookup('template', 'FILE') }}`;
      session.report('PARAM_FORMAT', `${name} names a file by a template`, location, hint);
      return [[name, UNKNOWN] as const];
    }
    const path = isAbsolute(file) ? file : normalize(join(dirname(at.source.file), file));
    const text = session.text(path, location);
    return [[name, text ?? UNKNOWN] as const];
  });
  return Object.fromEntries(read);
}
