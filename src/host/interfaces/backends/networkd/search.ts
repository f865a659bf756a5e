import type { StoredFamily6 } from '../../profile.ts';

type Family = { -readonly [K in keyof StoredFamily6]?: StoredFamily6[K] };

/** Key of the note that says which search domains were given for IPv6: the daemons have one list. */
const NOTE = 'ipv6_search';

/**
 * Gives the domains, which were all read as IPv4's, to the family that they were given for.
 * @param notes undefined where we did not write it: they go with the servers then
 */
export function splitSearch(
  { ipv4, ipv6 }: { ipv4: Family; ipv6: Family },
  notes: Readonly<Record<string, string>> | undefined,
): void {
  const all = ipv4.dns?.search;
  if (!all) return;
  const onlySix = notes === undefined && !ipv4.dns?.servers && ipv6.dns !== undefined;
  const six = onlySix ? all : (notes?.[NOTE]?.split(' ') ?? []);
  if (six.length === 0) return;
  const { search: _, ...dns } = ipv4.dns!;
  const four = all.slice(0, Math.max(0, all.length - six.length));
  ipv6.dns = { ...ipv6.dns, search: six };
  if (four.length > 0) ipv4.dns = { ...dns, search: four };
  else if (Object.keys(dns).length > 0) ipv4.dns = dns;
  else delete ipv4.dns;
}

export const searchNote = ({ ipv6 }: { ipv6?: StoredFamily6 | undefined }): Record<string, string> =>
  ipv6?.dns?.search?.length ? { [NOTE]: ipv6.dns.search.join(' ') } : {};

/** IPv4's first. */
export const searchList = (families: {
  ipv4?: StoredFamily6 | undefined;
  ipv6?: StoredFamily6 | undefined;
}) => [...(families.ipv4?.dns?.search ?? []), ...(families.ipv6?.dns?.search ?? [])];
