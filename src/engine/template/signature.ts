/** Functions that expressions call: filters, tests, methods, lookups and globals, bound to arguments as Python does. */
import { fail } from './failure.ts';
import type { Decision } from './compare.ts';
import type { TemplarOptions } from './options.ts';

export type NamedArguments = Record<string, unknown>;

/** What a filter, test or lookup can use besides its arguments. */
export interface CallContext {
  readonly options: TemplarOptions;
  /** Applies a filter by name */
  filter(name: string, input: unknown, positional?: readonly unknown[], named?: NamedArguments): unknown;
  /** Applies a test by name */
  test(name: string, input: unknown, positional?: readonly unknown[], named?: NamedArguments): Decision;
  /** A variable by name; Undefined where there is none */
  variable(name: string): unknown;
  /** `container[key]`; Undefined where there is none */
  item(container: unknown, key: unknown): unknown;
  /** Renders a template that is not in the playbook, such as a file's, to text (or UNKNOWN) */
  renderText(text: string, file: string): unknown;
}

type Implementation = (this: CallContext, input: unknown, ...args: unknown[]) => unknown;

/**
 * How much Unknown and Undefined a function takes. `known`: none, it is not called and the result is UNKNOWN.
 * `partial`: containers with an Unknown inside, but not an Unknown itself. `raw`: everything, Undefined too.
 */
export type Tolerance = 'known' | 'partial' | 'raw';

export interface CallableSpec {
  readonly name: string;
  readonly tolerance: Tolerance;
  readonly params: readonly { readonly name: string; readonly optional: boolean }[];
  readonly rest: boolean;
  readonly restNamed: boolean;
  readonly run: Implementation;
}

/** Keys are signatures: `replace(old, new, count?)`, `combine(*maps, **options)`. */
export type FunctionTable = Readonly<Record<string, Implementation>>;

export function defineAll(table: FunctionTable, tolerance: Tolerance = 'known'): CallableSpec[] {
  return Object.entries(table).flatMap(([signature, run]) => {
    const [names = '', list = ''] = signature.replace(/\)$/, '').split('(');
    const parts = list.split(/,\s*/).filter((part) => part !== '');
    const params = parts
      .filter((part) => !part.startsWith('*'))
      .map((part) => ({ name: part.replace('?', ''), optional: part.endsWith('?') }));
    const rest = parts.some((part) => /^\*[^*]/.test(part));
    const restNamed = parts.some((part) => part.startsWith('**'));
    return names.split('|').map((name) => ({ name, tolerance, params, rest, restNamed, run }));
  });
}

/** Arguments in the order of the parameters; then the list of further ones, and the mapping of further named ones. */
export function bind(
  { name, params, rest, restNamed }: CallableSpec,
  positional: readonly unknown[],
  named: Readonly<Record<string, unknown>>,
): unknown[] {
  if (positional.length > params.length && !rest)
    fail(
      `${name} takes ${params.length || 'no'} argument${params.length === 1 ? '' : 's'}, not ${positional.length}`,
    );
  const bound = params.map((param, index) => {
    const byName = Object.hasOwn(named, param.name);
    if (index < positional.length && byName) fail(`${name} got ${param.name} twice`);
    if (index < positional.length) return positional[index];
    if (byName) return named[param.name];
    return param.optional ? undefined : fail(`${name} needs ${param.name}`);
  });
  if (rest) bound.push(positional.slice(params.length));
  const others = Object.entries(named).filter(([key]) => !params.some((param) => param.name === key));
  if (restNamed) bound.push(Object.fromEntries(others));
  else if (others.length > 0)
    fail(
      `${name} has no argument ${others[0]![0]}`,
      params.length > 0 ? `it has ${params.map((param) => param.name).join(', ')}` : undefined,
    );
  return bound;
}
