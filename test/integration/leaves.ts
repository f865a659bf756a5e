/** Strings inside parameters, and where a schema allows them. */

export interface Leaf {
  readonly path: readonly (string | number)[];
  /** It is the key at the end of the path, not the value */
  readonly isKey: boolean;
  /** The path as a parameter: `ips[].address`, `vlans.*` */
  readonly parameter: string;
}

type Json = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** Parameters whose keys are the user's own. */
const MAPS: readonly unknown[] = ['vlans', 'parameters'];

/** Where strings are in parameters. */
export function stringLeaves(value: unknown, path: Path = []): Leaf[] {
  if (typeof value === 'string') return [{ path, isKey: false, parameter: parameterAt(path) }];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => stringLeaves(item, [...path, index]));
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, key];
    const own = MAPS.includes(path.at(-1)) ? [{ path: here, isKey: true, parameter: parameterAt(here) }] : [];
    return [...own, ...stringLeaves(inner, here)];
  });
}

const parameterAt = (path: Path): string =>
  path
    .map((key, index) => (typeof key === 'number' ? '[]' : MAPS.includes(path[index - 1]) ? '.*' : `.${key}`))
    .join('')
    .slice(1);

/** The parameters with another string at a leaf. */
export function withLeaf(
  value: unknown,
  { path, isKey }: Pick<Leaf, 'path' | 'isKey'>,
  leaf: string,
): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return leaf;
  if (Array.isArray(value))
    return value.with(key as number, withLeaf(value[key as number], { path: rest, isKey }, leaf));
  const entries = Object.entries(value as Json).map(([name, inner]) => {
    if (name !== key) return [name, inner];
    return isKey && rest.length === 0 ? [leaf, inner] : [name, withLeaf(inner, { path: rest, isKey }, leaf)];
  });
  return Object.fromEntries(entries) as unknown;
}

/** Parameters that may be strings, by a module's schema. Those that take no value yet are left out. */
export function stringParameters(schema: unknown, path = ''): string[] {
  const { type, properties, items, additionalProperties, anyOf, oneOf, ...rest } = schema as Json;
  if (rest['x-later'] !== undefined) return [];
  const found = new Set<string>();
  const words = Array.isArray(rest.enum) && rest.enum.some((each) => typeof each === 'string');
  if ([type].flat().includes('string') || words) found.add(path.slice(1));
  const inside: [string, unknown][] = Object.entries((properties ?? {}) as Json).map(([name, inner]) => [
    `.${name}`,
    inner,
  ]);
  if (typeof items === 'object') inside.push(['[]', items]);
  if (typeof additionalProperties === 'object') {
    found.add(`${path}.*`.slice(1));
    inside.push(['.*', additionalProperties]);
  }
  for (const inner of [anyOf, oneOf].flatMap((all) => (all ?? []) as unknown[])) inside.push(['', inner]);
  for (const [step, inner] of inside)
    for (const each of stringParameters(inner, path + step)) found.add(each);
  return [...found];
}
