/** Networks and addresses as numbers, to say what is inside of what. CIDR strings and addresses are canonical. */
import ipaddr from 'ipaddr.js';
import { familyOf, withoutPrefix } from '../interfaces/address.ts';

const bits = (cidr: string): number => (familyOf(cidr) === 'ipv6' ? 128 : 32);

/** An address as a number; addresses of one family compare by it. */
export const addressNumber = (address: string): bigint =>
  ipaddr
    .parse(withoutPrefix(address))
    .toByteArray()
    .reduce((number, byte) => number * 256n + BigInt(byte), 0n);

/** First and last address of a CIDR's network. */
export function subnetBounds(cidr: string): readonly [bigint, bigint] {
  const size = 1n << BigInt(bits(cidr) - Number(cidr.split('/')[1]));
  const first = (addressNumber(cidr) / size) * size;
  return [first, first + size - 1n];
}

/** Whether the networks of two CIDRs share an address. */
export function overlap(a: string, b: string): boolean {
  if (familyOf(a) !== familyOf(b)) return false;
  const [firstA, lastA] = subnetBounds(a);
  const [firstB, lastB] = subnetBounds(b);
  return firstA <= lastB && firstB <= lastA;
}
