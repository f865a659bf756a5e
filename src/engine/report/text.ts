import { escapeControls } from '../transport/escape.ts';

/** Text from a host or a playbook on one line. */
export const oneLine = (text: string): string => escapeControls(text).replaceAll('\n', '\\n');

/** JSON as Python's json.dumps(sort_keys=True) writes it, safe for a terminal. Indented by `indent` spaces if given. */
export function pythonJson(value: unknown, indent = 0): string {
  return escapeUnicodeControls(dump(JSON.parse(jsonText(value)), indent, '\n'));
}

/** JSON; integers too large for JSON's readers are text. `change` may replace values. */
export const jsonText = (
  value: unknown,
  change: (key: string, item: unknown) => unknown = (_, item) => item,
): string =>
  JSON.stringify(value, (key, item: unknown) =>
    typeof item === 'bigint' ? String(item) : change(key, item),
  ) ?? 'null';

/** JSON with everything that could disturb a terminal as \u escapes; means the same. */
export const escapeUnicodeControls = (json: string): string =>
  json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

function dump(value: unknown, indent: number, newline: string): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = newline + ' '.repeat(indent);
  const [open, close, parts] = Array.isArray(value)
    ? ['[', ']', value.map((item) => dump(item, indent, inner))]
    : [
        '{',
        '}',
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, item]) => `${JSON.stringify(key)}: ${dump(item, indent, inner)}`),
      ];
  if (parts.length === 0) return open + close;
  return indent === 0
    ? open + parts.join(', ') + close
    : open + inner + parts.join(`,${inner}`) + newline + close;
}

/** A value of a parameter as a person would write it, on one line: `9000`, `[10.0.0.1/24]`, `{mode: nat}`. */
export function plainValue(value: unknown): string {
  return oneLine(write(JSON.parse(jsonText(value))));
}

function write(value: unknown): string {
  if (typeof value === 'string') return value === '' ? "''" : value;
  if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`;
  if (value === null || typeof value !== 'object') return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}: ${write(item)}`)
    .join(', ')}}`;
}

/** `0.2 s`, `12 s`, `3 min 05 s`. */
export function seconds(milliseconds: number): string {
  const whole = Math.round(milliseconds / 1000);
  if (milliseconds < 9950) return `${(milliseconds / 1000).toFixed(1)} s`;
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** `1 host`, `2 hosts`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
