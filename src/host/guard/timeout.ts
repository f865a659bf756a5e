import { isUnknown } from '../../engine/unknown.ts';
import type { Link, Links } from '../interfaces/link.ts';
import { own } from '../own.ts';
import { touchedLinks } from './touched.ts';

/** Unless the task says otherwise */
const CONFIRM = 30;
const WITH_DHCP = 45;
/** What a new connection takes at most, once the link carries frames */
const CONNECT = 15;
/** The kernel's own forward delay */
const FORWARD_DELAY = 15;

/**
 * Seconds from the last step until the host puts itself back: long enough for what the change itself makes slow
 * (spanning tree, LACP, DHCP).
 */
export function guardTimeout(
  before: Links,
  after: Links,
  {
    confirmTimeout = CONFIRM,
    dhcp,
  }: { readonly confirmTimeout?: number | undefined; readonly dhcp: boolean },
): number {
  const slow = [...touchedLinks(before, after, [])].flatMap((name) => {
    const link = own(after, name);
    return link ? slowness(link) : [];
  });
  return Math.max(confirmTimeout, dhcp ? WITH_DHCP : 0, ...slow);
}

function slowness({ bridge, bond }: Link): number[] {
  const seconds: number[] = [];
  if (bridge?.stp === true) {
    const { forward_delay: delay } = bridge;
    seconds.push(2 * (delay === undefined || isUnknown(delay) ? FORWARD_DELAY : delay) + CONNECT);
  }
  if (bond?.mode === '802.3ad') {
    const { updelay } = bond;
    seconds.push(Math.ceil((updelay === undefined || isUnknown(updelay) ? 0 : updelay) / 1000) + CONNECT);
  }
  return seconds;
}
