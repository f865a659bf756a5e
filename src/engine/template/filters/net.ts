/** Filters on addresses, networks and MAC addresses: those of ansible.utils. */
import { didYouMean } from '../../suggest.ts';
import { fail } from '../failure.ts';
import * as ip from '../ip.ts';
import type { Network } from '../ip.ts';
import { defineAll } from '../signature.ts';
import { str } from '../text.ts';
import { isInteger } from '../value.ts';
import { text, whole } from './argument.ts';
import { answer, type Given, queryNames } from './ip-query.ts';

/** What a value is as an address or network; undefined if it is none. A number is an address. */
function read(value: unknown, version?: number): Given | undefined {
  if (isInteger(value) || (typeof value === 'string' && /^\d+$/.test(value))) {
    const number = BigInt(value as string);
    const six = version === 6 || (version === undefined && number >> 32n > 0n);
    if (number < 0n || number >> 128n > 0n || (!six && number >> 32n > 0n)) return undefined;
    const network: Network = { version: six ? 6 : 4, value: number, prefix: six ? 128 : 32 };
    return { network, kind: 'address', text: ip.format(network) };
  }
  if (typeof value !== 'string') return undefined;
  const network = ip.parseNetwork(value);
  return network && { network, kind: value.includes('/') ? 'network' : 'address', text: value };
}

/** False for what is no address; a list keeps the answers that say something. */
function ask(value: unknown, query: string, name: string, version?: 4 | 6): unknown {
  if (Array.isArray(value))
    return value.map((each) => ask(each, query, name, version)).filter((each) => Boolean(each));
  const given = read(value, version);
  if (!given || (version !== undefined && given.network.version !== version)) return false;
  const result = answer(given, query);
  return result === undefined ? fail(`${name} cannot tell ${query}`, didYouMean(query, queryNames)) : result;
}

function needed(value: unknown): Given {
  return read(value) ?? fail(`${str(value)} is not an address or network`);
}

/** The range of a network, or one address. */
function range(value: unknown, hosts: boolean): readonly [number, bigint, bigint] {
  const { network } = needed(value);
  const [low, high] = hosts ? ip.usable(network) : [ip.first(network), ip.last(network)];
  return [network.version, low, high];
}

function covers(outer: unknown, inner: unknown, hosts: boolean): boolean {
  const [version, low, high] = range(outer, hosts);
  const [other, from, to] = range(inner, false);
  return version === other && from >= low && to <= high;
}

const aligned = (network: Network): Network => ({ ...network, value: ip.first(network) });

function subnet(value: unknown, query: string, index: unknown): unknown {
  const given = read(value);
  if (!given) return false;
  const base = aligned(given.network);
  const bits = ip.width(base.version);
  if (query === '') return ip.format(base);
  if (!/^\d+$/.test(query)) return rank(base, query);
  const prefix = Number(query);
  if (prefix > bits) return false;
  if (base.prefix === bits) {
    // Of an address: the networks around it, from the largest
    const around =
      index === undefined
        ? prefix
        : prefix + (whole(index) < 0 ? bits - prefix + whole(index) : whole(index));
    return around < 0 || around > bits ? false : ip.format(aligned({ ...base, prefix: around }));
  }
  if (prefix < base.prefix) return fail(`/${prefix} does not fit into ${ip.format(base)}`);
  const count = 1n << BigInt(prefix - base.prefix);
  if (index === undefined) return String(count);
  const position = BigInt(whole(index)) + (whole(index) < 0 ? count : 0n);
  if (position < 0n || position >= count) return false;
  return ip.format({ ...base, prefix, value: base.value + (position << BigInt(bits - prefix)) });
}

/** Which one of the subnets of `query` it is, from 1. */
function rank(base: Network, query: string): string {
  const outer = aligned(needed(query).network);
  if (!ip.inside(outer, base)) return fail(`${ip.format(base)} is not in ${query}`);
  return String((base.value - outer.value) / ip.size(base) + 1n);
}

function neighbour(value: unknown, offset: bigint): unknown {
  const given = read(value);
  if (!given) return false;
  const [low, high] = ip.usable(given.network);
  const found = given.network.value + offset;
  return found >= low && found <= high ? ip.formatAddress(given.network.version, found) : null;
}

/** Twelve hexadecimal digits, written in one of the ways of IEEE, Cisco or plain. */
function macDigits(value: unknown): string | undefined {
  if (isInteger(value)) return BigInt(value).toString(16).padStart(12, '0');
  const parts = str(value).toLowerCase().split(/[:.-]/);
  const each = { 1: 12, 2: 6, 3: 4, 6: 2 }[parts.length];
  if (each === undefined || !parts.every((part) => part.length <= each && /^[\da-f]+$/.test(part)))
    return undefined;
  return parts.length === 1 && parts[0]!.length !== 12
    ? undefined
    : parts.map((part) => part.padStart(each, '0')).join('');
}

const grouped = (digits: string, length: number, separator: string) =>
  digits.match(new RegExp(`.{${length}}`, 'g'))!.join(separator);

const MAC_FORMS: Readonly<Record<string, (digits: string) => unknown>> = {
  bare: (digits) => digits.toUpperCase(),
  bool: () => true,
  int: (digits) => Number.parseInt(digits, 16),
  cisco: (digits) => grouped(digits, 4, '.'),
  eui48: (digits) => grouped(digits, 2, '-').toUpperCase(),
  linux: (digits) => grouped(digits, 2, ':'),
  pgsql: (digits) => grouped(digits, 6, ':'),
  unix: (digits) => grouped(digits, 2, ':').replace(/\b0/g, ''),
};
const MAC_ALIASES: Readonly<Record<string, string>> = { win: 'eui48', postgresql: 'pgsql', psql: 'pgsql' };

function mac(value: unknown, query: string, name: string): unknown {
  const digits = macDigits(value);
  if (digits === undefined)
    return query === '' || query === 'bool' ? null : fail(`${str(value)} is not a MAC address`);
  if (query === '') return value;
  const form = MAC_FORMS[MAC_ALIASES[query] ?? query];
  return form
    ? form(digits)
    : fail(
        `${name} has no form ${query}`,
        didYouMean(query, [...Object.keys(MAC_FORMS), ...Object.keys(MAC_ALIASES)]),
      );
}

export const netFilters = defineAll({
  'ipaddr(query?)': (input, query) => ask(input, text(query), 'ipaddr'),
  'ipv4(query?)': (input, query) => ask(input, text(query), 'ipv4', 4),
  'ipv6(query?)': (input, query) => ask(input, text(query), 'ipv6', 6),
  'ipwrap(query?)': (input, query) =>
    Array.isArray(input) ? input.map((each) => wrapped(each, text(query))) : wrapped(input, text(query)),
  'ipsubnet(query?, index?)': (input, query, index) => subnet(input, text(query), index),
  'ipmath(amount)': (input, amount) => {
    const { network } = needed(input);
    return ip.formatAddress(network.version, network.value + BigInt(whole(amount)));
  },
  'nthhost(query?)': (input, query) => {
    const given = read(input);
    if (!given || query === undefined) return false;
    const base = aligned(given.network);
    const index = BigInt(whole(query));
    return index < ip.size(base)
      ? ip.formatAddress(base.version, index < 0n ? ip.last(base) + index + 1n : base.value + index)
      : false;
  },
  'next_nth_usable(offset)': (input, offset) => neighbour(input, BigInt(whole(offset))),
  'previous_nth_usable(offset)': (input, offset) => neighbour(input, -BigInt(whole(offset))),
  'network_in_usable(test)': (input, other) => covers(input, other, true),
  'network_in_network(test)': (input, other) => covers(input, other, false),
  'ip4_hex(delimiter?)': (input, delimiter) => {
    const { network } = needed(input);
    return grouped(network.value.toString(16).padStart(8, '0'), 2, text(delimiter));
  },
  'slaac(query?)': (input, query) => {
    const given = read(input);
    const digits = macDigits(query ?? '');
    if (given?.network.version !== 6 || digits === undefined) return false;
    const id = BigInt(`0x${digits.slice(0, 6)}fffe${digits.slice(6)}`) ^ (1n << 57n);
    return ip.formatAddress(6, ip.first({ ...given.network, prefix: 64 }) + id);
  },
  'hwaddr(query?)': (input, query) => mac(input, text(query), 'hwaddr'),
  'macaddr(query?)': (input, query) => mac(input, text(query, ''), 'macaddr'),
});

/** IPv6 addresses in brackets; what is no address as it is. */
function wrapped(value: unknown, query: string): unknown {
  const found = ask(value, query === '' ? 'wrap' : query, 'ipwrap');
  return found === false || found === null ? value : query === '' ? found : ask(found, 'wrap', 'ipwrap');
}
