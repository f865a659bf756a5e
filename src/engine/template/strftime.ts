const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const pad = (value: number, width = 2, fill = '0') => String(value).padStart(width, fill);

/** Days since the first of January. */
const dayOfYear = (date: Date) =>
  Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);

/** ISO 8601 week and its year. */
function isoWeek(date: Date): { week: number; year: number } {
  const thursday = new Date(date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * 86_400_000);
  return { week: Math.floor(dayOfYear(thursday) / 7) + 1, year: thursday.getUTCFullYear() };
}

const directives: Record<string, (date: Date, microsecond: number, zone: string) => string> = {
  a: (d) => DAYS[d.getUTCDay()]!.slice(0, 3),
  A: (d) => DAYS[d.getUTCDay()]!,
  b: (d) => MONTHS[d.getUTCMonth()]!.slice(0, 3),
  B: (d) => MONTHS[d.getUTCMonth()]!,
  c: (d) => strftime('%a %b %e %H:%M:%S %Y', d),
  d: (d) => pad(d.getUTCDate()),
  D: (d) => strftime('%m/%d/%y', d),
  e: (d) => pad(d.getUTCDate(), 2, ' '),
  f: (_, microsecond) => pad(microsecond, 6),
  F: (d) => strftime('%Y-%m-%d', d),
  G: (d) => String(isoWeek(d).year),
  H: (d) => pad(d.getUTCHours()),
  I: (d) => pad(d.getUTCHours() % 12 || 12),
  j: (d) => pad(dayOfYear(d) + 1, 3),
  m: (d) => pad(d.getUTCMonth() + 1),
  M: (d) => pad(d.getUTCMinutes()),
  n: () => '\n',
  p: (d) => (d.getUTCHours() < 12 ? 'AM' : 'PM'),
  R: (d) => strftime('%H:%M', d),
  s: (d) => String(Math.floor(d.getTime() / 1000)),
  S: (d) => pad(d.getUTCSeconds()),
  t: () => '\t',
  T: (d) => strftime('%H:%M:%S', d),
  u: (d) => String(d.getUTCDay() || 7),
  U: (d) => pad(Math.floor((dayOfYear(d) + 7 - d.getUTCDay()) / 7)),
  V: (d) => pad(isoWeek(d).week),
  w: (d) => String(d.getUTCDay()),
  W: (d) => pad(Math.floor((dayOfYear(d) + 7 - ((d.getUTCDay() + 6) % 7)) / 7)),
  x: (d) => strftime('%m/%d/%y', d),
  X: (d) => strftime('%H:%M:%S', d),
  y: (d) => pad(d.getUTCFullYear() % 100),
  Y: (d) => String(d.getUTCFullYear()),
  z: (_d, _m, zone) => zone,
  Z: (_d, _m, zone) => (zone === '+0000' ? 'UTC' : ''),
  '%': () => '%',
};

/** C's strftime in the C locale, of the UTC fields of a date. */
export function strftime(pattern: string, date: Date, microsecond = 0, zone = ''): string {
  return pattern.replace(/%[-_0]?([a-zA-Z%])/g, (whole, letter: string) => {
    const directive = Object.hasOwn(directives, letter) ? directives[letter] : undefined;
    if (!directive) return whole;
    const text = directive(date, microsecond, zone);
    return whole[1] === '-' ? text.replace(/^[0 ](?=.)/, '') : text;
  });
}

const fields: Record<string, string> = {
  Y: '(?<year>\\d{4})',
  y: '(?<shortYear>\\d{2})',
  m: '(?<month>\\d{1,2})',
  d: '(?<day>\\d{1,2})',
  e: '\\s*(?<day>\\d{1,2})',
  H: '(?<hour>\\d{1,2})',
  I: '(?<hour12>\\d{1,2})',
  M: '(?<minute>\\d{1,2})',
  S: '(?<second>\\d{1,2})',
  f: '(?<fraction>\\d{1,6})',
  p: '(?<half>[AaPp][Mm])',
  j: '(?<yearday>\\d{1,3})',
  s: '(?<epoch>\\d+)',
  z: '(?<zone>Z|[+-]\\d{2}:?\\d{2})',
  Z: '(?:UTC|GMT|[A-Z]{3,4})',
  b: `(?<monthName>${MONTHS.map((name) => name.slice(0, 3)).join('|')})`,
  B: `(?<monthName>${MONTHS.join('|')})`,
  a: `(?:${DAYS.map((name) => name.slice(0, 3)).join('|')})`,
  A: `(?:${DAYS.join('|')})`,
  T: '(?<hour>\\d{1,2}):(?<minute>\\d{1,2}):(?<second>\\d{1,2})',
  F: '(?<year>\\d{4})-(?<month>\\d{1,2})-(?<day>\\d{1,2})',
  '%': '%',
};

/** Python's strptime: the time and its microseconds, undefined where the text does not match. */
export function strptime(text: string, pattern: string): { time: number; microsecond: number } | undefined {
  const source = pattern.replace(/%([a-zA-Z%])|\s+|[\\^$.*+?()[\]{}|/]/g, (whole, letter?: string) => {
    if (letter !== undefined) return fields[letter] ?? '(?!)';
    return /^\s/.test(whole) ? '\\s+' : `\\${whole}`;
  });
  const found = new RegExp(`^${source}$`, 'i').exec(text)?.groups;
  if (!found)
    return new RegExp(`^${source}$`, 'i').test(text)
      ? { time: Date.UTC(1900, 0), microsecond: 0 }
      : undefined;
  const number = (name: string, otherwise: number) =>
    found[name] === undefined ? otherwise : Number(found[name]);
  if (found.epoch !== undefined) return { time: Number(found.epoch) * 1000, microsecond: 0 };
  const short = number('shortYear', 0);
  const year = number('year', found.shortYear === undefined ? 1900 : short + (short < 69 ? 2000 : 1900));
  const name = found.monthName?.slice(0, 3).toLowerCase();
  const month = name
    ? MONTHS.findIndex((each) => each.toLowerCase().startsWith(name))
    : number('month', 1) - 1;
  const afternoon = found.half?.toLowerCase() === 'pm' ? 12 : 0;
  const hour = found.hour12 === undefined ? number('hour', 0) : (number('hour12', 0) % 12) + afternoon;
  const day = number('day', 1);
  const time = Date.UTC(year, month, day, hour, number('minute', 0), number('second', 0));
  const valid = new Date(time).getUTCDate() === day && hour < 24 && number('minute', 0) < 60 && month < 12;
  if (!valid) return undefined;
  const yearday = found.yearday === undefined ? 0 : (Number(found.yearday) - 1) * 86_400_000;
  return { time: time + yearday, microsecond: Number((found.fraction ?? '').padEnd(6, '0')) };
}
