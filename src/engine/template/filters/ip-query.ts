/** What `ipaddr('query')` can ask of an address or network. */
import { fail } from '../failure.ts';
import * as ip from '../ip.ts';
import type { Network } from '../ip.ts';
import { integer } from '../value.ts';

/** An address or network as it was given. */
export interface Given {
  readonly network: Network;
  /** Whether a prefix length was given */
  readonly kind: 'address' | 'network';
  readonly text: string;
}

const text = (network: Network, value: bigint) => ip.formatAddress(network.version, value);
const address = (network: Network) => text(network, network.value);
const isFirst = (network: Network) => network.value === ip.first(network);
const single = (network: Network) => ip.size(network) === 1n;

function network({ network: given, kind }: Given): Network {
  return kind === 'network'
    ? given
    : fail(`${address(given)} has no prefix length`, 'give it as address/prefix');
}

/** The address, unless it is the network's own */
const host = ({ network: n }: Given) =>
  single(n) || !isFirst(n) || ip.broadcast(n) === undefined || n.version === 6 ? address(n) : null;

const withPrefix = ({ network: n }: Given) => {
  const edge = n.value === ip.first(n) || n.value === ip.broadcast(n);
  return ip.size(n) > 2n && edge ? false : ip.format(n);
};

const step = (given: Given, by: 1n | -1n) => {
  const n = network(given);
  const [low, high] = ip.usable(n);
  const next = n.value + by;
  return !single(n) && next >= low && next <= high ? text(n, next) : null;
};

const filter = (test: (n: Network) => boolean) => (given: Given) => (test(given.network) ? given.text : null);

function peer(given: Given): unknown {
  const n = network(given);
  if (ip.size(n) === 2n) return text(n, n.value ^ 1n);
  if (ip.size(n) !== 4n)
    return fail(`${ip.format(n)} is not a point-to-point network`, 'such as a /31 or /30');
  const offset = n.value % 4n;
  return offset === 0n || offset === 3n
    ? fail(`${ip.format(n)} is not a host of its network`)
    : text(n, n.value ^ 3n);
}

function asVersion4({ network: n, text: given }: Given): unknown {
  if (n.version === 4) return given;
  const mapped = n.value >> 32n === 0xffffn || n.value >> 32n === 0n;
  return mapped && n.prefix >= 96
    ? ip.format({ version: 4, value: n.value & 0xffffffffn, prefix: n.prefix - 96 })
    : false;
}

function asVersion6({ network: n, text: given }: Given): unknown {
  return n.version === 6
    ? given
    : ip.format({ version: 6, value: n.value + (0xffffn << 32n), prefix: n.prefix + 96 });
}

const wildcard = (n: Network) => text(n, ip.size(n) - 1n);

const queries: Readonly<Record<string, (given: Given) => unknown>> = {
  '': ({ network: n, kind }) => (kind === 'address' ? address(n) : ip.format(n)),
  'address|ip': host,
  host: ({ network: n }) => (single(n) || !isFirst(n) || ip.broadcast(n) === undefined ? ip.format(n) : null),
  'address/prefix|gateway|gw|host/prefix|hostnet|router': withPrefix,
  'ip/prefix': ({ network: n }) => (ip.size(n) === 2n || (!single(n) && !isFirst(n)) ? ip.format(n) : null),
  ip_netmask: ({ network: n }) =>
    ip.size(n) === 2n || (!single(n) && !isFirst(n)) ? `${address(n)} ${text(n, ip.netmask(n))}` : null,
  bool: () => true,
  broadcast: ({ network: n }) => (ip.size(n) > 2n ? text(n, ip.last(n)) : null),
  cidr: ({ network: n }) => ip.format(n),
  first_usable: (given) => {
    const n = network(given);
    return single(n) ? null : text(n, ip.usable(n)[0]);
  },
  last_usable: (given) => {
    const n = network(given);
    return single(n) ? null : text(n, ip.usable(n)[1]);
  },
  next_usable: (given) => step(given, 1n),
  previous_usable: (given) => step(given, -1n),
  range_usable: (given) => {
    const n = network(given);
    return single(n)
      ? null
      : ip
          .usable(n)
          .map((each) => text(n, each))
          .join('-');
  },
  peer: peer,
  'hostmask|wildcard': ({ network: n }) => wildcard(n),
  int: ({ network: n, kind }) => (kind === 'address' ? integer(n.value) : `${n.value}/${n.prefix}`),
  'ipv4|v4': asVersion4,
  'ipv6|v6': asVersion6,
  'link-local': filter(ip.isLinkLocal),
  'loopback|lo': filter(ip.isLoopback),
  multicast: filter(ip.isMulticast),
  unicast: filter((n) => !ip.isMulticast(n)),
  private: filter(ip.isPrivate),
  public: filter((n) => !ip.isMulticast(n) && !ip.isPrivate(n) && !ip.isLoopback(n) && !ip.isMask(n)),
  net: ({ network: n }) => (!single(n) && isFirst(n) ? ip.format(n) : null),
  netmask: ({ network: n }) => text(n, ip.netmask(n)),
  'network|network_id': ({ network: n }) => text(n, ip.first(n)),
  'network/prefix|subnet': ({ network: n }) => `${text(n, ip.first(n))}/${n.prefix}`,
  network_netmask: ({ network: n }) => `${text(n, ip.first(n))} ${text(n, ip.netmask(n))}`,
  network_wildcard: ({ network: n }) => `${text(n, ip.first(n))} ${wildcard(n)}`,
  prefix: ({ network: n }) => n.prefix,
  revdns: ({ network: n }) => ip.reverseName(n),
  size: ({ network: n }) => integer(ip.size(n)),
  size_usable: ({ network: n }) => (single(n) ? 0 : ip.size(n) === 2n ? 2 : integer(ip.size(n) - 2n)),
  type: ({ network: n }) => (!single(n) && isFirst(n) ? 'network' : 'address'),
  version: ({ network: n }) => n.version,
  wrap: ({ network: n, kind, text: given }) =>
    n.version === 4 ? given : kind === 'address' ? `[${address(n)}]` : `[${address(n)}]/${n.prefix}`,
};

const byName = new Map(
  Object.entries(queries).flatMap(([names, query]) => names.split('|').map((name) => [name, query] as const)),
);

export const queryNames: Iterable<string> = byName.keys();

/** Answers a query by name, network or number; undefined if it is none. */
export function answer(given: Given, query: string): unknown {
  const { network: n } = given;
  const named = byName.get(query);
  if (named) return named(given);
  if (/^-?\d+$/.test(query)) return nth(given, BigInt(query));
  const outer = ip.parseNetwork(query);
  if (outer) return ip.inside(outer, n) ? given.text : null;
  return undefined;
}

function nth({ network: n, kind }: Given, index: bigint): unknown {
  if (single(n)) return kind === 'address' ? address(n) : ip.format(n);
  const value = index < 0n ? ip.last(n) + index + 1n : ip.first(n) + index;
  return value < ip.first(n) || value > ip.last(n) ? false : `${text(n, value)}/${n.prefix}`;
}
