import type { ErrorObject } from 'ajv';
import type { ErrorCode } from '../errors.ts';
import type { ParamProblem } from '../module.ts';
import type { NodePath } from '../source.ts';
import { didYouMean } from '../suggest.ts';
import { kindOf, type Schema, typesOf } from './coerce.ts';

/** `vlan.ipv4.addresses[0]` */
export function dotted(label: string, path: NodePath): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}.${step}`),
    label,
  );
}

/** One error of the validator (not of a branch), in our words. */
export function explain(error: ErrorObject, path: NodePath, label: string): ParamProblem {
  const name = dotted(label, path);
  const params = error.params as Readonly<Record<string, unknown>>;
  const schema = (error.parentSchema ?? {}) as Schema;
  const hint = (schema['x-hint'] ?? undefined) as string | undefined;
  const problem = (code: ErrorCode, message: string, more: Partial<ParamProblem> = {}): ParamProblem => ({
    path,
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...more,
  });
  const limit = String(params.limit);

  switch (error.keyword) {
    case 'additionalProperties':
      return unknownParameter(params.additionalProperty as string, schema, path, label);
    case 'required': {
      const missing = params.missingProperty as string;
      const properties = (schema.properties ?? {}) as Readonly<Record<string, Schema | undefined>>;
      const description = properties[missing]?.description as string | undefined;
      return {
        path,
        at: path.length === 0 ? 'key' : 'value',
        code: 'PARAM_MISSING',
        message: `${name} needs ${missing}`,
        ...(description === undefined ? {} : { hint: `${missing}: ${description}` }),
      };
    }
    case 'dependentRequired':
    case 'dependencies':
      return problem(
        'PARAM_MISSING',
        `${name} needs ${String(params.missingProperty)} with ${String(params.property)}`,
      );
    case 'type':
      return problem('PARAM_TYPE', `${name} must be ${wanted([schema])}, not ${shown(error.data)}`);
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return problem('PARAM_RANGE', `${name} must be ${String(params.comparison)} ${limit}`);
    case 'multipleOf':
      return problem('PARAM_RANGE', `${name} must be a multiple of ${String(params.multipleOf)}`);
    case 'minLength':
      return problem('PARAM_RANGE', `${name} must have at least ${count(limit, 'character')}`);
    case 'maxLength':
      return problem('PARAM_RANGE', `${name} must have at most ${count(limit, 'character')}`);
    case 'minItems':
      return problem('PARAM_RANGE', `${name} must have at least ${count(limit, 'item')}`);
    case 'maxItems':
      return problem('PARAM_RANGE', `${name} must have at most ${count(limit, 'item')}`);
    case 'minProperties':
      return problem('PARAM_RANGE', `${name} must have at least ${count(limit, 'key')}`);
    case 'maxProperties':
      return problem('PARAM_RANGE', `${name} must have at most ${count(limit, 'key')}`);
    case 'uniqueItems': {
      const [i, j] = [params.i as number, params.j as number];
      return problem('PARAM_CONFLICT', `${name} has ${shown((error.data as unknown[])[j])} twice`, {
        path: [...path, Math.max(i, j)],
      });
    }
    case 'enum':
    case 'const': {
      const allowed = (params.allowedValues ?? [params.allowedValue]) as readonly unknown[];
      const near = didYouMean(String(error.data), allowed.map(String));
      return problem(
        'PARAM_ENUM',
        `${name} must be ${wanted([schema])}, not ${shown(error.data)}`,
        near ? { hint: near } : {},
      );
    }
    case 'pattern':
    case 'format':
      return problem('PARAM_FORMAT', `${name} cannot be ${shown(error.data)}`, {
        hint:
          hint ??
          (schema.description as string | undefined) ??
          `it must match ${String(params.pattern ?? params.format)}`,
      });
    case 'propertyNames':
      return problem('PARAM_FORMAT', `${name} cannot have the key ${shown(params.propertyName)}`);
    default:
      return problem('PARAM_CONFLICT', `${name} ${error.message ?? 'is not valid'}`);
  }
}

/** A key that the schema does not have. */
function unknownParameter(key: string, schema: Schema, path: NodePath, label: string): ParamProblem {
  const known = Object.keys((schema.properties ?? {}) as object);
  const list = known.length > 0 && known.length <= 8 ? `it takes ${known.join(', ')}` : undefined;
  const hint = didYouMean(key, known) ?? list;
  return {
    path: [...path, key],
    at: 'key',
    code: 'PARAM_UNKNOWN',
    message: `${dotted(label, path)} has no ${path.length === 0 ? 'parameter' : 'key'} ${key}`,
    ...(hint === undefined ? {} : { hint }),
  };
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'null',
};

/** What schemas ask for, as one phrase. */
export function wanted(schemas: readonly Schema[]): string {
  const phrases = schemas.flatMap((schema) => {
    if (Array.isArray(schema.enum)) {
      const values = schema.enum.map(String);
      return values.length === 1 ? values : [`one of ${values.join(', ')}`];
    }
    if ('const' in schema) return [String(schema.const)];
    return typesOf(schema).map((type) => TYPE_NAMES[type] ?? type);
  });
  return [...new Set(phrases)].join(' or ');
}

/** A value, as messages show it. */
export function shown(value: unknown): string {
  switch (kindOf(value)) {
    case 'array':
      return 'a list';
    case 'object':
      return 'a mapping';
    case 'string': {
      const text = JSON.stringify(value);
      return text.length > 60 ? `${text.slice(0, 58)}…"` : text;
    }
    default:
      return String(value);
  }
}

const count = (number: string, noun: string) => `${number} ${noun}${number === '1' ? '' : 's'}`;
