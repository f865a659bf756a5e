import { canonicalAddress, canonicalCidr, classPrefix, familyOf, prefixOfNetmask } from '../../address.ts';
import type { Family, Route } from '../../link.ts';
import type { Rule, StoredFamily6 } from '../../profile.ts';
import type { Option } from './stanzas.ts';

/** Addressing of one family, as it is gathered from stanzas. */
export interface LooseFamily {
  dhcp?: boolean;
  autoconf?: boolean;
  accept_ra?: number;
  gateway?: string;
  readonly addresses: string[];
  readonly routes: Route[];
  readonly rules: Rule[];
  readonly servers: string[];
  readonly search: string[];
}

export type Families = Readonly<Record<Family, LooseFamily>>;

export const emptyFamily = (): LooseFamily => ({
  addresses: [],
  routes: [],
  rules: [],
  servers: [],
  search: [],
});

/** Only what is stated; undefined when that is nothing. */
export function storedFamily(family: LooseFamily): StoredFamily6 | undefined {
  const { addresses, routes, rules, servers, search, ...rest } = family;
  const fields: StoredFamily6 = {
    ...rest,
    ...(addresses.length > 0 && { addresses: [...new Set(addresses)] }),
    ...(routes.length > 0 && { routes }),
    ...(rules.length > 0 && { rules }),
    ...(servers.length + search.length > 0 && {
      dns: { ...(servers.length > 0 && { servers }), ...(search.length > 0 && { search }) },
    }),
  };
  return Object.keys(fields).length > 0 ? fields : undefined;
}

/**
 * `address`, `netmask`, `gateway` and `metric` of a static stanza, which say something only together.
 * @returns those that are not understood
 */
export function readStatic(options: readonly Option[], families: Families): string[] {
  const values = (key: string): string[] =>
    options.filter((option) => option.key === key).map(({ value }) => value);
  const odd: string[] = [];
  const [netmask] = values('netmask');
  for (const text of values('address')) {
    const address = addressOf(text, netmask);
    if (address) families[familyOf(address)].addresses.push(address);
    else odd.push(`address ${text}`);
  }
  const [metric] = values('metric');
  for (const text of values('gateway')) {
    const via = canonicalAddress(text);
    if (via === undefined) odd.push(`gateway ${text}`);
    else if (metric === undefined) families[familyOf(via)].gateway = via;
    else families[familyOf(via)].routes.push({ to: 'default', via, metric: Number(metric) });
  }
  return odd;
}

function addressOf(text: string, netmask: string | undefined): string | undefined {
  const [address = '', mask = netmask] = text.split('/');
  const usual = address.includes(':') ? 128 : classPrefix(address);
  const prefix = mask === undefined ? usual : (prefixOfNetmask(mask) ?? mask);
  return canonicalCidr(`${address}/${prefix}`);
}
