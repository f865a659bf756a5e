import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { checkParams } from '../../src/engine/params.ts';
import { registry } from '../../src/modules/index.ts';

type Schema = Readonly<Record<string, unknown>>;

const modules = [...registry.values()];

/** Every schema inside a schema, with its path. */
function* schemasIn(schema: Schema, path = ''): Generator<{ path: string; schema: Schema }> {
  yield { path, schema };
  for (const [name, property] of Object.entries((schema.properties ?? {}) as Record<string, Schema>))
    yield* schemasIn(property, `${path}.${name}`);
  for (const word of ['items', 'additionalProperties', 'not', 'if', 'then', 'else'] as const)
    if (typeof schema[word] === 'object') yield* schemasIn(schema[word] as Schema, `${path}[${word}]`);
  for (const word of ['anyOf', 'oneOf', 'allOf'] as const)
    for (const [index, part] of ((schema[word] ?? []) as Schema[]).entries())
      yield* schemasIn(part, `${path}[${word} ${index}]`);
}

/** Schemas that only add conditions to one that is given elsewhere. */
const isCondition = (path: string) => /\[(?:allOf|anyOf|oneOf|if|then|else|not)\b/.test(path);

it('the registry has a module for every folder, and nothing else', () => {
  const root = join(import.meta.dirname, '../../src/modules');
  const folders = readdirSync(root).filter((name) => existsSync(join(root, name, 'index.ts')));
  const plain = (name: string) => name.replaceAll('_', '-');
  expect([...registry.keys()].map(plain).sort()).toEqual(folders.sort());
});

describe.each(modules.map((module) => [module.name, module] as const))('%s', (name, module) => {
  const { schema } = module;
  const all = [...schemasIn(schema)];

  it('is registered under its name, with a summary of one line', () => {
    expect(registry.get(name)).toBe(module);
    expect(module.summary).toMatch(/^[A-Z][^\n]{5,99}[^.\n]$/);
  });

  it('has a valid schema without keywords of its own', () => {
    const ajv = new Ajv({
      strict: true,
      strictTypes: false,
      strictRequired: false,
      allowMatchingProperties: true,
    });
    ajv.addVocabulary(['x-hint', 'x-later', 'x-list', 'x-file']);
    expect(() => ajv.compile(schema)).not.toThrow();
  });

  it('describes every parameter, down to the last key', () => {
    const named = all.filter(
      ({ path }) => /\.[^.\]]+$/.test(path) && !isCondition(path.replace(/.*(?=\.)/, '')),
    );
    const bare = named.filter(({ schema: one, path }) => !one.description && !inCondition(all, path));
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  it('takes no unknown keys at any depth', () => {
    const open = all.filter(
      ({ schema: one }) => 'properties' in one && one.type === 'object' && one.additionalProperties !== false,
    );
    expect(open.map(({ path }) => path)).toEqual([]);
    const { problems } = checkParams(
      schema,
      { 'no-such-parameter': 1 },
      { label: name, mode: 'runtime', partial: true },
    );
    expect(problems.map(({ code }) => code)).toEqual(['PARAM_UNKNOWN']);
  });

  it('requires and names only parameters it has', () => {
    const properties = Object.keys(schema.properties);
    const named = [
      ...(schema.required ?? []),
      ...(module.kind === 'action'
        ? [...(module.raw ?? []), ...(module.freeForm ? [module.freeForm] : [])]
        : []),
    ];
    expect(named.filter((one) => !properties.includes(one))).toEqual([]);
  });

  it('refuses null for every parameter that has a type', () => {
    const typed = Object.entries(schema.properties).filter(([, property]) => !isLoose(property as Schema));
    for (const [parameter] of typed) {
      const { problems } = checkParams(
        schema,
        { [parameter]: null },
        { label: name, mode: 'runtime', partial: true },
      );
      expect([parameter, problems.map(({ code }) => code)]).toEqual([
        parameter,
        [expect.stringMatching(/^PARAM_(?:NULL|UNKNOWN)$/)],
      ]);
    }
  });
});

const inCondition = (all: readonly { path: string; schema: Schema }[], path: string) =>
  all.some(
    ({ path: outer, schema }) =>
      isCondition(outer) && path.startsWith(`${outer}.`) && schema.type !== 'object',
  );

const isLoose = (property: Schema) =>
  Object.keys(property).every((key) => ['description', 'x-hint'].includes(key));
