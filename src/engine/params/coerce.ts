import type { NodePath } from '../source.ts';
import { UnsafeText } from '../source.ts';

export type Schema = Readonly<Record<string, unknown>>;

/** What coercion needs to know beyond the schema. */
export interface Coercion {
  /** Text of a plain scalar as written, where the value stands in a file */
  scalarText(path: NodePath): string | undefined;
  /** A value that is not known yet, and is left alone */
  isUnknown(value: unknown): boolean;
  /** A boolean or number where one is wanted, or taken for text as it was written */
  readonly onTyped?: ((path: NodePath) => void) | undefined;
  /** A null, which hardly any parameter takes */
  onNull(path: NodePath): void;
  /** A parameter that is refused for now, with what its schema says about that */
  onLater(path: NodePath, message: string): void;
}

const truths = new Map<string, boolean>([
  ...['yes', 'true', 'on', 'y', 't', '1'].map((word) => [word, true] as const),
  ...['no', 'false', 'off', 'n', 'f', '0'].map((word) => [word, false] as const),
]);

/**
 * The value in the types that the schema wants, as Ansible's users expect: what YAML read as a number or boolean
 * goes back to its text where a string is wanted, text that is a number or boolean becomes one. Never guesses further:
 * what does not fit stays, for the validator to report. Copies only what it changes.
 */
export function coerce(schema: Schema, value: unknown, path: NodePath, context: Coercion): unknown {
  if (context.isUnknown(value) || takesAnything(schema)) return value;
  if (value === null) {
    if (!typesOf(schema).includes('null')) context.onNull(path);
    return value;
  }
  if (value instanceof UnsafeText) return coerce(schema, value.text, path, context);
  const branches = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined;
  if (branches) return coerce(chooseBranch(branches, value), value, path, context);
  let read = coerceOne(schema, value, path, context);
  for (const part of (schema.allOf ?? []) as readonly Schema[]) read = coerce(part, read, path, context);
  return read;
}

/** A schema without any demand: its values, null included, are nobody's business. */
function takesAnything(schema: Schema): boolean {
  for (const key in schema) if (!annotations.has(key)) return false;
  return true;
}

const annotations = new Set([
  'description',
  'title',
  'default',
  'examples',
  'x-hint',
  'x-later',
  'x-list',
  'x-file',
]);

function coerceOne(schema: Schema, value: unknown, path: NodePath, context: Coercion): unknown {
  const types = typesOf(schema);
  if (Array.isArray(value)) return coerceItems(schema, value, path, context);
  if (typeof value === 'object') return coerceProperties(schema, value as Schema, path, context);
  if (schema['x-list'] === 'comma' && typeof value === 'string') {
    const items = value.split(',').map((item) => item.trim());
    return coerceItems(
      schema,
      items.filter((item) => item !== ''),
      path,
      context,
    );
  }
  const allowed = (schema.enum ?? ('const' in schema ? [schema.const] : undefined)) as
    | readonly unknown[]
    | undefined;
  if (allowed) return coerceToOneOf(allowed, value, path, context);
  if (typeof value === 'boolean' && types.includes('boolean')) context.onTyped?.(path);
  return types.length === 0 || types.includes(kindOf(value))
    ? value
    : coerceScalar(types, value, path, context);
}

function coerceScalar(types: readonly string[], value: unknown, path: NodePath, context: Coercion): unknown {
  if (typeof value === 'string') {
    const text = value.trim();
    if (types.includes('integer') && /^[-+]?\d+$/.test(text)) return Number(text);
    if (types.includes('number') && text !== '' && Number.isFinite(Number(text))) return Number(text);
    if (types.includes('boolean')) return truths.get(text.toLowerCase()) ?? value;
    return value;
  }
  if (types.includes('number') && typeof value === 'number') return value;
  if (types.includes('boolean') && (value === 0 || value === 1)) return value === 1;
  if (types.includes('string')) {
    context.onTyped?.(path);
    return context.scalarText(path) ?? String(value);
  }
  return value;
}

function coerceToOneOf(
  allowed: readonly unknown[],
  value: unknown,
  path: NodePath,
  context: Coercion,
): unknown {
  if (allowed.includes(value)) return value;
  if (typeof value === 'string') {
    const text = value.trim().toLowerCase();
    const others = allowed.filter((one) => typeof one !== 'string');
    return (
      others.find((one) => String(one) === text) ?? others.find((one) => one === truths.get(text)) ?? value
    );
  }
  const text = context.scalarText(path) ?? String(value);
  const isText = allowed.includes(text) || allowed.every((one) => typeof one === 'string');
  if (isText) context.onTyped?.(path);
  return isText ? text : value;
}

function coerceItems(schema: Schema, items: readonly unknown[], path: NodePath, context: Coercion): unknown {
  const itemSchema = schema.items as Schema | undefined;
  if (!itemSchema) return items;
  let copy: unknown[] | undefined;
  for (const [index, item] of items.entries()) {
    const read = coerce(itemSchema, item, [...path, index], context);
    if (read !== item) {
      copy ??= [...items];
      copy[index] = read;
    }
  }
  return copy ?? items;
}

function coerceProperties(schema: Schema, value: Schema, path: NodePath, context: Coercion): unknown {
  let copy: Record<string, unknown> | undefined;
  for (const [name, item] of Object.entries(value)) {
    const itemSchema = propertySchema(schema, name);
    if (!itemSchema) continue;
    if (typeof itemSchema['x-later'] === 'string') {
      context.onLater([...path, name], itemSchema['x-later']);
      continue;
    }
    const read = coerce(itemSchema, item, [...path, name], context);
    if (read !== item) {
      copy ??= { ...value };
      copy[name] = read;
    }
  }
  return copy ?? value;
}

function propertySchema(schema: Schema, name: string): Schema | undefined {
  const properties = schema.properties as Readonly<Record<string, Schema>> | undefined;
  if (properties && Object.hasOwn(properties, name)) return properties[name];
  for (const [pattern, found] of Object.entries((schema.patternProperties ?? {}) as Record<string, Schema>))
    if (new RegExp(pattern, 'u').test(name)) return found;
  return typeof schema.additionalProperties === 'object'
    ? (schema.additionalProperties as Schema)
    : undefined;
}

/** The branch of an anyOf that a value is meant for: the first of its kind, else the first it can be turned into. */
function chooseBranch(branches: readonly Schema[], value: unknown): Schema {
  const kind = kindOf(value);
  const allows = (branch: Schema) =>
    ((branch.enum ?? []) as unknown[]).includes(value) || branch.const === value;
  const scalar = typeof value !== 'object';
  return (
    branches.find(allows) ??
    branches.find((branch) => fits(typesOf(branch), kind) && !('enum' in branch) && !('const' in branch)) ??
    branches.find((branch) => scalar && typeof value === 'string' && numeric(branch, value)) ??
    branches.find((branch) => scalar && typesOf(branch).includes('string')) ??
    {}
  );
}

const numeric = (branch: Schema, text: string) =>
  typesOf(branch).some((type) =>
    type === 'boolean' ? truths.has(text.toLowerCase()) : type === 'integer' && /^[-+]?\d+$/.test(text),
  );

const fits = (types: readonly string[], kind: string) =>
  types.includes(kind) || (kind === 'integer' && types.includes('number'));

/** JSON types a schema takes; from its enum, const or shape where it names none. */
export function typesOf(schema: Schema): readonly string[] {
  if (typeof schema.type === 'string') return [schema.type];
  if (Array.isArray(schema.type)) return schema.type as readonly string[];
  const values = (schema.enum ?? ('const' in schema ? [schema.const] : undefined)) as
    | readonly unknown[]
    | undefined;
  if (values) return [...new Set(values.map(kindOf))];
  if ('properties' in schema) return ['object'];
  const branches = (schema.anyOf ?? schema.oneOf ?? []) as readonly Schema[];
  return [...new Set(branches.flatMap(typesOf))];
}

/** JSON type of a value; whole numbers are integers. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
