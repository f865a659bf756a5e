/** JSON with Python's layout, and with the difference between 1 and 1.0. */
import { DateTime, TimeDelta } from './datetime.ts';
import { fail } from './failure.ts';
import { floatText } from './text.ts';
import { Callable, Float, float, isMapping, typeName, Undefined } from './value.ts';

export interface JsonLayout {
  /** Spaces a level; undefined: all on one line */
  readonly indent?: number | undefined;
  readonly sortKeys: boolean;
  readonly ascii: boolean;
  readonly itemSeparator: string;
  readonly keySeparator: string;
}

export function toJson(value: unknown, layout: JsonLayout, depth = 0): string {
  const wrap = (open: string, parts: readonly string[], close: string) => {
    if (parts.length === 0) return open + close;
    if (layout.indent === undefined) return open + parts.join(layout.itemSeparator) + close;
    const newline = (level: number) => `\n${' '.repeat(layout.indent! * level)}`;
    const separator = layout.itemSeparator.trimEnd() + newline(depth + 1);
    return open + newline(depth + 1) + parts.join(separator) + newline(depth) + close;
  };
  if (value === null || value === undefined || typeof value === 'boolean') return String(value ?? null);
  if (typeof value === 'string') return quoted(value, layout.ascii);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return jsonNumber(value);
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof DateTime || value instanceof TimeDelta) return quoted(value.toJSON(), layout.ascii);
  if (Array.isArray(value))
    return wrap(
      '[',
      value.map((item) => toJson(item, layout, depth + 1)),
      ']',
    );
  if (value instanceof Undefined) throw value.failure();
  if (!isMapping(value) || value instanceof Callable) return fail(`${typeName(value)} cannot be JSON`);
  const keys = layout.sortKeys ? Object.keys(value).sort() : Object.keys(value);
  const entry = (key: string) =>
    quoted(key, layout.ascii) + layout.keySeparator + toJson(value[key], layout, depth + 1);
  return wrap('{', keys.map(entry), '}');
}

function jsonNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Number.isNaN(value)
    ? 'NaN'
    : Number.isFinite(value)
      ? floatText(value)
      : value > 0
        ? 'Infinity'
        : '-Infinity';
}

function quoted(value: string, ascii: boolean): string {
  const text = JSON.stringify(value);
  return ascii
    ? text.replace(/[\x80-\uffff]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : text;
}

/** A key that no JSON text has, for numbers that JSON.parse would change. */
const MARK = '\u0000number';

export function fromJson(source: string): unknown {
  const marked = source.replace(
    /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|-?Infinity|NaN/g,
    (part) => (part.startsWith('"') || isExact(part) ? part : `{${JSON.stringify(MARK)}:"${part}"}`),
  );
  try {
    return JSON.parse(marked, (_, value: unknown) => {
      const digits = isMapping(value) && Object.hasOwn(value, MARK) ? (value[MARK] as string) : undefined;
      if (digits === undefined) return value;
      return /^-?\d+$/.test(digits) ? BigInt(digits) : float(Number(digits));
    });
  } catch (error) {
    return fail(`this is not JSON: ${(error as Error).message.replaceAll(MARK, 'number')}`);
  }
}

const isExact = (digits: string) => /^-?\d+$/.test(digits) && Number.isSafeInteger(Number(digits));
