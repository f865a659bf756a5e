/** Filters that take anything: defaults, conversions, types. */
import { isUnknown, UNKNOWN } from '../../unknown.ts';
import { equals, truth } from '../compare.ts';
import { Failure, fail } from '../failure.ts';
import { defineAll } from '../signature.ts';
import { str } from '../text.ts';
import {
  Float,
  float,
  integer,
  isFloat,
  isInteger,
  isMapping,
  isNumber,
  iterate,
  toNumber,
  typeName,
  Undefined,
} from '../value.ts';
import { flag, number, text, whole } from './argument.ts';

const raw = defineAll(
  {
    'default|d(value?, boolean?)': (input, otherwise = '', boolean = false) => {
      if (input instanceof Undefined) return otherwise;
      if (!flag(boolean)) return input;
      const decision = truth(input);
      return isUnknown(decision) ? UNKNOWN : decision ? input : otherwise;
    },
    'mandatory(msg?)': (input, message) => {
      if (!(input instanceof Undefined)) return input;
      if (message === undefined) throw input.failure();
      throw new Failure('VAR_UNDEFINED', str(message));
    },
    'ternary(true_val, false_val, none_val?)': (input, yes, no, none) => {
      if (input === null && none !== undefined && none !== null) return none;
      const decision = truth(input);
      return isUnknown(decision) ? UNKNOWN : decision ? yes : no;
    },
    'type_debug()': (input) => (isUnknown(input) ? UNKNOWN : typeName(input)),
  },
  'raw',
);

const partial = defineAll(
  {
    'length|count()': (input) => {
      if (typeof input === 'string') return [...input].length;
      if (Array.isArray(input) || isMapping(input)) return iterate(input).length;
      return fail(`${typeName(input)} has no length`);
    },
    'list()': (input) => [...iterate(input)],
    'attr(name)': function (input, name) {
      return this.item(input, name);
    },
  },
  'partial',
);

const TRUE = ['yes', 'on', '1', 'true', 1];

const known = defineAll({
  'bool()': (input) => {
    if (input === null || typeof input === 'boolean') return input;
    const value = typeof input === 'string' ? input.toLowerCase() : input;
    return TRUE.some((each) => equals(each, value) === true);
  },
  'int(default?, base?)': (input, otherwise = 0, base = 10) => {
    if (isInteger(input)) return input;
    if (typeof input === 'boolean') return Number(input);
    if (isFloat(input))
      return Number.isFinite(toNumber(input)) ? integer(BigInt(Math.trunc(toNumber(input)))) : otherwise;
    return typeof input === 'string' ? (parseInteger(input, whole(base)) ?? otherwise) : otherwise;
  },
  'float(default?)': (input, otherwise = new Float(0)) => {
    if (isNumber(input) || typeof input === 'boolean') return float(toNumber(input));
    return typeof input === 'string' ? (parseFloatText(input) ?? otherwise) : otherwise;
  },
  'string()': (input) => str(input),
  'abs()': (input) =>
    typeof input === 'bigint'
      ? input < 0n
        ? -input
        : input
      : isFloat(input)
        ? float(Math.abs(number(input)))
        : Math.abs(number(input)),
  'round(precision?, method?)': (input, precision, method = 'common') => {
    const factor = 10 ** whole(precision, 0);
    const value = number(input);
    if (method === 'ceil') return float(Math.ceil(value * factor) / factor);
    if (method === 'floor') return float(Math.floor(value * factor) / factor);
    if (method !== 'common') return fail(`round has no method ${text(method)}`, 'common, ceil or floor');
    if (isInteger(input)) return factor >= 1 ? input : roundHalfEven(value, whole(precision, 0));
    return float(roundHalfEven(value, whole(precision, 0)));
  },
});

/** An integer's text in a base; a float's is cut, as in Jinja. */
function parseInteger(input: string, base: number): unknown {
  const digits = input.trim().replace(/(?<=[\da-zA-Z])_(?=[\da-zA-Z])/g, '');
  const prefix = { 16: '0x', 8: '0o', 2: '0b' }[base];
  const bare = prefix ? digits.replace(new RegExp(`^([-+]?)${prefix}`, 'i'), '$1') : digits;
  const allowed = '0123456789abcdefghijklmnopqrstuvwxyz'.slice(0, base);
  const found = new RegExp(`^([-+]?)([${allowed}]+)$`, 'i').exec(bare);
  if (found) {
    let value = 0n;
    for (const digit of found[2]!) value = value * BigInt(base) + BigInt(Number.parseInt(digit, base));
    return integer(found[1] === '-' ? -value : value);
  }
  const real = parseFloatText(input);
  return real !== undefined && Number.isFinite(toNumber(real))
    ? integer(BigInt(Math.trunc(toNumber(real))))
    : undefined;
}

function parseFloatText(input: string): Float | number | undefined {
  const trimmed = input.trim().toLowerCase();
  if (/^[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?$/.test(trimmed))
    return float(Number(trimmed.replaceAll('_', '')));
  const special = /^([-+]?)(inf|infinity|nan)$/.exec(trimmed);
  if (!special) return undefined;
  return special[2] === 'nan'
    ? Number.NaN
    : special[1] === '-'
      ? Number.NEGATIVE_INFINITY
      : Number.POSITIVE_INFINITY;
}

/** Python's round(): the nearest, and of two equally near ones the even. */
function roundHalfEven(value: number, precision: number): number {
  if (precision > 0) return Number(value.toFixed(precision));
  const factor = 10 ** -precision;
  const scaled = value / factor;
  const floor = Math.floor(scaled);
  const nearest = scaled - floor === 0.5 ? floor + (Math.abs(floor) % 2) : Math.round(scaled);
  return nearest * factor;
}

export const basicFilters = [...raw, ...partial, ...known];
