import { isDeepStrictEqual } from 'node:util';
import { isUnknown } from '../../engine/unknown.ts';

/** Keys from a model's root to a value; lists are values. */
export type FieldPath = readonly string[];

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isUnknown(value);

/** Paths of all values, lists whole. */
export function fieldPaths(fields: unknown, at: FieldPath = []): FieldPath[] {
  if (!isFields(fields)) return fields === undefined ? [] : [at];
  return Object.entries(fields).flatMap(([key, value]) => fieldPaths(value, [...at, key]));
}

/** Paths at which two models differ, in the order of the second. By default what is Unknown may be anything. */
export function differences(a: unknown, b: unknown, same = sameValue, at: FieldPath = []): FieldPath[] {
  if (a === b) return [];
  if (isFields(a) || isFields(b)) {
    const [left, right] = [isFields(a) ? a : {}, isFields(b) ? b : {}];
    const keys = new Set([...Object.keys(right), ...Object.keys(left)]);
    return [...keys].flatMap((key) => differences(left[key], right[key], same, [...at, key]));
  }
  return same(a, b) ? [] : [at];
}

/** Whether two values agree; what is Unknown may be anything but absent. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isUnknown(a) || isUnknown(b)) return a !== undefined && b !== undefined;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => sameValue(value, b[index]));
  }
  if (isFields(a) && isFields(b)) return differences(a, b).length === 0;
  return isDeepStrictEqual(a, b);
}

/** The value at a path, undefined where there is none. */
export const valueAt = (root: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string | number, unknown>)[key]
        : undefined,
    root,
  );
