import { canonicalAddress, canonicalCidr, familyOf } from '../../address.ts';
import type { Route } from '../../link.ts';

/** `ip -j route show table all`. */
export interface RawRoute {
  readonly type?: string;
  readonly dst?: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly table?: string | number;
  readonly protocol?: string;
  readonly metric?: number;
  readonly prefsrc?: string;
}

export interface ParsedRoute {
  readonly family: 'inet' | 'inet6';
  readonly learned: boolean;
  readonly route: Route;
}

/** The default route that the parameter `gateway` stands for. */
export const isGateway = (route: Route): boolean =>
  route.to === 'default' &&
  route.via !== undefined &&
  route.metric === undefined &&
  route.table === undefined &&
  route.src === undefined;

/** Of each link, its unicast routes that are not the kernel's own. */
export function parseRoutes(
  raw: readonly RawRoute[],
  tables: ReadonlyMap<string, number>,
): Map<string, ParsedRoute[]> {
  const found = new Map<string, ParsedRoute[]>();
  for (const route of raw) {
    const { dev, dst, gateway, protocol = 'boot' } = route;
    const table = route.table === undefined ? 254 : tableNumber(String(route.table), tables);
    if (dev === undefined || dst === undefined || (route.type ?? 'unicast') !== 'unicast') continue;
    if (protocol === 'kernel' || table === 255) continue;
    const family =
      familyOf(gateway ?? (dst === 'default' ? defaultFamily(route) : dst)) === 'ipv6' ? 'inet6' : 'inet';
    const usual = family === 'inet6' ? 1024 : 0;
    found.set(dev, [
      ...(found.get(dev) ?? []),
      {
        family,
        learned: protocol !== 'boot' && protocol !== 'static',
        route: {
          to: destination(dst),
          ...(gateway !== undefined && { via: canonicalAddress(gateway) ?? gateway }),
          ...(table !== 254 && { table }),
          ...((route.metric ?? usual) !== usual && { metric: route.metric }),
          ...(route.prefsrc !== undefined && { src: route.prefsrc }),
        },
      },
    ]);
  }
  return found;
}

/** A default route without a gateway does not say its family, but only IPv6 routes have a preference. */
const defaultFamily = (route: RawRoute): string => ('pref' in route ? '::' : '0.0.0.0');

/** iproute2 leaves out the prefix of a host route. */
function destination(dst: string): string {
  if (dst === 'default') return dst;
  return canonicalCidr(dst.includes('/') ? dst : `${dst}/${dst.includes(':') ? 128 : 32}`) ?? dst;
}

/** Numbers of routing tables by their names, from lines `NUMBER NAME`. */
export const tableNumbers = (lines: readonly string[]): Map<string, number> =>
  new Map(
    lines.flatMap((line): [string, number][] => {
      const [number = '', name] = line.split(' ');
      return name !== undefined && /^(\d+|0x[0-9a-f]+)$/i.test(number) ? [[name, Number(number)]] : [];
    }),
  );

const tableNumber = (name: string, tables: ReadonlyMap<string, number>): number =>
  /^\d+$/.test(name)
    ? Number(name)
    : ({ main: 254, local: 255, default: 253 }[name] ?? tables.get(name) ?? 0);
