/** Tests on addresses: those of ansible.utils. */
import * as ip from '../ip.ts';
import type { FunctionTable } from '../signature.ts';
import { str } from '../text.ts';
import { text } from './argument.ts';

const network = (value: unknown) => ip.parseNetwork(str(value));
const has = (value: unknown, test: (found: ip.Network) => boolean) => {
  const found = network(value);
  return found !== undefined && test(found);
};
const bare = (value: unknown) => ip.parseAddress(str(value));

export const netTests: FunctionTable = {
  'ip|ip_address()': (input) => bare(input) !== undefined,
  'ipv4|ipv4_address()': (input) => bare(input)?.version === 4,
  'ipv6|ipv6_address()': (input) => bare(input)?.version === 6,
  'private()': (input) => has(input, ip.isPrivate),
  'loopback()': (input) => has(input, ip.isLoopback),
  'multicast()': (input) => has(input, ip.isMulticast),
  'mac()': (input) =>
    /^(?:[\da-f]{2}([:-])(?:[\da-f]{2}\1){4}[\da-f]{2}|(?:[\da-f]{4}\.){2}[\da-f]{4})$/i.test(str(input)),
  'in_network(network)': (input, outer) => {
    const around = network(outer);
    return around !== undefined && has(input, (found) => ip.inside(around, found));
  },
  'subnet_of(network)': (input, outer) => {
    const around = ip.parseNetwork(text(outer));
    return around !== undefined && has(input, (found) => ip.inside(around, found));
  },
};
