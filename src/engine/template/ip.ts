/** Addresses and networks as numbers. */
import ipaddr from 'ipaddr.js';

export interface Network {
  readonly version: 4 | 6;
  /** The address, with its host part */
  readonly value: bigint;
  readonly prefix: number;
}

export const width = (version: 4 | 6): number => (version === 4 ? 32 : 128);

export const size = ({ version, prefix }: Network): bigint => 1n << BigInt(width(version) - prefix);

export const first = (network: Network): bigint => network.value - (network.value % size(network));

export const last = (network: Network): bigint => first(network) + size(network) - 1n;

/** The highest address, where it is not a host's: undefined in IPv4 networks of one or two addresses. */
export const broadcast = (network: Network): bigint | undefined =>
  network.version === 4 && network.prefix > 30 ? undefined : last(network);

/** Addresses that hosts can have. */
export function usable(network: Network): readonly [bigint, bigint] {
  return size(network) <= 2n ? [first(network), last(network)] : [first(network) + 1n, last(network) - 1n];
}

export const netmask = ({ version, prefix }: Network): bigint =>
  (1n << BigInt(width(version))) - (1n << BigInt(width(version) - prefix));

export function formatAddress(version: 4 | 6, value: bigint): string {
  const bytes = Array.from({ length: width(version) / 8 }, (_, index) =>
    Number((value >> BigInt(width(version) - 8 * (index + 1))) & 0xffn),
  );
  if (version === 6 && value >> 32n === 0xffffn) return `::ffff:${bytes.slice(12).join('.')}`;
  return ipaddr.fromByteArray(bytes).toString();
}

export const format = (network: Network): string =>
  `${formatAddress(network.version, network.value)}/${network.prefix}`;

export function parseAddress(text: string): { version: 4 | 6; value: bigint } | undefined {
  const four = ipaddr.IPv4.isValidFourPartDecimal(text);
  if (!four && (text.includes('%') || !ipaddr.IPv6.isValid(text))) return undefined;
  const bytes = (four ? ipaddr.IPv4.parse(text) : ipaddr.IPv6.parse(text)).toByteArray();
  const value = bytes.reduce((total, byte) => (total << 8n) | BigInt(byte), 0n);
  return { version: four ? 4 : 6, value };
}

/** `192.168.1.1/24`, `192.168.1.1/255.255.255.0`, or an address alone, which is a network of one. */
export function parseNetwork(text: string): Network | undefined {
  const [host = '', length, ...more] = text.split('/');
  const address = parseAddress(host);
  if (!address || more.length > 0) return undefined;
  const bits = width(address.version);
  const prefix =
    length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : maskLength(length, bits);
  return prefix !== undefined && prefix <= bits ? { ...address, prefix } : undefined;
}

/** The prefix length that a netmask or hostmask stands for. */
function maskLength(text: string, bits: number): number | undefined {
  const mask = parseAddress(text);
  if (!mask || width(mask.version) !== bits) return undefined;
  const binary = mask.value.toString(2).padStart(bits, '0');
  if (/^1*0*$/.test(binary)) return binary.replaceAll('0', '').length;
  return /^0*1*$/.test(binary) ? binary.replaceAll('1', '').length : undefined;
}

export function inside(outer: Network, inner: Network): boolean {
  return outer.version === inner.version && first(inner) >= first(outer) && last(inner) <= last(outer);
}

const within = (network: Network, ...blocks: string[]) =>
  blocks.some((block) => inside(parseNetwork(block)!, { ...network, prefix: width(network.version) }));

export const isMulticast = (network: Network): boolean => within(network, '224.0.0.0/4', 'ff00::/8');

export const isLoopback = (network: Network): boolean => within(network, '127.0.0.0/8', '::1/128');

export const isLinkLocal = (network: Network): boolean => within(network, '169.254.0.0/16', 'fe80::/10');

/** Private use as netaddr counts it. */
export const isPrivate = (network: Network): boolean =>
  within(
    network,
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '169.254.0.0/16',
    '192.0.0.0/29',
    '198.18.0.0/15',
    '100.64.0.0/10',
    'fc00::/7',
    'fec0::/10',
    'fe80::/10',
  ) ||
  (network.version === 4 && within(network, '239.192.0.0/14'));

/** Whether the address has the form of a netmask or a hostmask. */
export function isMask({ version, value }: Network): boolean {
  const binary = value.toString(2).padStart(width(version), '0');
  return /^(?:1*0*|0*1*)$/.test(binary);
}

export function reverseName({ version, value }: Network): string {
  if (version === 4) return `${formatAddress(4, value).split('.').reverse().join('.')}.in-addr.arpa.`;
  return `${[...value.toString(16).padStart(32, '0')].reverse().join('.')}.ip6.arpa.`;
}
