import type { Link } from '../../link.ts';
import type { InfoData } from './options.ts';
import type { RawLink } from './read.ts';

/** Of a bridge port, as the kernel sets them. */
const PORT_FLAGS: Readonly<Record<string, boolean>> = {
  ...{ hairpin: false, guard: false, root_block: false, fastleave: false, isolated: false, locked: false },
  ...{ learning: true, flood: true, mcast_flood: true, bcast_flood: true },
  ...{ neigh_suppress: false, proxy_arp: false, proxy_arp_wifi: false, mcast_to_unicast: false },
};

/** Options of a bridge port that are not as usual. */
export function portFlags(info: InfoData): Pick<Link, 'portFlags'> {
  const unusual = Object.entries(PORT_FLAGS).flatMap(([flag, usual]): [string, boolean][] =>
    typeof info[flag] === 'boolean' && info[flag] !== usual ? [[flag, !usual]] : [],
  );
  return unusual.length === 0 ? {} : { portFlags: Object.fromEntries(unusual) };
}

/** What others have put on a link that Wirebook may delete. A virtual link has no queue of its own unless someone gave it one. */
export function attachedTo(
  kind: string,
  { qdisc = 'noqueue', xdp }: Pick<RawLink, 'qdisc' | 'xdp'>,
): string[] {
  if (!['bridge', 'bond', 'vlan'].includes(kind)) return [];
  const queue = ['noqueue', 'noop'].includes(qdisc) ? [] : [`qdisc ${qdisc}`];
  return xdp === undefined ? queue : [...queue, 'XDP program'];
}
