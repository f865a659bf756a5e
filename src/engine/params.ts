import type { ErrorObject } from 'ajv';
import { EngineError } from './errors.ts';
import type { ParamProblem, ParamSchema } from './module.ts';
import { coerce } from './params/coerce.ts';
import { dotted } from './params/messages.ts';
import { PathSet } from './params/path-set.ts';
import { reduceErrors } from './params/reduce.ts';
import { validate } from './params/validator.ts';
import type { NodePath, SourceNode } from './source.ts';
import { isTemplate } from './template/types.ts';
import { isUnknown, UNKNOWN } from './unknown.ts';

export interface CheckOptions {
  /** What messages call the parameters: the module's name */
  readonly label: string;
  /** `static`: before the run; values with templates in them are not known yet. `runtime`: rendered values */
  readonly mode: 'static' | 'runtime';
  /** Where the parameters stand, for positions */
  readonly at?: SourceNode | undefined;
  /** The module's own check, run after the schema's; in static mode, what is unknown or wrong is UNKNOWN to it */
  readonly check?: ((params: Readonly<Record<string, unknown>>) => readonly ParamProblem[]) | undefined;
  /** Only a part of the parameters, such as defaults: what is missing is no mistake, and `check` is not asked */
  readonly partial?: boolean | undefined;
  /** Told of every plain scalar whose reading by YAML 1.1 does not matter, or is the one wanted */
  readonly onTyped?: ((path: NodePath) => void) | undefined;
  /** Parameters that come from elsewhere where the value does not give them; their own mistakes are not reported here */
  readonly defaults?: Readonly<Record<string, unknown>> | undefined;
}

export interface CheckedParams {
  /** The parameters given, in the types that the schema wants; templates are left as they are */
  readonly value: unknown;
  readonly problems: EngineError[];
}

/**
 * Checks a task's parameters against its module's schema, every mistake at once, with positions.
 * Numbers and booleans become text where the schema wants text, and the other way round.
 *
 * Beside JSON schema, schemas may say: `x-hint` (what to do when a format is wrong), `x-later` (a parameter that is
 * refused for now, and why), `x-list: 'comma'` (text is split at commas), `x-file` (`@FILE` stands for what is in it;
 * see playbook/file-params.ts).
 */
export function checkParams(schema: ParamSchema, value: unknown, options: CheckOptions): CheckedParams {
  const { label, mode, at, check, partial, defaults } = options;
  const isOpen = (one: unknown) => (mode === 'static' && isTemplate(one)) || isUnknown(one);
  if (isOpen(value)) return { value, problems: [] };

  const problems: ParamProblem[] = [];
  const whole = defaults && isRecord(value) ? { ...defaults, ...value } : value;
  const coerced = coerce(schema, whole, [], {
    scalarText: (path) => (mode === 'static' ? at?.source.scalarText([...at.path, ...path]) : undefined),
    isUnknown: isOpen,
    onTyped: options.onTyped,
    onNull: (path) => problems.push(nullProblem(path, label)),
    onLater: (path, hint) => problems.push(laterProblem(path, label, hint)),
  });
  const found = validate(schema, coerced);
  if (found.length > 0) {
    const undecided = new PathSet([...problems.map(({ path }) => path), ...pathsOf(coerced, isOpen)]);
    const errors = partial ? found.filter(isOfOneParameter) : found;
    problems.push(...reduceErrors(errors, coerced, label, undecided));
  }
  if (check && !partial && isRecord(coerced) && (mode === 'static' || problems.length === 0)) {
    const wrong = new PathSet(problems.map(({ path }) => path));
    problems.push(...check(mode === 'static' ? blank(coerced, [], isOpen, wrong) : coerced));
  }

  const own = (path: NodePath) =>
    !defaults || path.length === 0 || (isRecord(value) && Object.hasOwn(value, String(path[0])));
  return {
    value: defaults && isRecord(coerced) && isRecord(value) ? pick(coerced, value) : coerced,
    problems: problems.filter(({ path }) => own(path)).map((problem) => located(problem, at)),
  };
}

/** Errors that stand whatever the parameters are that are not there. */
const isOfOneParameter = ({ instancePath, keyword }: ErrorObject) =>
  instancePath !== '' || keyword === 'additionalProperties';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const pick = (from: Readonly<Record<string, unknown>>, keys: object) =>
  Object.fromEntries(Object.entries(from).filter(([key]) => Object.hasOwn(keys, key)));

/** Paths of the values that are not known yet. */
function* pathsOf(
  value: unknown,
  isOpen: (one: unknown) => boolean,
  path: NodePath = [],
): Generator<NodePath> {
  if (isOpen(value)) yield path;
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* pathsOf(item, isOpen, [...path, index]);
  else if (isRecord(value))
    for (const [key, item] of Object.entries(value)) yield* pathsOf(item, isOpen, [...path, key]);
}

/** The value with UNKNOWN for all that is open or wrong. */
function blank<T>(value: T, path: NodePath, isOpen: (one: unknown) => boolean, wrong: PathSet): T {
  const inside = (item: unknown, key: string | number) => {
    const below = [...path, key];
    return isOpen(item) || wrong.covers(below) ? UNKNOWN : blank(item, below, isOpen, wrong);
  };
  if (Array.isArray(value)) return value.map(inside) as T;
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inside(item, key)])) as T;
}

const nullProblem = (path: NodePath, label: string): ParamProblem => ({
  path,
  code: 'PARAM_NULL',
  message: path.length === 0 ? `${label} has null for parameters` : `${dotted(label, path)} is null`,
  hint: 'leave the parameter out to leave it alone; write "" for empty text',
});

const laterProblem = (path: NodePath, label: string, hint: string): ParamProblem => ({
  path,
  at: 'key',
  code: 'PARAM_UNKNOWN',
  message: `${dotted(label, path)} is not supported yet`,
  hint,
});

/** At the value or key at fault; what is missing from the whole, at the key the whole stands under. */
function located(
  { path, at: which, code, message, hint }: ParamProblem,
  at: SourceNode | undefined,
): EngineError {
  const location = at?.source.locate([...at.path, ...path], which);
  return new EngineError(code, message, { hint, location });
}
