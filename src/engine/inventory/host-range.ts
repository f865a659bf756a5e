import { isIPv6 } from 'node:net';

/** A host as an inventory names it: one name or a range of them, and perhaps a port. */
export interface HostNames {
  readonly names: readonly string[];
  readonly port: number | undefined;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const MOST_NAMES = 100_000;
const range = '\\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\\]';
const label = `(?:[\\p{L}\\p{N}_]|${range})(?:[\\p{L}\\p{N}_-]|${range})*(?<![_-])`;
const hostname = new RegExp(`^${label}(?:\\.${label})*$`, 'iu');

/**
 * Splits `host:port` or `[host]:port` (the only way to give an IPv6 address a port).
 * Undefined when what is left is neither a name nor an address, with ranges or without.
 */
export function parseAddress(text: string): { host: string; port: number | undefined } | undefined {
  const match = /^\[(.+)\]:([0-9]+)$/.exec(text) ?? /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/.exec(text);
  const host = match?.[1] ?? text;
  const valid = hostname.test(host) || isIPv6(host.replace(/\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\]/gi, '0'));
  return valid ? { host, port: match?.[2] === undefined ? undefined : Number(match[2]) } : undefined;
}

/** What an inventory writes where a host stands, with its ranges expanded. @throws RangeError with the reason */
export function expandHost(text: string): HostNames {
  const address = parseAddress(text);
  const host = address?.host ?? text;
  if (address === undefined && text.endsWith(':')) throw new RangeError('a port must follow the colon');
  return { names: host.includes('[') ? expandRanges(host) : [host], port: address?.port };
}

function expandRanges(text: string): string[] {
  const match = /^([^[]*)\[([^\]]*)\](.*)$/s.exec(text);
  if (!match) {
    if (text.includes('[')) throw new RangeError('a range lacks its closing bracket');
    return [text];
  }
  const [, head = '', bounds = '', tail = ''] = match;
  const tails = expandRanges(tail);
  const middle = rangeValues(bounds);
  if (middle.length * tails.length > MOST_NAMES) throw new RangeError(`a range of over ${MOST_NAMES} hosts`);
  return middle.flatMap((value) => tails.map((rest) => head + value + rest));
}

function rangeValues(bounds: string): string[] {
  const parts = bounds.split(':');
  if (parts.length !== 2 && parts.length !== 3)
    throw new RangeError('a range is [begin:end] or [begin:end:step]');
  const [first = '', end = '', stepText = '1'] = parts;
  const begin = first === '' ? '0' : first;
  if (end === '') throw new RangeError('a range must have an end');
  const step = Number(stepText);
  if (!/^[0-9]+$/.test(stepText) || step < 1)
    throw new RangeError('the step of a range must be a number above 0');
  if (begin.length === 1 && end.length === 1 && LETTERS.includes(begin) && LETTERS.includes(end)) {
    return sequence(LETTERS.indexOf(begin), LETTERS.indexOf(end), step).map((index) => LETTERS[index]!);
  }
  if (!/^[0-9]+$/.test(begin) || !/^[0-9]+$/.test(end))
    throw new RangeError('a range runs from number to number or from letter to letter');
  const padded = begin.length > 1 && begin.startsWith('0');
  if (padded && begin.length !== end.length)
    throw new RangeError('begin and end of a range with leading zeros must be equally long');
  return sequence(Number(begin), Number(end), step).map((value) =>
    String(value).padStart(padded ? begin.length : 0, '0'),
  );
}

function sequence(begin: number, end: number, step: number): number[] {
  if (begin > end) throw new RangeError('a range must not end before it begins');
  const count = Math.floor((end - begin) / step) + 1;
  if (count > MOST_NAMES) throw new RangeError(`a range of over ${MOST_NAMES} hosts`);
  return Array.from({ length: count }, (_, index) => begin + index * step);
}
