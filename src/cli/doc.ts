import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../engine/errors.ts';
import { EXIT } from '../engine/run/exit.ts';
import { didYouMean } from '../engine/suggest.ts';
import { registry } from '../modules/index.ts';

interface Property {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly items?: Property;
  readonly anyOf?: readonly Property[];
  readonly properties?: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
  readonly 'x-later'?: string;
}

/** `wirebook doc`: modules in a list, or one with its parameters and example. @returns the exit code */
export function docCommand(name: string | undefined): number {
  if (name === undefined) {
    const width = Math.max(...[...registry.keys()].map(({ length }) => length));
    for (const module of [...registry.values()].sort((a, b) => a.name.localeCompare(b.name))) {
      console.log(`${module.name.padEnd(width)}  ${module.summary}`);
    }
    return EXIT.ok;
  }
  const module = registry.get(name);
  if (!module) {
    throw new EngineError('MODULE_UNKNOWN', `no module is called ${name}`, {
      hint: didYouMean(name, registry.keys()),
    });
  }
  const { properties, required = [] } = module.schema;
  console.log(`${module.name}: ${module.summary}\n\nParameters (* required):`);
  for (const line of describe(properties as Record<string, Property>, required, '  ')) console.log(line);
  if (module.notes) console.log(`\n${module.notes}`);
  const example = fileURLToPath(new URL(`../playbooks/${module.name}.yml`, import.meta.url));
  if (existsSync(example))
    console.log(`\nExample (playbooks/${module.name}.yml):\n\n${readFileSync(example, 'utf8')}`);
  return EXIT.ok;
}

function describe(
  properties: Readonly<Record<string, Property>>,
  required: readonly string[],
  indent: string,
): string[] {
  return Object.entries(properties).flatMap(([name, property]) => {
    if (property['x-later'] !== undefined) return [];
    const star = required.includes(name) ? '*' : '';
    const inner = [
      property,
      property.items,
      ...(property.anyOf ?? []),
      ...(property.items?.anyOf ?? []),
    ].find((one) => one?.properties);
    return [
      `${indent}${name}${star}${typeOf(property)}: ${property.description ?? ''}`,
      ...(inner?.properties ? describe(inner.properties, inner.required ?? [], `${indent}  `) : []),
    ];
  });
}

function typeOf(property: Property): string {
  const type = typeName(property);
  return type === '' ? '' : ` [${type}]`;
}

function typeName({ type, enum: values, const: only, items, anyOf }: Property): string {
  if (only !== undefined) return String(only);
  if (values) return values.join(', ');
  if (anyOf) return [...new Set(anyOf.map(typeName))].join(' or ');
  if (type === 'array') return items && typeName(items) !== '' ? `list of ${typeName(items)}` : 'list';
  return type === undefined ? '' : [type].flat().join(' or ');
}
