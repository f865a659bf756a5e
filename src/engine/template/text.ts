/** Python's str() and repr() of values. */
import { isUnknown, UNKNOWN, type Unknown } from '../unknown.ts';
import { fail } from './failure.ts';
import { Callable, Float, holdsUnknown, isMapping, Undefined } from './value.ts';

/** A float as Python prints it: the shortest digits that read back, an exponent from 1e16 and below 1e-4. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const digits = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}

/** str(): what text around an expression gets. Undefined throws, and what holds an Unknown has no text. */
export function str(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : floatText(value);
  if (value instanceof Undefined) throw value.failure();
  return repr(value);
}

/** str(), or UNKNOWN. */
export const textOf = (value: unknown): string | Unknown => (holdsUnknown(value) ? UNKNOWN : str(value));

export function repr(value: unknown): string {
  if (typeof value === 'string') return quoteText(value);
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : floatText(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof Undefined) throw value.failure();
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  if (isMapping(value))
    return `{${Object.keys(value)
      .map((key) => `${quoteText(key)}: ${repr(value[key])}`)
      .join(', ')}}`;
  if (value instanceof Callable) return fail(`${value.name} is a function: call it, ${value.name}()`);
  if (isUnknown(value)) throw new TypeError('an Unknown has no text');
  return String(value);
}

const escapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

function quoteText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\\x00-\x1f\x7f-\xa0\xad]|'/g, (character) => {
    if (character === "'") return quote === "'" ? "\\'" : "'";
    return escapes[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return quote + body + quote;
}
