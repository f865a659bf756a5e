import type { Step } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';
import { withoutPrefix } from '../interfaces/address.ts';
import { allRoutes } from '../interfaces/compare.ts';
import type { Family, Link, Route } from '../interfaces/link.ts';
import { loop } from './loop.ts';
import * as scripts from './scripts-addressing.ts';
import { ROUTES } from './scripts-routes.ts';

/** Steps that put back the addresses and routes of links, lower ones first. */
export function addressingSteps(links: readonly Link[]): Step[] {
  const bare = (family: Family): string[] =>
    links.filter((link) => isBare(link, family)).map(({ name }) => name);
  return [
    ...loop('take away IPv4 addresses', scripts.NO_IPV4, bare('ipv4')),
    ...loop('take away IPv6 addresses', scripts.NO_IPV6, bare('ipv6')),
    ...loop('take away link-local addresses', scripts.NO_LINK_LOCALS, links.flatMap(noLinkLocal)),
    ...loop('put back link-local addresses', scripts.LINK_LOCALS, links.flatMap(linkLocal)),
    ...links.flatMap(addressSteps),
    ...links.flatMap(routeSteps),
  ];
}

/** Tell the neighbours where the addresses of links are. */
export const neighbourSteps = (links: readonly Link[]): Step[] =>
  loop('tell the neighbours', scripts.NEIGHBOURS, links.flatMap(neighbours));

const FAMILIES = ['ipv4', 'ipv6'] as const;
const flag = (family: Family): string => (family === 'ipv4' ? '-4' : '-6');

/** No addresses and routes, so that all of them can go at once. */
const isBare = (link: Link, family: Family): boolean => {
  const { addresses, dynamic, learned } = link[family];
  return addresses.length + dynamic.length + learned.length + allRoutes(link[family]).length === 0;
};

/** What the kernel made of the MAC; with wanted ones beside it, it is left alone. */
function linkLocal({ name, up, ipv6 }: Link): string[] {
  const made = isUnknown(ipv6.linkLocal) ? [] : ipv6.linkLocal;
  const others = ipv6.addresses.some((address) => /^fe80:/i.test(address));
  return up && made.length === 1 && !others ? [name, made[0]!] : [];
}

/** Values for the script NO_LINK_LOCALS: of links that had no address of that kind. */
function noLinkLocal({ name, up, ipv6: { addresses, linkLocal: made } }: Link): string[] {
  const none = !isUnknown(made) && made.length === 0 && !addresses.some((address) => /^fe80:/i.test(address));
  return none ? [name, up ? 'up' : 'down'] : [];
}

function addressSteps(link: Link): Step[] {
  const { name } = link;
  return FAMILIES.filter((family) => !isBare(link, family)).flatMap((family) => {
    const { addresses, dynamic } = link[family];
    // The kernel puts the latest of IPv6 first
    const inOrder = family === 'ipv6' ? addresses.toReversed() : addresses;
    const values = [name, flag(family), String(dynamic.length), ...dynamic, ...inOrder];
    return loop(`put back the addresses of ${name}`, scripts.ADDRESSES, values);
  });
}

function routeSteps(link: Link): Step[] {
  const { name, up } = link;
  return FAMILIES.filter((family) => up && !isBare(link, family)).flatMap((family) => {
    const routes = [
      ...allRoutes(link[family]).map((route) => [route, 'p'] as const),
      ...link[family].learned.map((route) => [route, 'l'] as const),
    ];
    // What a gateway is reached over comes before it
    const direct = routes.filter(([{ via }]) => via === undefined);
    const sorted = [...direct, ...routes.filter((route) => !direct.includes(route))];
    const values = [name, flag(family), ...sorted.flatMap(([route, kind]) => [...routeWords(route), kind])];
    return loop(`put back the routes of ${name}`, ROUTES, values);
  });
}

const routeWords = ({ to, via = '', table, metric, src = '' }: Route): string[] => [
  to,
  via,
  table === undefined ? '' : String(table),
  metric === undefined ? '' : String(metric),
  src,
];

/** For each address of a link (IPv6 needs none, its neighbours ask), the first one with the gateway. */
function neighbours({ name, kind, up, ipv4, ipv6 }: Link): string[] {
  if (!up || kind === 'loopback') return [];
  const gateway = ipv4.gateway ?? ipv4.learned.find(({ to }) => to === 'default')?.via ?? ipv6.gateway ?? '';
  const addresses = [...ipv4.addresses, ...ipv4.dynamic].map(withoutPrefix);
  const told = gateway === '' || addresses.length > 0 ? addresses : [''];
  return told.flatMap((address, index) => [name, index === 0 ? gateway : '', address]);
}
