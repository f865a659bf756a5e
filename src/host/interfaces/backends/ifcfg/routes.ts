import { own } from '../../../own.ts';
import { canonicalAddress, prefixOfNetmask } from '../../address.ts';
import type { Family, Route } from '../../link.ts';
import type { Files, Rule, StoredFamily6 } from '../../profile.ts';
import { destination } from '../../wish.ts';
import { pathOf } from './path.ts';
import { readVariables } from './variables.ts';

/** Routes and rules of a family, which have files of their own; lines that are not understood, with their file. */
export function readLists(
  files: Files,
  suffix: string,
  name: string,
  family: Family,
): { fields: Pick<StoredFamily6, 'routes' | 'rules'>; extra: string[] } {
  const [routePart, rulePart] =
    family === 'ipv4' ? (['route', 'rule'] as const) : (['route6', 'rule6'] as const);
  const routes = readRoutes(own(files, pathOf(routePart, suffix))?.content ?? '', name);
  const rules = readRules(own(files, pathOf(rulePart, suffix))?.content ?? '');
  return {
    fields: {
      ...(routes.items.length > 0 && { routes: routes.items }),
      ...(rules.items.length > 0 && { rules: rules.items }),
    },
    extra: [
      ...routes.extra.map((text) => `${routePart} ${text}`),
      ...rules.extra.map((text) => `${rulePart} ${text}`),
    ],
  };
}

/** What a file says, and the lines of it that are not understood. */
interface Read<T> {
  readonly items: readonly T[];
  readonly extra: readonly string[];
}

/** route-NAME and route6-NAME: arguments of `ip route add`, or numbered ADDRESS, NETMASK and GATEWAY. */
function readRoutes(content: string, name: string): Read<Route> {
  if (/^\s*ADDRESS\d+=/m.test(content)) return { items: numbered(content), extra: [] };
  return readLines(content, (words) => {
    const [to = '', ...rest] = words;
    const target = destination(to);
    const found = pairs(rest, ['via', 'dev', 'table', 'metric', 'src']);
    if (!found || target === undefined || (found.dev ?? name) !== name) return undefined;
    const { via, table, metric, src } = found;
    if (!isNumber(table) || !isNumber(metric)) return undefined;
    return {
      to: target,
      ...(via !== undefined && { via: canonicalAddress(via) ?? via }),
      ...(table !== undefined && table !== '254' && { table: Number(table) }),
      ...(metric !== undefined && { metric: Number(metric) }),
      ...(src !== undefined && { src: canonicalAddress(src) ?? src }),
    };
  });
}

function numbered(content: string): Route[] {
  const values = new Map(readVariables(content).map(({ key, value }) => [key, value]));
  const routes: Route[] = [];
  for (const [key, address] of values) {
    const [, index] = /^ADDRESS(\d+)$/.exec(key) ?? [];
    if (index === undefined || address === undefined) continue;
    const prefix = prefixOfNetmask(values.get(`NETMASK${index}`) ?? '255.255.255.255');
    const to = destination(`${address}/${prefix}`);
    const via = values.get(`GATEWAY${index}`);
    const metric = values.get(`METRIC${index}`);
    if (to === undefined) continue;
    routes.push({
      to,
      ...(via !== undefined && { via }),
      ...(metric !== undefined && { metric: Number(metric) }),
    });
  }
  return routes;
}

/** rule-NAME and rule6-NAME: arguments of `ip rule add`. */
const readRules = (content: string): Read<Rule> =>
  readLines(content, (words) => {
    const renamed = words.map((word) => RENAMED[word] ?? word);
    const found = pairs(renamed, ['from', 'to', 'table', 'priority']);
    if (!found || !isNumber(found.priority)) return undefined;
    const table = found.table === 'main' ? '254' : found.table;
    if (!isNumber(table)) return undefined;
    const prefix = (text: string): string => destination(text) ?? text;
    const { from, to, priority } = found;
    return {
      ...(from !== undefined && from !== 'all' && { from: prefix(from) }),
      ...(to !== undefined && to !== 'all' && { to: prefix(to) }),
      ...(table !== undefined && table !== '254' && { table: Number(table) }),
      ...(priority !== undefined && { priority: Number(priority) }),
    };
  });

const RENAMED: Readonly<Record<string, string>> = {
  ...{ lookup: 'table', pref: 'priority', prio: 'priority', preference: 'priority', order: 'priority' },
};

const isNumber = (text: string | undefined): boolean => text === undefined || /^\d+$/.test(text);

function readLines<T>(content: string, read: (words: readonly string[]) => T | undefined): Read<T> {
  const items: T[] = [];
  const extra: string[] = [];
  for (const line of content.split('\n')) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const item = read(text.split(/\s+/));
    if (item === undefined) extra.push(text);
    else items.push(item);
  }
  return { items, extra };
}

function pairs<K extends string>(
  words: readonly string[],
  keys: readonly K[],
): Partial<Record<K, string>> | undefined {
  const found: Partial<Record<K, string>> = {};
  for (let index = 0; index < words.length; index += 2) {
    const key = keys.find((known) => known === words[index]);
    const value = words[index + 1];
    if (key === undefined || value === undefined) return undefined;
    found[key] = value;
  }
  return found;
}

export function routeLine({ to, via, table, metric, src }: Route, name: string): string {
  const optional = Object.entries({ table, metric, src }).filter(([, value]) => value !== undefined);
  return [to, ...(via === undefined ? [] : ['via', via]), 'dev', name, ...optional.flat()].join(' ');
}
