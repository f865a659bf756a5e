import ipaddr from 'ipaddr.js';
import type { Family, Route } from './link.ts';

const dotted = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** The same few addresses come from every host of a fleet. */
const known = new Map<string, string | undefined>();
const KNOWN_LIMIT = 10_000;

/** An address as the kernel writes it, or undefined if it is none. IPv4 only in its dotted form. */
export function canonicalAddress(text: string): string | undefined {
  if (dotted.test(text)) return text;
  if (known.has(text)) return known.get(text);
  const canonical =
    !text.includes('%') && text.includes(':') && ipaddr.IPv6.isValid(text)
      ? ipaddr.IPv6.parse(text).toRFC5952String()
      : undefined;
  if (known.size >= KNOWN_LIMIT) known.clear();
  known.set(text, canonical);
  return canonical;
}

/** `ADDRESS/PREFIX` as the kernel writes it, or undefined if it is none. */
export function canonicalCidr(text: string): string | undefined {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const canonical = canonicalAddress(address);
  if (canonical === undefined || rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return undefined;
  return Number(prefix) <= (canonical.includes(':') ? 128 : 32)
    ? `${canonical}/${Number(prefix)}`
    : undefined;
}

/** Prefix length of a netmask such as 255.255.255.0, or undefined if it is none. */
export const prefixOfNetmask = (netmask: string): number | undefined =>
  ipaddr.IPv4.isValidFourPartDecimal(netmask)
    ? (ipaddr.IPv4.parse(netmask).prefixLengthFromSubnetMask() ?? undefined)
    : undefined;

/** The prefix length of a class: what configuration files mean by an IPv4 address without one. */
export function classPrefix(address: string): number {
  const first = Number(address.split('.')[0]);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

export const familyOf = (address: string): Family => (address.includes(':') ? 'ipv6' : 'ipv4');

export const withoutPrefix = (cidr: string): string => cidr.split(/[/ ]/)[0] ?? cidr;

/** The subnet of a CIDR: `10.1.2.3/24` → `10.1.2.0/24`. */
export function networkOf(cidr: string): string {
  const [address = '', prefix = ''] = cidr.split('/');
  const kind = familyOf(address) === 'ipv6' ? ipaddr.IPv6 : ipaddr.IPv4;
  const network = kind.networkAddressFromCIDR(`${address}/${prefix}`);
  return `${canonicalAddress(network.toString())}/${prefix}`;
}

export function contains(cidr: string, address: string): boolean {
  if (familyOf(cidr) !== familyOf(address)) return false;
  const prefix = Number(cidr.split('/')[1]);
  return networkOf(cidr) === networkOf(`${address}/${prefix}`);
}

/** What makes two routes the same one to the kernel, so that one replaces the other. */
export const routeKey = (route: Route): string =>
  `${route.table ?? 254} ${route.to} ${route.metric ?? 'default'}`;

export const sameRoute = (a: Route, b: Route): boolean =>
  routeKey(a) === routeKey(b) && a.via === b.via && a.src === b.src;

export const showRoute = (route: Route): string =>
  [
    route.to,
    ...(route.via === undefined ? [] : ['via', route.via]),
    ...(route.table === undefined ? [] : ['table', route.table]),
    ...(route.metric === undefined ? [] : ['metric', route.metric]),
    ...(route.src === undefined ? [] : ['src', route.src]),
  ].join(' ');
