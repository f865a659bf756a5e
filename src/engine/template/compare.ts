/** Python's truth, ==, < and `in`; each says UNKNOWN where an Unknown decides. */
import { isUnknown, UNKNOWN, type Unknown } from '../unknown.ts';
import { DateTime, TimeDelta } from './datetime.ts';
import { fail } from './failure.ts';
import { Float, isMapping, isNumber, Omit, toNumber, typeName, Undefined } from './value.ts';

export type Decision = boolean | Unknown;

export const not = (decision: Decision): Decision => (isUnknown(decision) ? decision : !decision);

/** True if any is true, else UNKNOWN if any is. */
export function some<T>(values: Iterable<T>, test: (value: T) => Decision): Decision {
  let result: Decision = false;
  for (const value of values) {
    const decision = test(value);
    if (decision === true) return true;
    if (isUnknown(decision)) result = UNKNOWN;
  }
  return result;
}

/** False if any is false, else UNKNOWN if any is. */
export const every = <T>(values: Iterable<T>, test: (value: T) => Decision): Decision =>
  not(some(values, (value) => not(test(value))));

export function truth(value: unknown): Decision {
  if (typeof value === 'boolean') return value;
  if (value === null || value === undefined) return false;
  if (typeof value === 'string') return value.length > 0;
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'bigint') return value !== 0n;
  if (isUnknown(value)) return value;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof Undefined) throw value.failure();
  if (value instanceof TimeDelta) return value.microseconds !== 0;
  return isMapping(value) ? Object.keys(value).length > 0 : true;
}

const isNumeric = (value: unknown) => isNumber(value) || typeof value === 'boolean';

export function equals(a: unknown, b: unknown): Decision {
  if (a instanceof Undefined) throw a.failure();
  if (b instanceof Undefined) throw b.failure();
  if (isUnknown(a) || isUnknown(b)) return UNKNOWN;
  if (a === b) return true;
  if (isNumeric(a) && isNumeric(b)) {
    if (typeof a === 'bigint' && typeof b === 'bigint') return a === b;
    return toNumber(a) === toNumber(b);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false;
    return every(a.keys(), (index) => equals(a[index], b[index]));
  }
  if (isMapping(a) && isMapping(b)) {
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length || !keys.every((key) => Object.hasOwn(b, key))) return false;
    return every(keys, (key) => equals(a[key], b[key]));
  }
  if (a instanceof DateTime && b instanceof DateTime)
    return a.time === b.time && a.microsecond === b.microsecond;
  if (a instanceof TimeDelta && b instanceof TimeDelta) return a.microseconds === b.microseconds;
  return a instanceof Omit && b instanceof Omit;
}

/** Negative, zero or positive, as sort functions want it. @throws Failure for types that have no order */
export function order(a: unknown, b: unknown): number | Unknown {
  for (const side of [a, b]) if (side instanceof Undefined) throw side.failure();
  if (isUnknown(a) || isUnknown(b)) return UNKNOWN;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (isNumeric(a) && isNumeric(b)) {
    if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0;
    return toNumber(a) - toNumber(b);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let index = 0; index < Math.min(a.length, b.length); index++) {
      const same = equals(a[index], b[index]);
      if (isUnknown(same)) return UNKNOWN;
      if (!same) return order(a[index], b[index]);
    }
    return a.length - b.length;
  }
  if (a instanceof DateTime && b instanceof DateTime) return a.time - b.time || a.microsecond - b.microsecond;
  if (a instanceof TimeDelta && b instanceof TimeDelta) return a.microseconds - b.microseconds;
  return fail(
    `${typeName(a)} and ${typeName(b)} cannot be ordered`,
    'convert one of them: | int, | float or | string',
  );
}

/** `item in container` */
export function contains(container: unknown, item: unknown): Decision {
  if (container instanceof Undefined) throw container.failure();
  if (item instanceof Undefined) throw item.failure();
  if (isUnknown(container)) return UNKNOWN;
  if (Array.isArray(container)) return some(container, (each) => equals(each, item));
  if (isUnknown(item)) return UNKNOWN;
  if (isMapping(container)) return !Array.isArray(item) && Object.hasOwn(container, String(item));
  if (typeof container === 'string') {
    if (typeof item === 'string') return container.includes(item);
    return fail(`${typeName(item)} cannot be in a string`, 'convert it: | string');
  }
  return fail(`${typeName(container)} is not a list, mapping or string, so nothing is in it`);
}

/** One comparison of an expression. */
export function compare(operator: string, a: unknown, b: unknown): Decision {
  if (operator === '==') return equals(a, b);
  if (operator === '!=') return not(equals(a, b));
  if (operator === 'in') return contains(b, a);
  if (operator === 'not in') return not(contains(b, a));
  const position = order(a, b);
  if (isUnknown(position)) return UNKNOWN;
  if (operator === '<') return position < 0;
  if (operator === '<=') return position <= 0;
  return operator === '>' ? position > 0 : position >= 0;
}
