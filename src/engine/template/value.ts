/**
 * The values of expressions: plain JavaScript values, and a few kinds that Python has and JavaScript has not.
 * Integers are `number`, or `bigint` beyond 2^53; a float without a fraction is a Float while it is worked with.
 */
import { isUnknown } from '../unknown.ts';
import { Failure, fail } from './failure.ts';

/** A float with an integral value, which prints as `2.0`; other floats are plain numbers. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** What a name or key that is not there evaluates to; using it throws VAR_UNDEFINED. */
export class Undefined {
  readonly message: string;
  readonly hint: () => string | undefined;
  /** The name or key in the expression */
  node: Failure['node'];

  /** The variables whose templates name what is not there, outermost first */
  readonly trail: readonly string[];

  constructor(
    message: string,
    hint: () => string | undefined = () => undefined,
    trail: readonly string[] = [],
  ) {
    this.message = message;
    this.hint = hint;
    this.trail = trail;
  }

  failure(): Failure {
    const failure = new Failure('VAR_UNDEFINED', this.message, this.hint(), this.node);
    failure.trail.push(...this.trail);
    return failure;
  }
}

/** Stands for "as if this key were not there"; what `omit` is. */
export class Omit {
  toString(): string {
    return '__omit_place_holder__';
  }
}

/** The only instance. */
export const OMIT = new Omit();

/** Something that an expression can call. */
export class Callable {
  readonly name: string;
  readonly call: (positional: unknown[], named: Record<string, unknown>) => unknown;

  constructor(name: string, call: Callable['call']) {
    this.name = name;
    this.call = call;
  }
}

export type Mapping = Record<string, unknown>;

const lazyMappings = new WeakSet<object>();

/**
 * A mapping whose values are made when they are first asked for, such as `hostvars`.
 * Expressions that name one key evaluate only that one.
 */
export function lazyMapping(
  keys: () => readonly string[],
  get: (key: string) => unknown,
): Readonly<Record<string, unknown>> {
  const made = new Map<string, unknown>();
  let known: ReadonlySet<string> | undefined;
  const names = () => {
    known ??= new Set(keys());
    return known;
  };
  const value = (key: string) => {
    if (!made.has(key)) made.set(key, get(key));
    return made.get(key);
  };
  const proxy = new Proxy<Record<string, unknown>>(
    {},
    {
      get: (_, key) => (typeof key === 'string' && names().has(key) ? value(key) : undefined),
      has: (_, key) => typeof key === 'string' && names().has(key),
      ownKeys: () => [...names()],
      getOwnPropertyDescriptor: (_, key) =>
        typeof key === 'string' && names().has(key)
          ? { configurable: true, enumerable: true, get: () => value(key) }
          : undefined,
      set: () => false,
    },
  );
  lazyMappings.add(proxy);
  return proxy;
}

export const isLazy = (value: object): boolean => lazyMappings.has(value);

/** A dict of the user's or a host's; not one of the kinds above, nor a date. */
export function isMapping(value: unknown): value is Mapping {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}

/** Whether an Unknown is the value or in it; lazy mappings are not looked into. */
export function holdsUnknown(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (isUnknown(value)) return true;
  if (Array.isArray(value)) return value.some(holdsUnknown);
  if (!isMapping(value) || isLazy(value)) return false;
  for (const key of Object.keys(value)) if (holdsUnknown(value[key])) return true;
  return false;
}

/** A new float: a plain number when it has a fraction. */
export const float = (value: number): Float | number => (Number.isInteger(value) ? new Float(value) : value);

/** A new integer: a plain number when it is exact as one. */
export const integer = (value: bigint): bigint | number =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

export const isFloat = (value: unknown): value is Float | number =>
  value instanceof Float || (typeof value === 'number' && !Number.isInteger(value));

export const isInteger = (value: unknown): value is number | bigint =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));

export const isNumber = (value: unknown): value is number | bigint | Float =>
  typeof value === 'number' || typeof value === 'bigint' || value instanceof Float;

/** A number or boolean as a JavaScript number. */
export function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (value instanceof Float) return value.value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  return fail(`${typeName(value)} is not a number`);
}

/** Python's name for the type of a value. */
export function typeName(value: unknown): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (isFloat(value)) return 'float';
  if (isInteger(value)) return 'int';
  if (Array.isArray(value)) return 'list';
  if (isMapping(value)) return 'dict';
  if (value === undefined || value instanceof Undefined) return 'AnsibleUndefined';
  if (value instanceof Callable) return 'function';
  return (value as object).constructor.name.toLowerCase();
}

/** The elements of anything that can be looped over: a list, the keys of a dict, the characters of a string. */
export function iterate(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [...value];
  if (isMapping(value)) return Object.keys(value);
  if (value instanceof Undefined) throw value.failure();
  return fail(`${typeName(value)} is not a list`);
}

/** A dict from its entries; any key, `__proto__` too, is plain data. */
export const mapping = (entries: Iterable<readonly [string, unknown]>): Mapping =>
  Object.fromEntries(entries);
