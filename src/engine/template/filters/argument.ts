/** Turns arguments of filters and tests into what they must be, or fails. */
import { fail } from '../failure.ts';
import { str } from '../text.ts';
import { Float, isInteger, isMapping, isNumber, type Mapping, toNumber, typeName } from '../value.ts';

/** Text of a value; containers and numbers as they print. */
export const text = (value: unknown, otherwise = ''): string =>
  value === undefined ? otherwise : str(value);

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : fail(`a list is needed, not ${typeName(value)}`);
}

export function dict(value: unknown): Mapping {
  return isMapping(value) ? value : fail(`a mapping is needed, not ${typeName(value)}`);
}

export function number(value: unknown, otherwise?: number): number {
  if (value === undefined && otherwise !== undefined) return otherwise;
  if (isNumber(value) || typeof value === 'boolean') return toNumber(value);
  return fail(`a number is needed, not ${typeName(value)}`, 'convert it: | int or | float');
}

/** An integer that fits in a number. */
export function whole(value: unknown, otherwise?: number): number {
  if (value === undefined && otherwise !== undefined) return otherwise;
  if (isInteger(value)) return Number(value);
  if (value instanceof Float) return value.value;
  if (typeof value === 'boolean') return Number(value);
  return fail(`an integer is needed, not ${typeName(value)}`, 'convert it: | int');
}

/** Whether an optional flag is set. */
export const flag = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false && value !== 0 && value !== '';
