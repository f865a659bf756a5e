import { fail } from './failure.ts';
import { isInteger, isNumber, typeName } from './value.ts';

/** Python's `sequence[from:to:step]`. */
export function slice(sequence: unknown, from: unknown, to: unknown, step: unknown): unknown {
  if (typeof sequence === 'string') return (slice([...sequence], from, to, step) as string[]).join('');
  if (!Array.isArray(sequence)) return fail(`${typeName(sequence)} cannot be sliced`);
  const by = bound(step) ?? 1;
  if (by === 0) return fail('a slice cannot have step 0');
  const { length } = sequence;
  const clamp = (value: number, low: number, high: number) =>
    Math.min(Math.max(value < 0 ? value + length : value, low), high);
  const first = bound(from);
  const last = bound(to);
  const result: unknown[] = [];
  if (by > 0) {
    const end = last === undefined ? length : clamp(last, 0, length);
    for (let index = clamp(first ?? 0, 0, length); index < end; index += by) result.push(sequence[index]);
  } else {
    const end = last === undefined ? -1 : clamp(last, -1, length - 1);
    for (let index = clamp(first ?? length - 1, -1, length - 1); index > end; index += by)
      result.push(sequence[index]);
  }
  return result;
}

function bound(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (isInteger(value)) return Number(value);
  return fail(`a slice needs integers, not ${isNumber(value) ? 'a float' : typeName(value)}`);
}
