/** Filters on times. */
import { DateTime } from '../datetime.ts';
import { fail } from '../failure.ts';
import { defineAll } from '../signature.ts';
import { strftime, strptime } from '../strftime.ts';
import { str } from '../text.ts';
import { flag, number, text } from './argument.ts';

export const timeFilters = defineAll({
  'to_datetime(format?)': (input, format) => {
    const pattern = text(format, '%Y-%m-%d %H:%M:%S');
    const found = strptime(str(input), pattern);
    if (!found) return fail(`${str(input)} is not a time of the form ${pattern}`);
    return new DateTime(found.time, found.microsecond);
  },
  'strftime(second?, utc?)': function (input, second, utc) {
    const seconds =
      second === undefined || second === null
        ? undefined
        : typeof second === 'string'
          ? Number(second)
          : number(second);
    if (seconds !== undefined && Number.isNaN(seconds))
      return fail(`${text(second)} is not a number of seconds`);
    const date = seconds === undefined ? (this.options.now?.() ?? new Date()) : new Date(seconds * 1000);
    const offset = flag(utc) ? 0 : -date.getTimezoneOffset();
    const clock = `${String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0')}${String(Math.abs(offset) % 60).padStart(2, '0')}`;
    return strftime(
      str(input),
      new Date(date.getTime() + offset * 60_000),
      0,
      `${offset < 0 ? '-' : '+'}${clock}`,
    );
  },
});
