/** Python's two ways to format: `'%05d' % n` and `'{:>5}'.format(n)`. */
import { fail } from './failure.ts';
import { floatText, repr, str } from './text.ts';
import { isInteger, isMapping, isNumber, toNumber, typeName } from './value.ts';

interface Spec {
  readonly fill: string;
  readonly align: string | undefined;
  readonly sign: string;
  readonly alternate: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

/** `text % values`: a list is several values, a mapping serves `%(name)s`. */
export function percentFormat(text: string, values: unknown): string {
  const list = Array.isArray(values) ? values : [values];
  let used = 0;
  const next = () => (used < list.length ? list[used++] : fail('not enough values for the format'));
  const result = text.replace(
    /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?[hlL]?([diouxXeEfFgGcrsa%])/g,
    (_, name: string | undefined, flags: string, width: string, precision: string, type: string) => {
      if (type === '%') return '%';
      const wide = width === '*' ? toNumber(next()) : Number(width ?? 0);
      const digits =
        precision === '*' ? toNumber(next()) : precision === undefined ? undefined : Number(precision);
      const value = name === undefined ? next() : named(values, name);
      const left = flags.includes('-');
      return formatValue(value, {
        fill: flags.includes('0') && !left && type !== 's' && type !== 'r' ? '0' : ' ',
        align: left ? '<' : flags.includes('0') && type !== 's' ? '=' : '>',
        sign: flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '-',
        alternate: flags.includes('#'),
        width: wide,
        grouping: '',
        precision: digits,
        type: type === 'i' || type === 'u' ? 'd' : type === 'a' ? 'r' : type,
      });
    },
  );
  if (used < list.length && !isMapping(values)) fail('too many values for the format');
  return result;
}

function named(values: unknown, name: string): unknown {
  if (isMapping(values) && Object.hasOwn(values, name)) return values[name];
  return fail(`the format names ${name}, which is not there`);
}

/** `text.format(*positional, **named)` */
export function braceFormat(
  text: string,
  positional: readonly unknown[],
  byName: Readonly<Record<string, unknown>>,
): string {
  let automatic = 0;
  return text.replace(
    /\{\{|\}\}|\{([^{}:!]*)(?:!([rsa]))?(?::((?:[^{}]|\{[^{}]*\})*))?\}/g,
    (whole, field: string | undefined, conversion: string | undefined, spec: string | undefined) => {
      if (whole === '{{' || whole === '}}') return whole[0]!;
      const value = fieldValue(field ?? '', positional, byName, () => automatic++);
      const converted =
        conversion === 'r' || conversion === 'a' ? repr(value) : conversion === 's' ? str(value) : value;
      const resolved = (spec ?? '').replace(/\{([^{}]*)\}/g, (_, inner: string) =>
        str(fieldValue(inner, positional, byName, () => automatic++)),
      );
      return formatValue(converted, parseSpec(resolved));
    },
  );
}

function fieldValue(
  field: string,
  positional: readonly unknown[],
  byName: Readonly<Record<string, unknown>>,
  automatic: () => number,
): unknown {
  const [head = '', ...rest] = field.split(/\.|\[|\]\.?/).filter((part, index) => index === 0 || part !== '');
  const index = head === '' ? automatic() : /^\d+$/.test(head) ? Number(head) : undefined;
  let value = index === undefined ? byName[head] : positional[index];
  if (index === undefined ? !Object.hasOwn(byName, head) : index >= positional.length)
    fail(`the format names ${head || index}, which is not given`);
  for (const part of rest) {
    if (Array.isArray(value)) value = value[Number(part)];
    else if (isMapping(value) && Object.hasOwn(value, part)) value = value[part];
    else fail(`the format names ${field}, which is not there`);
  }
  return value;
}

function parseSpec(text: string): Spec {
  const found = /^(?:(.)?([<>=^]))?([-+ ]?)(#?)(0?)(\d*)([,_]?)(?:\.(\d+))?([bcdeEfFgGnosxX%]?)$/s.exec(text);
  if (!found) return fail(`${text} is not a format`);
  const [, fill, align, sign, alternate, zero, width, grouping, precision, type] = found;
  return {
    fill: fill ?? (zero ? '0' : ' '),
    align: align ?? (zero ? '=' : undefined),
    sign: sign || '-',
    alternate: alternate === '#',
    width: Number(width || 0),
    grouping: grouping ?? '',
    precision: precision === undefined ? undefined : Number(precision),
    type: type ?? '',
  };
}

function formatValue(value: unknown, spec: Spec): string {
  const numeric =
    spec.type !== 's' && spec.type !== 'r' && spec.type !== 'c' && (isNumber(value) || spec.type !== '');
  if (!numeric) {
    const text =
      spec.type === 'r'
        ? repr(value)
        : spec.type === 'c' && isInteger(value)
          ? String.fromCodePoint(Number(value))
          : str(value);
    return align(
      spec.precision === undefined ? text : text.slice(0, spec.precision),
      '',
      spec,
      spec.align ?? '<',
    );
  }
  if (!isNumber(value) && typeof value !== 'boolean')
    return fail(`%${spec.type} needs a number, not ${typeName(value)}`, 'convert it first: | int or | float');
  const negative = toNumber(value) < 0 || Object.is(toNumber(value), -0);
  const sign = negative ? '-' : spec.sign === '-' ? '' : spec.sign;
  return align(digits(value, spec), sign, spec, spec.align ?? '>');
}

function digits(value: unknown, spec: Spec): string {
  const size = Math.abs(toNumber(value));
  const whole =
    typeof value === 'bigint'
      ? value < 0n
        ? -value
        : value
      : BigInt(Math.trunc(Number.isFinite(size) ? size : 0));
  const radix = { d: 10, n: 10, x: 16, X: 16, o: 8, b: 2 }[spec.type];
  if (radix !== undefined || (spec.type === '' && isInteger(value) && spec.precision === undefined)) {
    const text = group(whole.toString(radix ?? 10), spec.grouping).padStart(spec.precision ?? 0, '0');
    const prefix = spec.alternate && radix !== 10 ? `0${spec.type}` : '';
    return prefix + (spec.type === 'X' ? text.toUpperCase() : text);
  }
  const upper = spec.type === 'E' || spec.type === 'G';
  const text = floatDigits(size, spec);
  const [head = '', ...tail] = text.split('.');
  const grouped = spec.grouping ? [group(head, spec.grouping), ...tail].join('.') : text;
  return upper ? grouped.toUpperCase() : grouped;
}

function floatDigits(size: number, { type, precision }: Spec): string {
  if (!Number.isFinite(size)) return floatText(size);
  if (type === 'f' || type === 'F') return size.toFixed(precision ?? 6);
  if (type === '%') return `${(size * 100).toFixed(precision ?? 6)}%`;
  if (type === 'e' || type === 'E') return exponent(size.toExponential(precision ?? 6));
  if (type === '' && precision === undefined) return floatText(size);
  const significant = Math.max(1, precision ?? 6);
  const power = size === 0 ? 0 : Number(size.toExponential(significant - 1).split('e')[1]);
  const text =
    power < -4 || power >= significant
      ? exponent(size.toExponential(significant - 1).replace(/\.?0*e/, 'e'))
      : size
          .toFixed(Math.max(0, significant - 1 - power))
          .replace(/(\.\d*?)0+$/, '$1')
          .replace(/\.$/, '');
  return text;
}

const exponent = (text: string) => text.replace(/e([+-])(\d)$/, 'e$10$2');

const group = (text: string, separator: string) =>
  separator ? text.replace(/\B(?=(\d{3})+$)/g, separator) : text;

function align(text: string, sign: string, spec: Spec, side: string): string {
  const missing = spec.width - text.length - sign.length;
  if (missing <= 0) return sign + text;
  const pad = (count: number) => spec.fill.repeat(count);
  if (side === '<') return sign + text + pad(missing);
  if (side === '^') return pad(Math.floor(missing / 2)) + sign + text + pad(Math.ceil(missing / 2));
  return side === '=' ? sign + pad(missing) + text : pad(missing) + sign + text;
}
