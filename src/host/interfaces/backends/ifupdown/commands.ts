import { canonicalAddress, canonicalCidr, familyOf, prefixOfNetmask } from '../../address.ts';
import type { Family, Route } from '../../link.ts';
import type { Rule } from '../../profile.ts';
import { destination } from '../../wish.ts';

/** What a command in a stanza means for the model. */
export type Meaning =
  | { readonly is: 'address'; readonly family: Family; readonly address: string }
  | { readonly is: 'route'; readonly family: Family; readonly route: Route }
  | { readonly is: 'rule'; readonly family: Family; readonly rule: Rule }
  | { readonly is: 'sysctl'; readonly key: 'accept_ra' | 'autoconf'; readonly value: number }
  | { readonly is: 'link'; readonly settings: LinkSettings }
  | { readonly is: 'vlan'; readonly parent: string; readonly options: Readonly<Record<string, string>> }
  /** Of what the interface stands on */
  | { readonly is: 'first'; readonly name: string }
  | { readonly is: 'delete' };

export interface LinkSettings {
  readonly mtu?: number;
  readonly mac?: string;
  readonly label?: string;
  readonly promisc?: boolean;
  readonly group_fwd_mask?: number;
  readonly mcast_snooping?: boolean;
}

/**
 * The meaning of a command that stands in the stanza of `name`, when it is one of those that people and Wirebook
 * write for what interfaces(5) has no option for. Commands that undo one mean the same as that.
 */
export function commandMeaning(command: string, name: string): Meaning | undefined {
  const plain = command
    .replaceAll(/\$(IFACE\b|\{IFACE\})/g, name)
    .replace(/\s*(\|\|\s*(true|:))?\s*$/, '')
    .replace(/\s*(2>&1\s*)?[12]?>\s*\/dev\/null(\s*2>&1)?$/, '');
  const sysctl = /^echo (\d+) > ?\/proc\/sys\/net\/ipv6\/conf\/([^/\s]+)\/(accept_ra|autoconf)$/.exec(plain);
  if (sysctl) {
    const key = sysctl[3] as 'accept_ra' | 'autoconf';
    return sysctl[2] === name ? { is: 'sysctl', key, value: Number(sysctl[1]) } : undefined;
  }
  const prefix = [unlessThere(name), insteadOf(name)].find((text) => plain.startsWith(text)) ?? '';
  const words = shellWords(plain.slice(prefix.length));
  const [program = '', ...rest] = words ?? [];
  switch (program.replace(/^(\/usr)?\/s?bin\//, '')) {
    case 'ip':
      return ipMeaning(rest, name);
    case 'ifconfig':
      return ifconfigMeaning(rest, name);
    case 'route':
      return routeMeaning(rest, name);
    case 'ifup':
    case 'ifdown':
      return rest.length === 1 ? { is: 'first', name: rest[0]! } : undefined;
    default:
      return undefined;
  }
}

/** Before a command that makes an interface which may be there. */
export const unlessThere = (name: string): string => `[ -e /sys/class/net/${name} ] || `;

/** Before a command that makes an interface which ifup, going by its name, has made wrongly. */
export const insteadOf = (name: string): string => `ip link delete dev ${name} 2>/dev/null; `;

/** Words of one simple command; undefined where it is more than that. */
function shellWords(text: string): string[] | undefined {
  const words: string[] = [];
  const piece = /\s*((?:'[^']*'|"[^"$`\\]*"|\\[^\n]|[A-Za-z0-9_@%+=:,./-])+)(?=\s|$)/y;
  while (piece.lastIndex < text.trimEnd().length) {
    const match = piece.exec(text);
    if (!match) return undefined;
    words.push(match[1]!.replace(/'([^']*)'|"([^"]*)"|\\(.)/g, (_, a, b, c) => a ?? b ?? c));
  }
  return words;
}

function ipMeaning(words: readonly string[], name: string): Meaning | undefined {
  const [first = ''] = words;
  const family: Family | undefined = first === '-6' ? 'ipv6' : first === '-4' ? 'ipv4' : undefined;
  const [object = '', verb = '', ...rest] = family ? words.slice(1) : words;
  const is = (...names: string[]): boolean => names.includes(object);
  if (is('link', 'l')) return linkMeaning(verb, rest, name);
  if (!['add', 'replace', 'append', 'change', 'del', 'delete'].includes(verb)) return undefined;
  if (is('address', 'addr', 'a')) return addressMeaning(rest, name);
  if (is('route', 'ro', 'r')) return ipRouteMeaning(rest, name, family);
  if (is('rule', 'ru')) return ruleMeaning(rest, family);
  return undefined;
}

/** `KEY VALUE…` as a record; undefined when a key is not one of `keys`, or comes twice. */
function pairs<K extends string>(
  words: readonly string[],
  keys: Readonly<Record<string, K>>,
): Partial<Record<K, string>> | undefined {
  const found: Partial<Record<K, string>> = {};
  for (let index = 0; index < words.length; index += 2) {
    const key = Object.hasOwn(keys, words[index]!) ? keys[words[index]!] : undefined;
    const value = words[index + 1];
    if (key === undefined || value === undefined || found[key] !== undefined) return undefined;
    found[key] = value;
  }
  return found;
}

function addressMeaning([cidr = '', ...words]: readonly string[], name: string): Meaning | undefined {
  const found = pairs(words, { dev: 'dev' });
  const address = canonicalCidr(cidr);
  if (found?.dev !== name || address === undefined) return undefined;
  return { is: 'address', family: familyOf(address), address };
}

const isNumber = (text: string | undefined): boolean => text === undefined || /^\d+$/.test(text);

function ipRouteMeaning(
  words: readonly string[],
  name: string,
  family: Family | undefined,
): Meaning | undefined {
  const [to = '', ...rest] = words.filter((word) => word !== 'onlink');
  const keys = { via: 'via', dev: 'dev', table: 'table', metric: 'metric', src: 'src' } as const;
  const found = pairs(rest, keys);
  const target = destination(to);
  if (!found || target === undefined || (found.dev ?? name) !== name) return undefined;
  const { table, metric } = found;
  const number = table === 'main' ? '254' : table;
  if (!isNumber(number) || !isNumber(metric)) return undefined;
  const route = routeOf(target, { ...found, ...(number !== undefined && { table: number }) });
  return { is: 'route', family: family ?? familyOf(found.via ?? to), route };
}

function routeOf(to: string, words: { via?: string; table?: string; metric?: string; src?: string }): Route {
  const { via, table, metric, src } = words;
  return {
    to,
    ...(via !== undefined && { via: canonicalAddress(via) ?? via }),
    ...(table !== undefined && table !== '254' && { table: Number(table) }),
    ...(metric !== undefined && { metric: Number(metric) }),
    ...(src !== undefined && { src: canonicalAddress(src) ?? src }),
  };
}

function ruleMeaning(words: readonly string[], family: Family | undefined): Meaning | undefined {
  const table = { table: 'table', lookup: 'table' } as const;
  const priority = { priority: 'priority', pref: 'priority', prio: 'priority' } as const;
  const found = pairs(words, { from: 'from', to: 'to', ...table, ...priority });
  if (!found) return undefined;
  const { from, to } = found;
  const number = found.table === 'main' ? undefined : found.table;
  if (!isNumber(number) || !isNumber(found.priority)) return undefined;
  const prefix = (text: string): string => (text === 'all' ? text : (destination(text) ?? text));
  const rule: Rule = {
    ...(from !== undefined && from !== 'all' && { from: prefix(from) }),
    ...(to !== undefined && to !== 'all' && { to: prefix(to) }),
    ...(number !== undefined && number !== '254' && { table: Number(number) }),
    ...(found.priority !== undefined && { priority: Number(found.priority) }),
  };
  return { is: 'rule', family: family ?? familyOf(from ?? to ?? ''), rule };
}

function linkMeaning(verb: string, words: readonly string[], name: string): Meaning | undefined {
  if (verb === 'del' || verb === 'delete') {
    return words.at(-1) === name ? { is: 'delete' } : undefined;
  }
  if (verb === 'add') return addVlanMeaning(words, name);
  const [link = '', ...rest] = words[0] === 'dev' ? words.slice(1) : words;
  if (verb === 'set' && link !== name && rest.join(' ') === 'up') return { is: 'first', name: link };
  if (verb !== 'set' || link !== name || rest.length === 0) return undefined;
  const settings = bridgeSettings(rest) ?? linkSettings(rest);
  return settings && { is: 'link', settings };
}

function linkSettings(words: readonly string[]): LinkSettings | undefined {
  const keys = { mtu: 'mtu', address: 'address', alias: 'alias', promisc: 'promisc' } as const;
  const found = pairs(words, keys);
  if (!found || !isNumber(found.mtu)) return undefined;
  return {
    ...(found.mtu !== undefined && { mtu: Number(found.mtu) }),
    ...(found.address !== undefined && { mac: found.address.toLowerCase() }),
    ...(found.alias !== undefined && { label: found.alias }),
    ...(found.promisc !== undefined && { promisc: found.promisc === 'on' }),
  };
}

function bridgeSettings([type, kind, ...words]: readonly string[]): LinkSettings | undefined {
  if (type !== 'type' || kind !== 'bridge') return undefined;
  const found = pairs(words, { group_fwd_mask: 'mask', mcast_snooping: 'snooping' } as const);
  if (!found) return undefined;
  return {
    ...(found.mask !== undefined && { group_fwd_mask: Number(found.mask) }),
    ...(found.snooping !== undefined && { mcast_snooping: found.snooping === '1' }),
  };
}

function addVlanMeaning(words: readonly string[], name: string): Meaning | undefined {
  const keys = { link: 'link', name: 'name', dev: 'name', type: 'type' } as const;
  const options = { id: 'id', protocol: 'protocol', reorder_hdr: 'reorder_hdr' } as const;
  const found = pairs(words, { ...keys, ...options });
  if (found?.type !== 'vlan' || found.name !== name || found.link === undefined) return undefined;
  const { link: parent, id, protocol = '802.1q', reorder_hdr = 'on' } = found;
  if (id === undefined || !isNumber(id)) return undefined;
  return { is: 'vlan', parent, options: { id, protocol: protocol.toLowerCase(), reorder_hdr } };
}

/** `ifconfig eth0 inet6 add 2001:db8::2/64`, as netcf writes further addresses. */
function ifconfigMeaning(words: readonly string[], name: string): Meaning | undefined {
  const [link, family, verb, cidr = ''] = words;
  const address = canonicalCidr(cidr);
  if (link !== name || family !== 'inet6' || !['add', 'del'].includes(verb ?? '') || words.length !== 4) {
    return undefined;
  }
  return address === undefined ? undefined : { is: 'address', family: 'ipv6', address };
}

/** `route add -net 10.0.0.0 netmask 255.0.0.0 gw 192.0.2.1 [dev eth0]`, and `-host`, and `default`. */
function routeMeaning([verb, ...words]: readonly string[], name: string): Meaning | undefined {
  if (verb !== 'add' && verb !== 'del') return undefined;
  const [to = '', ...rest] = words.filter((word) => word !== '-net' && word !== '-host');
  const found = pairs(rest, { netmask: 'mask', gw: 'via', dev: 'dev', metric: 'metric' } as const);
  if (!found || (found.dev ?? name) !== name || !isNumber(found.metric)) return undefined;
  const { mask, ...target } = found;
  const prefix = mask === undefined ? undefined : prefixOfNetmask(mask);
  if (mask !== undefined && prefix === undefined) return undefined;
  const network = destination(prefix === undefined ? to : `${to}/${prefix}`);
  if (network === undefined || target.via === undefined) return undefined;
  return { is: 'route', family: 'ipv4', route: routeOf(network, target) };
}
