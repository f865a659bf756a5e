import { UnsafeText } from '../source.ts';
import { isMapping, isLazy } from './value.ts';
import { isTemplate } from './types.ts';

const known = new WeakMap<object, boolean>();

/** Whether a value that a user wrote has templates in it, or texts marked `!unsafe`, so that it cannot be taken as it is. */
export function needsRender(value: unknown): boolean {
  if (typeof value === 'string') return isTemplate(value);
  if (value === null || typeof value !== 'object') return false;
  if (value instanceof UnsafeText) return true;
  if (!Array.isArray(value) && (!isMapping(value) || isLazy(value))) return false;
  let answer = known.get(value);
  if (answer === undefined) {
    answer = Object.values(value).some(needsRender);
    known.set(value, answer);
  }
  return answer;
}
