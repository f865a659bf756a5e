/** Addresses, routes, forwarded ports and sockets of a NIC. */
import { canonicalAddress, canonicalCidr, classPrefix, familyOf } from '../interfaces/address.ts';
import { given, readNumber } from './nic-codec.ts';
import type { GuestAddress, GuestRoute, PortForward, PortRange, Reconnect, Socket } from './nic.ts';
import { attr, child, children, element, isElement, type XmlElement, withChildren } from './xml.ts';

/** In the one spelling; what is no address stays as it is. */
const canonical = (text: string): string => canonicalCidr(text) ?? canonicalAddress(text) ?? text;

/** The element with its children of one name replaced. */
function replaceAll(at: XmlElement, name: string, nodes: readonly XmlElement[]): XmlElement {
  const others = at.children.filter((node) => !(isElement(node) && node.name === name));
  return withChildren(at, [...others, ...nodes]);
}

export function readAddresses(at: XmlElement | undefined): readonly GuestAddress[] | undefined {
  const found = children(at, 'ip').map((ip): GuestAddress => {
    const [prefix, peer] = [attr(ip, 'prefix'), attr(ip, 'peer')];
    const address = attr(ip, 'address') ?? '';
    return {
      address: canonical(prefix === undefined ? address : `${address}/${prefix}`),
      ...(peer !== undefined && { peer: canonical(peer) }),
    };
  });
  return found.length === 0 ? undefined : found;
}

export const writeAddresses = (at: XmlElement, want: readonly GuestAddress[]): XmlElement =>
  replaceAll(
    at,
    'ip',
    normalAddresses(want).map(({ address: cidr, peer }) => {
      const [address = '', prefix] = cidr.split('/');
      return element('ip', { address, family: familyOf(address), prefix, peer });
    }),
  );

/** A bare text is an address without a peer. */
export const normalAddresses = (list: readonly (string | GuestAddress)[]): GuestAddress[] =>
  list.map((one) => {
    const { address, peer } = typeof one === 'string' ? { address: one, peer: undefined } : one;
    return { address: canonical(address), ...(peer !== undefined && { peer: canonical(peer) }) };
  });

export function readRoutes(at: XmlElement | undefined): readonly GuestRoute[] | undefined {
  const found = children(at, 'route').map((route): GuestRoute => {
    const address = attr(route, 'address') ?? '';
    const metric = readNumber(attr(route, 'metric'));
    return {
      to: canonical(`${address}/${attr(route, 'prefix') ?? usualPrefix(address)}`),
      via: canonical(attr(route, 'gateway') ?? ''),
      ...(metric !== undefined && { metric }),
    };
  });
  return found.length === 0 ? undefined : found;
}

/** What libvirt takes where no prefix is given. */
const usualPrefix = (address: string): number =>
  /^(?:0\.0\.0\.0|::)$/.test(address) ? 0 : familyOf(address) === 'ipv6' ? 64 : classPrefix(address);

export const writeRoutes = (at: XmlElement, want: readonly GuestRoute[]): XmlElement =>
  replaceAll(
    at,
    'route',
    normalRoutes(want).map(({ to, via, metric }) => {
      const [address = '', prefix] = to.split('/');
      return element('route', { family: familyOf(address), address, prefix, gateway: via, metric });
    }),
  );

export const normalRoutes = (list: readonly GuestRoute[]): GuestRoute[] =>
  list.map(({ to, via, ...rest }) => ({ ...rest, to: canonical(to), via: canonical(via) }));

export function readPortForward(nic: XmlElement): readonly PortForward[] | undefined {
  const found = children(nic, 'portForward').map((forward) =>
    normalForward({
      proto: attr(forward, 'proto') ?? '',
      address: attr(forward, 'address'),
      dev: attr(forward, 'dev'),
      ranges: children(forward, 'range').map((range) => ({
        start: Number(attr(range, 'start')),
        end: readNumber(attr(range, 'end')),
        to: readNumber(attr(range, 'to')),
        exclude: attr(range, 'exclude') === 'yes',
      })),
    }),
  );
  return found.length === 0 ? undefined : found;
}

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

/** Without what means nothing: an empty list of ranges, `exclude: false`. */
export function normalForward({ proto = '', address, dev, ranges = [] }: Loose<PortForward>): PortForward {
  const kept = ranges.map(
    ({ start, end, to, exclude }: Loose<PortRange>) =>
      given({ start, end, to, exclude: exclude || undefined }) as unknown as PortRange,
  );
  return {
    proto,
    ...(address !== undefined && { address: canonical(address) }),
    ...(dev !== undefined && { dev }),
    ...(kept.length > 0 && { ranges: kept }),
  };
}

export const writePortForward = (nic: XmlElement, want: readonly PortForward[]): XmlElement =>
  replaceAll(
    nic,
    'portForward',
    want.map(normalForward).map(({ proto, address, dev, ranges = [] }) =>
      element(
        'portForward',
        { proto, address, dev },
        ranges.map(({ start, end, to, exclude }) =>
          element('range', { start, end, to, exclude: exclude ? 'yes' : undefined }),
        ),
      ),
    ),
  );

export function readSocket(source: XmlElement | undefined): Socket | undefined {
  const local = child(source, 'local');
  const end = (at: XmlElement | undefined) => {
    const address = attr(at, 'address');
    return given({
      address: address === undefined ? undefined : canonical(address),
      port: readNumber(attr(at, 'port')),
    });
  };
  const own = end(local);
  const found = end(source);
  return found || own ? { ...found, ...(own && { local: own }) } : undefined;
}

/** The source with the socket in it; what is not given stays. */
export function writeSocket(source: XmlElement, { local, ...want }: Socket): XmlElement {
  const set = (at: XmlElement, end: Omit<Socket, 'local'>): XmlElement => ({
    ...at,
    attributes: {
      ...at.attributes,
      ...(end.address !== undefined && { address: end.address }),
      ...(end.port !== undefined && { port: String(end.port) }),
    },
  });
  const next = set(source, want);
  return local === undefined
    ? next
    : replaceAll(next, 'local', [set(child(source, 'local') ?? element('local'), local)]);
}

export function readReconnect(source: XmlElement | undefined): Reconnect | undefined {
  const xml = child(source, 'reconnect');
  const enabled = attr(xml, 'enabled');
  return given({
    enabled: enabled === undefined ? undefined : enabled === 'yes',
    timeout: readNumber(attr(xml, 'timeout')),
    delay: readNumber(attr(xml, 'delay')),
  });
}

export function writeReconnect(source: XmlElement, { enabled, timeout, delay }: Reconnect): XmlElement {
  const word = enabled === undefined ? undefined : enabled ? 'yes' : 'no';
  const isNone = enabled === undefined && timeout === undefined && delay === undefined;
  return replaceAll(
    source,
    'reconnect',
    isNone ? [] : [element('reconnect', { enabled: word, timeout, delay })],
  );
}
