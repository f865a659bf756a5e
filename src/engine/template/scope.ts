import { UnsafeText } from '../source.ts';
import { didYouMean } from '../suggest.ts';
import { isUnknown, UNKNOWN } from '../unknown.ts';
import { DateTime, TimeDelta } from './datetime.ts';
import { Failure, fail } from './failure.ts';
import { Namespace } from './frame.ts';
import { needsRender } from './trust.ts';
import type { Variables } from './types.ts';
import { isInteger, isMapping, lazyMapping, type Mapping, mapping, typeName, Undefined } from './value.ts';

/** A list or mapping of the user's with templates in it: rendered as far down as an expression asks. */
class Written {
  readonly raw: object;
  readonly path: string;

  constructor(raw: object, path: string) {
    this.raw = raw;
    this.path = path;
  }
}

/** The variables of one render, each rendered once, when it is first needed. */
export class Scope {
  readonly #variables: Variables;
  readonly #template: (text: string) => unknown;
  readonly #rendered = new Map<string, unknown>();
  /** Paths that are being rendered, outermost first */
  readonly #active: string[] = [];

  constructor(variables: Variables, template: (text: string) => unknown) {
    this.#variables = variables;
    this.#template = template;
  }

  /** A variable, or undefined if there is none. */
  get(name: string): unknown {
    for (let index = this.#variables.length - 1; index >= 0; index--) {
      const { values, templated } = this.#variables[index]!;
      if (!Object.hasOwn(values, name)) continue;
      const value = values[name];
      return templated ? this.#written(value, name) : value;
    }
    return undefined;
  }

  names(): string[] {
    return [...new Set(this.#variables.flatMap(({ values }) => Object.keys(values)))];
  }

  /** All variables, for `vars`. */
  all(): Mapping {
    return lazyMapping(
      () => this.names(),
      (name) => this.whole(this.get(name)),
    );
  }

  #written(raw: unknown, path: string): unknown {
    if (!needsRender(raw)) return raw;
    return raw instanceof UnsafeText || typeof raw === 'string'
      ? this.#once(raw, path)
      : new Written(raw as object, path);
  }

  /** A value rendered all the way down. */
  whole(value: unknown): unknown {
    return value instanceof Written ? this.#once(value.raw, value.path) : value;
  }

  /** What a user wrote, rendered; what of it is a variable's has the path by which expressions name it. */
  render(value: unknown, path?: string): unknown {
    if (!needsRender(value)) return value;
    if (typeof value === 'string') return this.#template(value);
    if (value instanceof UnsafeText) return value.text;
    const part = (each: unknown, key: string | number) => {
      if (!needsRender(each)) return each;
      return path === undefined ? this.#argument(each, key) : this.#once(each, below(path, key));
    };
    if (Array.isArray(value)) return value.map((each, index) => part(each, index));
    return mapping(Object.entries(value as object).map(([key, each]) => [key, part(each, key)]));
  }

  /** A part of what was asked for, which is no variable's. */
  #argument(value: unknown, key: string | number): unknown {
    try {
      return this.render(value);
    } catch (error) {
      if (error instanceof Failure) error.path.unshift(key);
      throw error;
    }
  }

  #once(raw: unknown, path: string): unknown {
    if (this.#rendered.has(path)) return this.#rendered.get(path);
    const before = this.#active.indexOf(path);
    if (before >= 0) fail(`${path} needs itself: ${[...this.#active.slice(before), path].join(' → ')}`);
    this.#active.push(path);
    try {
      const value = this.render(raw, path);
      this.#rendered.set(path, value);
      return value;
    } catch (error) {
      if (!(error instanceof Failure) || typeof raw !== 'string') throw error;
      error.trail.unshift(path);
      if (error.code !== 'VAR_UNDEFINED') throw error;
      // As in Ansible, the variable itself is undefined then, so that `default` applies
      const { message, hint, trail } = error;
      const value = new Undefined(message, () => hint, trail);
      this.#rendered.set(path, value);
      return value;
    } finally {
      this.#active.pop();
    }
  }

  /** `container.key` and `container[key]`; Undefined where it is not there. `name` is the container's in messages. */
  part(container: unknown, key: unknown, name: () => string): unknown {
    if (container instanceof Undefined) return container;
    if (key instanceof Undefined) throw key.failure();
    if (isUnknown(container) || isUnknown(key)) return UNKNOWN;
    const written = container instanceof Written;
    const parts: unknown = written ? container.raw : container;
    const found = child(parts, key);
    if (found === undefined)
      return new Undefined(`${name()} ${lacks(parts, key)}`, () =>
        isMapping(parts) ? didYouMean(String(key), Object.keys(parts)) : undefined,
      );
    if (!written) return found;
    return this.#written(found, below(container.path, Array.isArray(parts) ? Number(key) : String(key)));
  }
}

const below = (path: string, key: string | number) =>
  typeof key === 'number' ? `${path}[${key}]` : `${path}.${key}`;

function child(container: unknown, key: unknown): unknown {
  if (Array.isArray(container) || typeof container === 'string') {
    const index = typeof key === 'boolean' ? Number(key) : isInteger(key) ? Number(key) : Number.NaN;
    return container.at(index < -container.length || Number.isNaN(index) ? Number.POSITIVE_INFINITY : index);
  }
  if (container instanceof Namespace) return typeof key === 'string' ? container.values[key] : undefined;
  if (container instanceof DateTime || container instanceof TimeDelta)
    return container.attribute(String(key));
  if (!isMapping(container) || Array.isArray(key)) return undefined;
  return Object.hasOwn(container, String(key)) ? container[String(key)] : undefined;
}

function lacks(container: unknown, key: unknown): string {
  if (isMapping(container) || container instanceof Namespace) return `has no key ${String(key)}`;
  if (Array.isArray(container) && isInteger(key)) return `has no element ${key}, it has ${container.length}`;
  return `is of type ${typeName(container)} and has no ${String(key)}`;
}
