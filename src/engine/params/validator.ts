import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { ParamSchema } from '../module.ts';
import type { Schema } from './coerce.ts';

let ajv: Ajv | undefined;
const compiled = new WeakMap<object, ValidateFunction>();
const frames = new WeakMap<ParamSchema, Schema>();

/**
 * Everything a schema finds wrong. Compiling is most of the work, so the schema's own demands are compiled apart from
 * those of each parameter, and of these only the ones that are given; modules that share a parameter share its validator.
 * Schemas are ours: test/modules/contract.test.ts checks them, not each run.
 */
export function validate(schema: ParamSchema, value: unknown): readonly ErrorObject[] {
  const errors = errorsOf(frameOf(schema), value);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return errors;
  const all = [...errors];
  for (const [name, item] of Object.entries(value)) {
    const property = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    if (property === undefined) continue;
    const step = name.replaceAll('~', '~0').replaceAll('/', '~1');
    for (const error of errorsOf(property as Schema, item)) {
      all.push({
        ...error,
        instancePath: `/${step}${error.instancePath}`,
        schemaPath: `#/properties/${step}${error.schemaPath.slice(1)}`,
      });
    }
  }
  return all;
}

/** A schema that says nothing of its parameters but that they are there. */
function frameOf(schema: ParamSchema): Schema {
  let frame = frames.get(schema);
  if (!frame) {
    const properties = Object.entries(schema.properties).map(([name, property]) => {
      const { description } = property as Schema;
      return [name, description === undefined ? {} : { description }];
    });
    frame = { ...schema, properties: Object.fromEntries(properties) as Schema };
    frames.set(schema, frame);
  }
  return frame;
}

function errorsOf(schema: Schema, value: unknown): readonly ErrorObject[] {
  let valid = compiled.get(schema);
  if (!valid) {
    ajv ??= new Ajv({
      allErrors: true,
      verbose: true,
      strictTypes: false,
      allowMatchingProperties: true,
      validateSchema: false,
      meta: false,
      code: { optimize: false },
    }).addVocabulary(['x-hint', 'x-later', 'x-list', 'x-file']);
    valid = ajv.compile(schema);
    compiled.set(schema, valid);
  }
  return valid(value) ? [] : valid.errors!;
}
