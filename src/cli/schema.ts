import { KEYWORDS, type Keyword, type Level } from '../engine/playbook/keywords.ts';
import { EXIT } from '../engine/run/exit.ts';
import { registry } from '../modules/index.ts';

/** `wirebook schema`: a JSON schema of playbooks, for an editor's YAML support. @returns the exit code */
export function schemaCommand(): number {
  console.log(JSON.stringify(playbookSchema(), null, 2));
  return EXIT.ok;
}

type Schema = Readonly<Record<string, unknown>>;

function playbookSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Wirebook playbook',
    type: 'array',
    items: {
      anyOf: [
        { type: 'object', required: ['hosts'], properties: keywords('play'), additionalProperties: false },
        { type: 'object', required: ['import_playbook'] },
      ],
    },
    definitions: {
      task: { type: 'object', properties: { ...modules(), ...keywords('task') }, patternProperties: WITH },
      handler: {
        type: 'object',
        properties: { ...modules(), ...keywords('handler') },
        patternProperties: WITH,
      },
      block: {
        type: 'object',
        required: ['block'],
        properties: keywords('block'),
        additionalProperties: false,
      },
    },
  };
}

const WITH: Schema = { '^with_': {} };

/** Values may be templates wherever a task has parameters, so a string may stand in their place. */
const modules = (): Schema =>
  Object.fromEntries(
    [...registry.values()].map((module) => [
      module.name,
      { description: module.summary, anyOf: [module.schema, { type: ['string', 'null'] }] },
    ]),
  );

const keywords = (level: Level): Schema =>
  Object.fromEntries(
    Object.entries(KEYWORDS)
      .filter(([, keyword]) => keyword.on.includes(level) && keyword.refused === undefined)
      .map(([name, keyword]) => [name, valueSchema(name, keyword)]),
  );

function valueSchema(name: string, { value }: Keyword): Schema {
  if (typeof value === 'object')
    return value.templates
      ? { anyOf: [{ enum: value.oneOf }, { pattern: '\\{[{%]' }] }
      : { enum: value.oneOf };
  switch (value) {
    case 'text':
    case 'name':
      return { type: 'string' };
    case 'literal boolean':
      return { type: 'boolean' };
    case 'boolean':
      return { type: ['boolean', 'string'] };
    case 'number':
      return { type: ['number', 'string'] };
    case 'mapping':
      return { type: ['object', 'string'] };
    case 'tasks': {
      const kind = { $ref: `#/definitions/${name === 'handlers' ? 'handler' : 'task'}` };
      return { type: 'array', items: { anyOf: [{ $ref: '#/definitions/block' }, kind] } };
    }
    default:
      return {};
  }
}
