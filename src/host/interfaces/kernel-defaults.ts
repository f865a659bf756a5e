import { isDeepStrictEqual } from 'node:util';
import { isUnknown } from '../../engine/unknown.ts';
import { needsMiimon } from './bond-mode.ts';
import type { BondOptions, BridgeOptions, Link, VlanOptions } from './link.ts';

/** What the kernel gives a new link that is not told otherwise. */
const DEFAULTS: {
  readonly bridge: BridgeOptions;
  readonly bond: BondOptions;
  readonly vlan: VlanOptions;
} = {
  bridge: {
    stp: false,
    forward_delay: 15,
    ageing_time: 300,
    priority: 32_768,
    vlan_filtering: false,
    group_fwd_mask: 0,
    mcast_snooping: true,
  },
  bond: {
    miimon: 0,
    updelay: 0,
    downdelay: 0,
    use_carrier: true,
    arp_interval: 0,
    arp_targets: [],
    arp_validate: 'none',
    lacp_rate: 'slow',
    xmit_hash_policy: 'layer2',
    fail_over_mac: 'none',
  },
  vlan: { protocol: '802.1q', reorder_hdr: true },
};

/** Options of a bridge, bond or VLAN that are not what the kernel would have made them; a bond's mode always. */
export function ownOptions(link: Link): Readonly<Record<string, unknown>> {
  const kind = link.kind as keyof typeof DEFAULTS;
  const options = link[kind] ?? {};
  const mode = link.bond?.mode;
  const monitored = typeof mode === 'string' && needsMiimon(mode);
  const usual: Readonly<Record<string, unknown>> = {
    ...DEFAULTS[kind],
    ...(kind === 'bond' && monitored && { miimon: 100 }),
  };
  return Object.fromEntries(
    Object.entries(options).filter(
      ([name, value]) => !isUnknown(value) && !isDeepStrictEqual(value, usual[name]),
    ),
  );
}
