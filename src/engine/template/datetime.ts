/** Points in time and spans between them, as `to_datetime` and `now` give them. */
import { strftime } from './strftime.ts';

/** A wall-clock time without zone; kept as if it were UTC. */
export class DateTime {
  readonly time: number;
  readonly microsecond: number;

  constructor(time: number, microsecond = 0) {
    this.time = time;
    this.microsecond = microsecond;
  }

  format(pattern: string): string {
    return strftime(pattern, new Date(this.time), this.microsecond);
  }

  isoformat(separator = 'T'): string {
    const text = new Date(this.time).toISOString().slice(0, 19).replace('T', separator);
    return this.microsecond === 0 ? text : `${text}.${String(this.microsecond).padStart(6, '0')}`;
  }

  toString(): string {
    return this.isoformat(' ');
  }

  toJSON(): string {
    return this.isoformat();
  }

  attribute(name: string): unknown {
    const date = new Date(this.time);
    const parts: Record<string, number> = {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      microsecond: this.microsecond,
    };
    return Object.hasOwn(parts, name) ? parts[name] : undefined;
  }
}

/** A difference of two times, in microseconds. */
export class TimeDelta {
  readonly microseconds: number;

  constructor(microseconds: number) {
    this.microseconds = microseconds;
  }

  get totalSeconds(): number {
    return this.microseconds / 1e6;
  }

  /** Python keeps days signed, and seconds and microseconds positive */
  attribute(name: string): unknown {
    const days = Math.floor(this.microseconds / 86_400e6);
    const rest = this.microseconds - days * 86_400e6;
    if (name === 'days') return days;
    if (name === 'seconds') return Math.floor(rest / 1e6);
    return name === 'microseconds' ? rest % 1e6 : undefined;
  }

  toString(): string {
    const days = this.attribute('days') as number;
    const seconds = this.attribute('seconds') as number;
    const micro = this.attribute('microseconds') as number;
    const two = (n: number) => String(n).padStart(2, '0');
    const clock = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    const fraction = micro === 0 ? '' : `.${String(micro).padStart(6, '0')}`;
    return (days === 0 ? '' : `${days} day${Math.abs(days) === 1 ? '' : 's'}, `) + clock + fraction;
  }

  toJSON(): string {
    return this.toString();
  }
}
