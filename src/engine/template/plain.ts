import { UnsafeText } from '../source.ts';
import { isUnknown } from '../unknown.ts';
import { DateTime, TimeDelta } from './datetime.ts';
import { fail } from './failure.ts';
import { Namespace } from './frame.ts';
import { Callable, Float, isLazy, isMapping, mapping, OMIT, Omit, Undefined } from './value.ts';

/**
 * A result as the rest of the engine knows values: plain JavaScript. Times become text, what is omitted goes.
 * What needs no change stays the same object. @throws Failure VAR_UNDEFINED for an undefined value in it
 */
export function plain(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || isUnknown(value)) return value;
  if (value instanceof Float) return value.value;
  if (value instanceof UnsafeText) return value.text;
  if (value instanceof Undefined) throw value.failure();
  if (value instanceof Omit) return OMIT;
  if (value instanceof DateTime || value instanceof TimeDelta) return value.toJSON();
  if (value instanceof Callable) return fail(`${value.name} is a function: call it, ${value.name}()`);
  if (value instanceof Namespace) return plain(value.values);
  if (Array.isArray(value)) {
    const items = value.map(plain).filter((item) => item !== OMIT);
    return same(value, items) ? value : items;
  }
  if (!isMapping(value)) return value;
  const entries = Object.keys(value).map((key): [string, unknown] => [key, plain(value[key])]);
  if (!isLazy(value) && entries.every(([key, each]) => each !== OMIT && each === value[key])) return value;
  return mapping(entries.filter(([, each]) => each !== OMIT));
}

const same = (a: readonly unknown[], b: readonly unknown[]) =>
  a.length === b.length && a.every((each, index) => each === b[index]);
