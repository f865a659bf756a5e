/** systemd's notations: systemd.syntax(7), systemd.time(7). Undefined: not one. */

export function parseBoolean(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(1|yes|y|true|t|on)$/i.test(text)) return true;
  return /^(0|no|n|false|f|off)$/i.test(text) ? false : undefined;
}

export const showBoolean = (value: boolean): string => (value ? 'yes' : 'no');

const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  usec: 0.001,
  ms: 1,
  msec: 1,
  '': 1000,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
};

/** Milliseconds of a span such as `100ms`, `1.5` (seconds) or `1min 30s`. */
export function parseSpan(text: string): number | undefined {
  let total = 0;
  let rest = text.trim();
  if (rest === '') return undefined;
  while (rest !== '') {
    const [all = '', number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)\s*/.exec(rest) ?? [];
    const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (number === undefined || factor === undefined) return undefined;
    total += Number(number) * factor;
    rest = rest.slice(all.length);
  }
  return Math.round(total);
}

/** Bytes, with K, M, G to the base 1024. */
export function parseBytes(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+)\s*([KMG]?)B?$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  return Number(number) * { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 }[unit as '' | 'K' | 'M' | 'G'];
}

/** `AA-BB-…`, `aabb.ccdd.eeff` and `aa:bb:…` in the kernel's notation. */
export function parseMac(text: string): string | undefined {
  const digits = text.toLowerCase().replace(/[:.-]/g, '');
  return /^[0-9a-f]{12}$/.test(digits) ? digits.match(/../g)!.join(':') : undefined;
}

/** Whole number in a range. */
export function parseInteger(text: string, base: 10 | 16 = 10): number | undefined {
  const plain = /^0x/i.test(text) ? Number.parseInt(text.slice(2), 16) : Number.parseInt(text, base);
  return /^(0x[0-9a-f]+|\d+)$/i.test(text) ? plain : undefined;
}
