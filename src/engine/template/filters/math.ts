/** Filters on numbers, combinations and chance. */
import { fail } from '../failure.ts';
import { Random } from '../random.ts';
import { type CallContext, defineAll } from '../signature.ts';
import { str } from '../text.ts';
import { float, integer, isFloat, isInteger, iterate, toNumber } from '../value.ts';
import { flag, number, text, whole } from './argument.ts';

const UNITS = 'BKMGTPEZY';

export const mathFilters = defineAll({
  'log(base?)': (input, base) => {
    const value = number(input);
    if (value <= 0) return fail('a logarithm needs a positive number');
    if (base === undefined) return float(Math.log(value));
    return float(number(base) === 10 ? Math.log10(value) : Math.log(value) / Math.log(number(base)));
  },
  'pow(y)': (input, power) => float(number(input) ** number(power)),
  'root(base?)': (input, base) => {
    const degree = number(base, 2);
    return float(degree === 2 ? Math.sqrt(number(input)) : number(input) ** (1 / degree));
  },
  'product(*lists, **options)': (input, lists, options) => {
    const repeat = whole((options as Record<string, unknown>).repeat, 1);
    const all = Array.from({ length: repeat }, () => [input, ...(lists as unknown[])].map(iterate)).flat();
    return all.reduce<unknown[][]>(
      (rows, items) => rows.flatMap((row) => items.map((item) => [...row, item])),
      [[]],
    );
  },
  'permutations(r?)': (input, size) =>
    arrangements(iterate(input), size === undefined ? iterate(input).length : whole(size)),
  'combinations(r)': (input, size) => combinations(iterate(input), whole(size)),
  'random(start?, step?, seed?)': function (input, start, step, seed) {
    const random = generator(this, seed);
    if (!isInteger(input)) {
      const items = iterate(input);
      return items.length > 0 ? items[random.below(items.length)] : fail('there is nothing to choose from');
    }
    const from = start === undefined || start === null ? 0 : whole(start);
    const by = step === undefined || step === null ? 1 : whole(step);
    const choices = Math.ceil((Number(input) - from) / by);
    return choices > 0
      ? from + by * random.below(choices)
      : fail(`there is no number from ${from} below ${input}`);
  },
  'shuffle(seed?)': function (input, seed) {
    const random = generator(this, seed);
    const items = [...iterate(input)];
    for (let index = items.length - 1; index > 0; index--) {
      const other = random.below(index + 1);
      [items[index], items[other]] = [items[other], items[index]];
    }
    return items;
  },
  'human_readable(isbits?, unit?)': (input, bits, unit) => {
    const size = isInteger(input) || isFloat(input) ? toNumber(input) : Number(text(input));
    if (Number.isNaN(size)) return fail(`${text(input)} is not a number of bytes`);
    const asked = unit === undefined || unit === null ? undefined : UNITS.indexOf(text(unit).toUpperCase());
    let power = asked ?? UNITS.length - 1;
    while (asked === undefined && power > 0 && size < 1024 ** power) power--;
    if (power < 0) power = 0;
    const name = flag(bits) ? 'bits' : 'Bytes';
    return `${(size / 1024 ** power).toFixed(2)} ${power === 0 ? name : UNITS[power]! + name[0]}`;
  },
  'human_to_bytes(default_unit?, isbits?)': (input, unit) => {
    const [, digits, suffix = ''] =
      /^\s*(\d*\.?\d*)\s*([A-Za-z]*)\s*$/.exec(str(input)) ?? fail(`${str(input)} is not a size`);
    const letter = (suffix || (unit ? text(unit) : 'B')).charAt(0).toUpperCase();
    const power = UNITS.indexOf(letter);
    if (!digits || power < 0) return fail(`${str(input)} is not a size`, 'such as 10M or 2 GB');
    return integer(BigInt(Math.round(Number(digits) * 1024 ** power)));
  },
  'filesizeformat(binary?)': (input, binary) => {
    const base = flag(binary) ? 1024 : 1000;
    const size = number(input);
    if (size < base) return size === 1 ? '1 Byte' : `${Math.trunc(size)} Bytes`;
    const power = Math.min(8, Math.floor(Math.log(size) / Math.log(base)));
    const letter = flag(binary) ? `${UNITS[power]}i` : power === 1 ? 'k' : UNITS[power];
    return `${(size / base ** power).toFixed(1)} ${letter}B`;
  },
});

const generators = new WeakMap<CallContext, Random>();

/** The seed given, else the templar's, whose sequence goes on within one render. */
function generator(context: CallContext, seed: unknown): Random {
  if (seed !== undefined && seed !== null) return new Random(isInteger(seed) ? seed : str(seed));
  let random = generators.get(context);
  if (!random) {
    random = new Random(context.options.seed);
    generators.set(context, random);
  }
  return random;
}

function combinations(items: readonly unknown[], size: number): unknown[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) =>
    combinations(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]),
  );
}

function arrangements(items: readonly unknown[], size: number): unknown[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) =>
    arrangements(items.toSpliced(index, 1), size - 1).map((rest) => [item, ...rest]),
  );
}
