import type { ErrorObject } from 'ajv';
import type { ParamProblem } from '../module.ts';
import type { NodePath } from '../source.ts';
import type { Schema } from './coerce.ts';
import { dotted, explain, shown, wanted } from './messages.ts';
import type { PathSet } from './path-set.ts';

const VAGUE = new Set(['if', 'not']);

/**
 * The validator's errors as problems a person can act on: those of anyOf branches that were never meant are left out,
 * and so is what hangs on values that are not known yet.
 */
export function reduceErrors(
  errors: readonly ErrorObject[],
  data: unknown,
  label: string,
  unknown: PathSet,
): ParamProblem[] {
  const inBranch = new Set<ErrorObject>();
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  for (const union of unions)
    for (const error of errors)
      if (error.schemaPath.startsWith(`${union.schemaPath}/`) && startsAt(error, union)) inBranch.add(error);

  return mostTelling(errors.filter((error) => !inBranch.has(error))).flatMap((error) => {
    const path = pathOf(error.instancePath, data);
    if (unknown.covers(path) || (unknown.below(path) && dependsOnWhole(error))) return [];
    if (error.keyword === 'anyOf' || error.keyword === 'oneOf') {
      const inner = errors.filter(
        (one) => one.schemaPath.startsWith(`${error.schemaPath}/`) && startsAt(one, error),
      );
      return reduceUnion(error, inner, path, data, label, unknown);
    }
    if (error.keyword === 'if') return [];
    return [explain(error, path, label)];
  });
}

/** What is wrong with one value, in the order in which it is worth telling. */
const VALUE_KEYWORDS = [
  'type',
  'enum',
  'const',
  'pattern',
  'format',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
];

/** Of several errors about the same value itself, the first that matters: a text is not also too small. */
function mostTelling(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const rank = ({ keyword }: ErrorObject) => VALUE_KEYWORDS.indexOf(keyword);
  return errors.filter(
    (error) =>
      rank(error) < 0 ||
      !errors.some(
        (other) => other.instancePath === error.instancePath && rank(other) >= 0 && rank(other) < rank(error),
      ),
  );
}

/** Whether an error was found inside the value that a union's error is about. */
const startsAt = (error: ErrorObject, union: ErrorObject) =>
  error.instancePath === union.instancePath || error.instancePath.startsWith(`${union.instancePath}/`);

/** Whether an error may vanish once what is unknown inside the value is known. */
const dependsOnWhole = (error: ErrorObject) =>
  error.keyword === 'uniqueItems' || VAGUE.has(error.keyword) || /\/(?:then|else)\//.test(error.schemaPath);

function reduceUnion(
  union: ErrorObject,
  inner: readonly ErrorObject[],
  path: NodePath,
  data: unknown,
  label: string,
  unknown: PathSet,
): ParamProblem[] {
  const schemas = union.schema as readonly Schema[];
  const passing = (union.params as { passingSchemas?: readonly number[] | null }).passingSchemas;
  if (passing) {
    if (unknown.below(path)) return [];
    const keys = passing.flatMap((index) => (schemas[index]?.required ?? []) as readonly string[]);
    const name = dotted(label, path);
    const message =
      keys.length > 0 ? `${name} takes only one of ${keys.join(', ')}` : `${name} can be read in two ways`;
    return [{ path, code: 'PARAM_CONFLICT', message, ...(path.length === 0 ? { at: 'key' } : {}) }];
  }
  const branches = schemas.map((schema, index) => {
    const errors = inner.filter((error) => error.schemaPath.startsWith(`${union.schemaPath}/${index}/`));
    return { schema, errors, problems: reduceErrors(errors, data, label, unknown) };
  });
  if (branches.some(({ problems }) => problems.length === 0)) return [];
  if (branches.every(({ problems }) => problems.every(({ code }) => code === 'PARAM_MISSING'))) {
    const keys = branches.map(({ schema }) => ((schema.required ?? []) as readonly string[]).join(' with '));
    return [
      {
        path,
        at: 'key',
        code: 'PARAM_MISSING',
        message: `${dotted(label, path)} needs ${keys.join(' or ')}`,
      },
    ];
  }

  const here = (error: ErrorObject) => error.instancePath === union.instancePath;
  const meant = branches.filter(
    ({ errors }) => !errors.some((error) => here(error) && ['type', 'enum', 'const'].includes(error.keyword)),
  );
  if (meant.length === 0) {
    const what = wanted(schemas);
    return [
      {
        path,
        code: 'PARAM_TYPE',
        message: `${dotted(label, path)} must be ${what}, not ${shown(union.data)}`,
        ...hintOf(schemas),
      },
    ];
  }
  // Of several branches of the right kind, a tag such as `type: const` tells which one is meant; else the nearest.
  const tagged = meant.filter(({ errors }) => !errors.some(({ keyword }) => keyword === 'const'));
  const candidates = tagged.length > 0 ? tagged : meant;
  const nearest = candidates.reduce((best, branch) =>
    branch.problems.length < best.problems.length ? branch : best,
  );
  const [first] = nearest.problems;
  if (candidates.length > 1 && first?.code === 'PARAM_FORMAT') {
    return [{ ...first, ...hintOf(candidates.map(({ schema }) => schema)) }];
  }
  return nearest.problems;
}

function hintOf(schemas: readonly Schema[]): { hint?: string } {
  const hints = schemas.map((schema) => schema['x-hint']).filter((hint) => typeof hint === 'string');
  return hints.length > 0 ? { hint: [...new Set(hints)].join(', or ') } : {};
}

/** A JSON pointer as a path into `data`: numbers where there are lists. */
function pathOf(pointer: string, data: unknown): NodePath {
  const path: (string | number)[] = [];
  let value = data;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(key) : key);
    value = (value as Record<string, unknown> | undefined)?.[key];
  }
  return path;
}
