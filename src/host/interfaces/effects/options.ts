import { UNKNOWN } from '../../../engine/unknown.ts';
import type { BondOptions, BridgeOptions, Link } from '../link.ts';

/** A link after options of its kind were set, with what they do to each other. */
export function withOptions(link: Link, options: Readonly<Record<string, unknown>>): Link {
  if (link.kind === 'bridge') return { ...link, bridge: withBridgeOptions(link.bridge ?? {}, options) };
  if (link.kind === 'bond') return { ...link, bond: withBondOptions(link.bond ?? {}, options) };
  return { ...link, vlan: { ...link.vlan, ...options } };
}

/** With STP on, the kernel keeps the delay within 2 and 30 seconds. */
function withBridgeOptions(have: BridgeOptions, options: BridgeOptions): BridgeOptions {
  const next = { ...have, ...options };
  if (options.stp !== true || typeof next.forward_delay !== 'number') return next;
  return { ...next, forward_delay: Math.min(30, Math.max(2, next.forward_delay)) };
}

/**
 * Either monitor turns the other off; delays are kept as multiples of miimon, also while it is off; a mode brings its
 * own monitoring.
 */
function withBondOptions(have: BondOptions, options: BondOptions): BondOptions {
  const mode =
    options.mode === undefined ? {} : { miimon: UNKNOWN, arp_interval: UNKNOWN, arp_validate: UNKNOWN };
  const monitored = typeof have.miimon === 'number' && have.miimon > 0;
  const delays = {
    ...(!(monitored && have.updelay === 0) && { updelay: UNKNOWN }),
    ...(!(monitored && have.downdelay === 0) && { downdelay: UNKNOWN }),
  };
  const mii = options.miimon ? { ...delays, arp_interval: 0, arp_validate: 'none' } : {};
  const off = options.miimon === 0 || options.arp_interval ? { miimon: 0, updelay: 0, downdelay: 0 } : {};
  return { ...have, ...mode, ...mii, ...off, ...options };
}
