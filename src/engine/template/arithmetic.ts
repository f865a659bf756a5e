/** Python's operators on numbers, strings, lists and times. */
import { isUnknown, UNKNOWN } from '../unknown.ts';
import { DateTime, TimeDelta } from './datetime.ts';
import { fail } from './failure.ts';
import { percentFormat } from './format.ts';
import { textOf } from './text.ts';
import {
  type Float,
  float,
  holdsUnknown,
  integer,
  isFloat,
  isMapping,
  isNumber,
  toNumber,
  typeName,
  Undefined,
} from './value.ts';

/** No string or list made by an expression is longer than this. */
const MAX_LENGTH = 10_000_000;

export type Operator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '~';

export function operate(operator: Operator, a: unknown, b: unknown): unknown {
  for (const side of [a, b]) if (side instanceof Undefined) throw side.failure();
  if (isUnknown(a) || isUnknown(b)) return UNKNOWN;
  if (operator === '~') {
    const left = textOf(a);
    const right = textOf(b);
    return isUnknown(left) || isUnknown(right) ? UNKNOWN : left + right;
  }
  if (isNumeric(a) && isNumeric(b)) return numeric(operator, a, b);
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b;
  if (operator === '+' && Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (operator === '%' && typeof a === 'string') return holdsUnknown(b) ? UNKNOWN : percentFormat(a, b);
  if (operator === '*') {
    const [sequence, count] = isNumeric(a) ? [b, a] : [a, b];
    if (!isFloat(count) && isNumeric(count)) {
      if (typeof sequence === 'string') return sequence.repeat(times(toNumber(count), sequence.length));
      if (Array.isArray(sequence))
        return Array.from({ length: times(toNumber(count), sequence.length) }, () => sequence).flat();
    }
  }
  return time(operator, a, b) ?? refuse(operator, a, b);
}

/** Unary minus and plus. */
export function sign(operator: '-' | '+', value: unknown): unknown {
  if (value instanceof Undefined) throw value.failure();
  if (isUnknown(value)) return UNKNOWN;
  if (!isNumeric(value)) return fail(`${operator} needs a number, not ${typeName(value)}`);
  if (operator === '+') return typeof value === 'boolean' ? Number(value) : value;
  if (typeof value === 'bigint') return integer(-value);
  // 0 - x, so that an integer 0 does not become -0
  return isFloat(value) ? float(-toNumber(value)) : 0 - toNumber(value);
}

const isNumeric = (value: unknown): value is number | bigint | Float | boolean =>
  isNumber(value) || typeof value === 'boolean';

function times(count: number, length: number): number {
  if (count * length > MAX_LENGTH) return fail(`a result of ${count * length} elements is too long`);
  return Math.max(0, count);
}

function numeric(operator: Operator, a: unknown, b: unknown): unknown {
  const x = toNumber(a);
  const y = toNumber(b);
  if ((operator === '/' || operator === '//' || operator === '%') && y === 0) return fail('division by zero');
  if (operator === '/') return float(x / y);
  if (operator === '**' && y < 0) return float(x ** y);
  const floats = isFloat(a) || isFloat(b);
  const result = plain(operator, x, y);
  if (floats) return float(result);
  if (Number.isSafeInteger(result) && typeof a !== 'bigint' && typeof b !== 'bigint') return result;
  return integer(exact(operator, BigInt(a as number), BigInt(b as number)));
}

function plain(operator: Operator, x: number, y: number): number {
  if (operator === '+') return x + y;
  if (operator === '-') return x - y;
  if (operator === '*') return x * y;
  if (operator === '**') return x ** y;
  // Python rounds towards minus infinity, and the rest has the sign of the divisor
  if (operator === '//') return Math.floor(x / y);
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}

function exact(operator: Operator, x: bigint, y: bigint): bigint {
  if (operator === '+') return x + y;
  if (operator === '-') return x - y;
  if (operator === '*') return x * y;
  if (operator === '**') return y > 10_000n ? fail(`${x} ** ${y} is too large`) : x ** y;
  const rest = x % y;
  const adjusted = rest !== 0n && rest < 0n !== y < 0n;
  if (operator === '%') return adjusted ? rest + y : rest;
  return adjusted ? x / y - 1n : x / y;
}

function time(operator: Operator, a: unknown, b: unknown): unknown {
  if (operator !== '+' && operator !== '-') return undefined;
  if (a instanceof DateTime && b instanceof DateTime && operator === '-')
    return new TimeDelta((a.time - b.time) * 1000 + a.microsecond - b.microsecond);
  if (!(b instanceof TimeDelta)) return undefined;
  const change = operator === '-' ? -b.microseconds : b.microseconds;
  if (a instanceof TimeDelta) return new TimeDelta(a.microseconds + change);
  if (!(a instanceof DateTime)) return undefined;
  const total = a.microsecond + change;
  const micro = ((total % 1e6) + 1e6) % 1e6;
  return new DateTime(a.time + (total - micro) / 1000, micro);
}

function refuse(operator: Operator, a: unknown, b: unknown): never {
  const merging = isMapping(a) && isMapping(b);
  const mixed = (typeof a === 'string') !== (typeof b === 'string');
  return fail(
    `${typeName(a)} ${operator} ${typeName(b)} is not possible`,
    merging
      ? 'merge mappings with | combine'
      : mixed
        ? 'convert one: | int or | string, or join with ~'
        : undefined,
  );
}
