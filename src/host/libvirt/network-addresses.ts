/** Addresses of a network's parameters: what is wrong with them, and their one spelling. */
import type { ParamProblem } from '../../engine/module.ts';
import {
  canonicalAddress,
  canonicalCidr,
  contains,
  familyOf,
  networkOf,
  prefixOfNetmask,
} from '../interfaces/address.ts';
import type { NetworkFields } from './network.ts';
import { addressNumber, overlap, subnetBounds } from './subnet.ts';

type Ip = NonNullable<NetworkFields['ips']>[number];
type Dhcp = NonNullable<Ip['dhcp']>;
type Path = ParamProblem['path'];

const problem = (path: Path, message: string, hint?: string): ParamProblem => ({
  path,
  code: 'PARAM_CONFLICT',
  message,
  ...(hint !== undefined && { hint }),
});

/** `address` of an ip with its prefix, however that is given; undefined when it is not right. */
function ipCidr(ip: Ip): string | undefined {
  const given = [ip.prefix?.toString(), ip.netmask && String(prefixOfNetmask(ip.netmask))].filter(Boolean);
  const [address = '', own] = ip.address.split('/');
  const prefixes = [own, ...given].filter((prefix) => prefix !== undefined);
  return prefixes.length === 1 ? canonicalCidr(`${address}/${prefixes[0]}`) : undefined;
}

/** Fields with every `ips[].address` as CIDR, and nothing beside it that says the same. */
export function withCidrs(fields: NetworkFields): NetworkFields {
  if (fields.ips === undefined) return fields;
  const ips = fields.ips.map((ip) => {
    const { prefix: _, netmask: __, family: ___, ...rest } = ip;
    return { ...rest, address: ipCidr(ip) ?? ip.address };
  });
  return { ...fields, ips };
}

/** What is wrong with the addresses of a network: not addresses, outside of their subnet, or in each other's way. */
export function addressProblems({ ips = [], routes = [], forward, dns }: NetworkFields): ParamProblem[] {
  const cidrs = ips.map(ipCidr);
  return [
    ...ips.flatMap((ip, index) => ipProblems(ip, cidrs[index], ['ips', index])),
    ...cidrs.flatMap((cidr, index) =>
      overlapProblems(cidr, cidrs.slice(0, index), ['ips', index, 'address']),
    ),
    ...(['ipv4', 'ipv6'] as const).flatMap((family) => dhcpFamilyProblems(ips, family)),
    ...routes.flatMap((route, index) => routeProblems(route, ips.length === 0 ? undefined : cidrs, index)),
    ...natProblems(forward?.nat),
    ...repeated(dns?.hosts ?? [], (host) => host.ip, ['dns', 'hosts'], 'ip'),
    ...(dns?.hosts ?? []).flatMap((host, index) => notAddress(host.ip, ['dns', 'hosts', index, 'ip'])),
    ...(dns?.forwarders ?? []).flatMap((one, index) =>
      notAddress(one.addr, ['dns', 'forwarders', index, 'addr']),
    ),
  ];
}

const notAddress = (text: string | undefined, path: Path): ParamProblem[] =>
  text === undefined || canonicalAddress(text) !== undefined
    ? []
    : [{ path, code: 'PARAM_FORMAT', message: `${text} is not an IP address`, hint: 'such as 192.168.1.1' }];

function ipProblems(ip: Ip, cidr: string | undefined, path: Path): ParamProblem[] {
  if (cidr === undefined) {
    const hint =
      'give the address with its prefix, such as 192.168.1.1/24, or beside it one of prefix and netmask';
    return [
      {
        path: [...path, 'address'],
        code: 'PARAM_FORMAT',
        message: `${ip.address} is not an address with one prefix`,
        hint,
      },
    ];
  }
  if (ip.family !== undefined && ip.family !== familyOf(cidr)) {
    return [problem([...path, 'family'], `${ip.address} is not an address of ${ip.family}`)];
  }
  const step = familyOf(cidr) === 'ipv6' ? 4 : 8;
  if (ip.local_ptr && Number(cidr.split('/')[1]) % step !== 0) {
    return [
      problem(
        [...path, 'local_ptr'],
        `local_ptr needs a prefix that ${step} divides, which that of ${cidr} is not`,
      ),
    ];
  }
  return ip.dhcp === undefined ? [] : dhcpProblems(ip.dhcp, cidr, [...path, 'dhcp']);
}

function dhcpProblems({ ranges = [], hosts = [], bootp }: Dhcp, cidr: string, path: Path): ParamProblem[] {
  const ipv6 = familyOf(cidr) === 'ipv6';
  return [
    ...ranges.flatMap((_, index) => rangeProblems(ranges, index, cidr, [...path, 'ranges', index])),
    ...hosts.flatMap((host, index) => {
      const at = [...path, 'hosts', index];
      if (ipv6 && host.mac !== undefined) {
        return [problem([...at, 'mac'], 'an IPv6 host is known by id or name, not by its MAC')];
      }
      if (!ipv6 && host.id !== undefined) {
        return [problem([...at, 'id'], 'an IPv4 host is known by mac or name, not by an id')];
      }
      if (host.mac === undefined && host.id === undefined && host.name === undefined) {
        return [problem(at, `the host with ${host.ip} needs ${ipv6 ? 'an id' : 'a mac'} or a name`)];
      }
      return [...outside(host.ip, cidr, [...at, 'ip']), ...leaseProblems(host.lease, at)];
    }),
    ...repeated(hosts, (host) => canonicalAddress(host.ip), [...path, 'hosts'], 'ip'),
    ...repeated(hosts, (host) => host.mac?.toLowerCase(), [...path, 'hosts'], 'mac'),
    ...repeated(hosts, (host) => host.id?.toLowerCase(), [...path, 'hosts'], 'id'),
    ...repeated(hosts, (host) => host.name, [...path, 'hosts'], 'name'),
    ...(ipv6 && bootp ? [problem([...path, 'bootp'], 'network boot by bootp is for IPv4')] : []),
    ...(bootp && ranges.length + hosts.length === 0
      ? [problem([...path, 'bootp'], 'bootp needs a range or a host', 'libvirt drops it silently otherwise')]
      : []),
  ];
}

function rangeProblems(
  ranges: readonly { start: string; end: string; lease?: number }[],
  index: number,
  cidr: string,
  path: Path,
): ParamProblem[] {
  const range = ranges[index]!;
  const wrong = [
    ...outside(range.start, cidr, [...path, 'start']),
    ...outside(range.end, cidr, [...path, 'end']),
  ];
  if (wrong.length > 0) return wrong;
  const [start, end] = [addressNumber(range.start), addressNumber(range.end)];
  if (start > end) return [problem(path, `the range ${range.start} to ${range.end} ends before it starts`)];
  const other = ranges
    .slice(0, index)
    .find(
      (before) =>
        canonicalAddress(before.start) !== undefined &&
        canonicalAddress(before.end) !== undefined &&
        addressNumber(before.start) <= end &&
        start <= addressNumber(before.end),
    );
  if (other !== undefined) {
    return [
      problem(path, `the range ${range.start} to ${range.end} overlaps ${other.start} to ${other.end}`),
    ];
  }
  return leaseProblems(range.lease, path);
}

const leaseProblems = (lease: number | undefined, path: Path): ParamProblem[] =>
  lease !== undefined && lease > 0 && lease < 120
    ? [
        {
          path: [...path, 'lease'],
          code: 'PARAM_RANGE',
          message: 'a lease is at least 120 seconds, or 0 for ever',
        },
      ]
    : [];

/** An address that guests of a subnet cannot have. */
function outside(address: string, cidr: string, path: Path): ParamProblem[] {
  const wrong = notAddress(address, path);
  if (wrong.length > 0) return wrong;
  const subnet = networkOf(cidr);
  if (!contains(cidr, address)) return [problem(path, `${address} is not inside ${subnet}`)];
  const [first, last] = subnetBounds(cidr);
  const number = addressNumber(address);
  const small = last - first < 2n;
  if (!small && number === first) return [problem(path, `${address} is the address of the network itself`)];
  if (!small && number === last && familyOf(cidr) === 'ipv4') {
    return [problem(path, `${address} is the broadcast address of ${subnet}`)];
  }
  return [];
}

function overlapProblems(
  cidr: string | undefined,
  before: readonly (string | undefined)[],
  path: Path,
): ParamProblem[] {
  const other = before.find((one) => one !== undefined && cidr !== undefined && overlap(one, cidr));
  return other === undefined ? [] : [problem(path, `${cidr} overlaps ${other}`)];
}

/** libvirt serves DHCP for one subnet a family. */
function dhcpFamilyProblems(ips: readonly Ip[], family: 'ipv4' | 'ipv6'): ParamProblem[] {
  const served = ips.flatMap(({ address, dhcp }, index) =>
    familyOf(address) === family && (dhcp?.ranges?.length || dhcp?.hosts?.length) ? [index] : [],
  );
  return served
    .slice(1)
    .map((index) => problem(['ips', index, 'dhcp'], `only one of the ${family} addresses can have dhcp`));
}

function routeProblems(
  { to, via }: { to: string; via: string },
  cidrs: readonly (string | undefined)[] | undefined,
  index: number,
): ParamProblem[] {
  const path = ['routes', index];
  const canonical = canonicalCidr(to);
  if (canonical === undefined) {
    return [
      { path: [...path, 'to'], code: 'PARAM_FORMAT', message: `${to} is not a network such as 10.1.0.0/16` },
    ];
  }
  if (networkOf(canonical) !== canonical) {
    return [problem([...path, 'to'], `${to} is an address inside of ${networkOf(canonical)}, not a network`)];
  }
  const wrong = notAddress(via, [...path, 'via']);
  if (wrong.length > 0 || cidrs === undefined) return wrong;
  const reachable = cidrs.some((cidr) => cidr !== undefined && contains(cidr, via));
  return reachable
    ? []
    : [problem([...path, 'via'], `the gateway ${via} is not inside of any address of ips`)];
}

function natProblems(nat: NonNullable<NetworkFields['forward']>['nat']): ParamProblem[] {
  const { addresses, ports } = nat ?? {};
  const path = ['forward', 'nat'];
  if (ports && ports.start > ports.end) {
    return [problem([...path, 'ports'], `the ports ${ports.start} to ${ports.end} end before they start`)];
  }
  // What the schema refused is left out here
  if (addresses?.start === undefined || addresses.end === undefined) return [];
  const wrong = [
    ...notAddress(addresses.start, [...path, 'addresses', 'start']),
    ...notAddress(addresses.end, [...path, 'addresses', 'end']),
  ];
  if (wrong.length > 0 || addressNumber(addresses.start) <= addressNumber(addresses.end)) return wrong;
  return [problem([...path, 'addresses'], `${addresses.start} to ${addresses.end} ends before it starts`)];
}

/** Items of which an earlier one has the same key. */
export function repeated<T>(
  list: readonly T[],
  key: (item: T) => string | undefined,
  path: Path,
  field: string,
): ParamProblem[] {
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const value = key(item);
    if (value === undefined || !seen.has(value)) {
      if (value !== undefined) seen.add(value);
      return [];
    }
    return [problem([...path, index, field], `${field} ${value} is there twice`)];
  });
}
