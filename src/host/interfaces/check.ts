import type { ErrorCode } from '../../engine/errors.ts';
import type { ParamProblem } from '../../engine/module.ts';
import type { NodePath } from '../../engine/source.ts';
import { canonicalAddress, contains, familyOf, networkOf, withoutPrefix } from './address.ts';
import type { Family } from './link.ts';
import { addressCidr, destination } from './wish.ts';

/** Parameters before they are known to be right; what is templated is Unknown. */
export type LooseParams = Readonly<Record<string, unknown>>;

export const problem = (path: NodePath, code: ErrorCode, message: string, hint?: string): ParamProblem => ({
  path,
  code,
  message,
  ...(hint !== undefined && { hint }),
});

/** What the schema cannot say about the shared parameters. */
export function commonProblems(params: LooseParams): ParamProblem[] {
  const { name, state, mtu, ipv6, backend } = params;
  const problems: ParamProblem[] = [...nameProblems(['name'], name)];
  if (state === 'defined' && backend === 'iproute2') {
    problems.push(
      problem(
        ['state'],
        'PARAM_CONFLICT',
        'state defined needs a backend that stores definitions: iproute2 keeps nothing',
        'use state active or inactive, or another backend',
      ),
    );
  }
  if (typeof mtu === 'number' && mtu < 1280 && asList((ipv6 as LooseParams)?.addresses).length > 0) {
    problems.push(problem(['mtu'], 'PARAM_CONFLICT', 'IPv6 addresses need an MTU of at least 1280'));
  }
  for (const family of ['ipv4', 'ipv6'] as const) {
    const given = params[family];
    if (isObject(given)) problems.push(...familyProblems(family, given, name));
  }
  return problems;
}

/** A pattern counts characters, the kernel bytes. */
export function nameProblems(path: NodePath, name: unknown): ParamProblem[] {
  if (typeof name !== 'string' || Buffer.byteLength(name) <= 15 || name.length > 15) return [];
  return [problem(path, 'PARAM_FORMAT', `${name} is longer than 15 bytes`)];
}

function familyProblems(family: Family, given: LooseParams, name: unknown): ParamProblem[] {
  const problems: ParamProblem[] = [];
  const subnets: string[] = [];
  let certain = true;
  for (const [index, item] of asList(given.addresses).entries()) {
    const path = [family, 'addresses', index];
    if (!isObject(item) && typeof item !== 'string') {
      certain = false;
      continue;
    }
    const cidr = addressCidr(item);
    if (cidr === undefined) {
      problems.push(addressProblem(path, item));
    } else if (familyOf(cidr) !== family) {
      problems.push(
        problem(path, 'PARAM_FORMAT', `${cidr} is not an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`),
      );
    } else if (subnets.some((other) => withoutPrefix(other) === withoutPrefix(cidr))) {
      problems.push(problem(path, 'PARAM_CONFLICT', `${withoutPrefix(cidr)} is listed twice`));
    } else subnets.push(cidr);
  }
  problems.push(...gatewayProblems(family, given, certain ? subnets : undefined));
  for (const [index, route] of asList(given.routes).entries()) {
    if (isObject(route)) problems.push(...routeProblems(family, [family, 'routes', index], route, name));
  }
  return problems;
}

function addressProblem(path: NodePath, item: unknown): ParamProblem {
  if (isObject(item)) {
    const both = item.prefix !== undefined && item.netmask !== undefined;
    const message = both
      ? 'prefix and netmask contradict each other'
      : 'needs an address with a prefix or netmask';
    return problem(path, both ? 'PARAM_CONFLICT' : 'PARAM_FORMAT', message);
  }
  return problem(path, 'PARAM_FORMAT', `${String(item)} is not an address with its prefix length`);
}

function gatewayProblems(family: Family, given: LooseParams, subnets: string[] | undefined): ParamProblem[] {
  const { gateway } = given;
  if (typeof gateway !== 'string' || gateway === 'none') return [];
  const path = [family, 'gateway'];
  const address = canonicalAddress(gateway);
  if (address === undefined || familyOf(address) !== family) {
    return [
      problem(path, 'PARAM_FORMAT', `${gateway} is not an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`),
    ];
  }
  if (!Array.isArray(given.addresses) || subnets === undefined || /^fe80:/i.test(address)) return [];
  if (subnets.some((subnet) => withoutPrefix(subnet) === address)) {
    return [
      problem(path, 'PARAM_CONFLICT', `the gateway ${gateway} is one of the interface's own addresses`),
    ];
  }
  return subnets.some((subnet) => contains(subnet, address))
    ? []
    : [problem(path, 'PARAM_CONFLICT', `the gateway ${gateway} is in none of the subnets of addresses`)];
}

function routeProblems(family: Family, path: NodePath, route: LooseParams, name: unknown): ParamProblem[] {
  const problems: ParamProblem[] = [];
  const { to, via, dev, src } = route;
  if (typeof to === 'string') {
    const network = destination(to);
    if (network === undefined || (network !== 'default' && familyOf(network) !== family)) {
      problems.push(problem([...path, 'to'], 'PARAM_FORMAT', `${to} is not a network of ${family}`));
    } else if (network !== 'default' && networkOf(network) !== network) {
      const hint = `the network is ${networkOf(network)}`;
      problems.push(problem([...path, 'to'], 'PARAM_FORMAT', `${to} has bits set beyond its prefix`, hint));
    }
  }
  for (const [key, value] of [
    ['via', via],
    ['src', src],
  ] as const) {
    if (typeof value !== 'string') continue;
    const address = canonicalAddress(value);
    if (address === undefined || familyOf(address) !== family) {
      problems.push(problem([...path, key], 'PARAM_FORMAT', `${value} is not an address of ${family}`));
    }
  }
  if (typeof dev === 'string' && typeof name === 'string' && dev !== name) {
    const hint = `list it with the task of ${dev}`;
    problems.push(
      problem([...path, 'dev'], 'PARAM_CONFLICT', `the route goes out of ${name}, not ${dev}`, hint),
    );
  }
  return problems;
}

/** Ports listed twice, and a controller among its own ports. */
export function portProblems(params: LooseParams): ParamProblem[] {
  return asList(params.ports).flatMap((port, index): ParamProblem[] => {
    const path = ['ports', index];
    if (port === params.name && typeof port === 'string') {
      return [problem(path, 'PARAM_CONFLICT', `${port} cannot be a port of itself`)];
    }
    return nameProblems(path, port);
  });
}

export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const isObject = (value: unknown): value is LooseParams =>
  typeof value === 'object' && value !== null && value.constructor === Object;
