import type { Unknown } from '../../engine/unknown.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import type { Nic } from './nic.ts';
import { isLocal } from './nic-plug.ts';
import type { Bandwidth, VirtualPort, Vlan } from './port.ts';

/**
 * What a plugged NIC really uses, as libvirt and the kernel say (LIBVIRT.md 3.6). Effective settings: the NIC's own,
 * or else those of its portgroup or network.
 */
export interface ActualNic {
  /** `network` on NAT, routed, open and isolated networks; `bridge`, `direct` or `hostdev` where the network gives one */
  readonly type: string;
  /** Network and portgroup it is configured with, if any */
  readonly network?: string;
  readonly portgroup?: string;
  /** Bridge that its tap is a port of by the kernel's account; null: of none, so that the NIC is cut off */
  readonly bridge?: string | Unknown | null;
  /** Physical device of a direct NIC, and how it shares it */
  readonly device?: string | Unknown;
  readonly mode?: string | Unknown;
  /** Its tap or macvtap on the host */
  readonly target?: string | Unknown;
  readonly bandwidth?: Bandwidth;
  readonly vlan?: Vlan;
  readonly virtualport?: VirtualPort;
}

export function actualNic(live: Nic, state: HostState, uri: string): ActualNic {
  const { type, network, portgroup, dev, mode, target, bandwidth, vlan, virtualport } = live;
  const bridge = live.bridge === undefined ? undefined : bridgeOf(live, state, uri);
  const actual = {
    type,
    network,
    portgroup,
    bridge,
    device: dev,
    mode,
    target,
    bandwidth,
    vlan,
    virtualport,
  };
  const given = Object.entries(actual).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as ActualNic;
}

/** The kernel's word where the tap is known. Switches other than Linux bridges have ports of their own. */
function bridgeOf({ bridge, target, virtualport }: Nic, state: HostState, uri: string): Nic['bridge'] | null {
  const tap = typeof target === 'string' && isLocal(uri) ? own(state.links, target) : undefined;
  return tap === undefined || virtualport?.type !== undefined ? bridge : (tap.controller ?? null);
}
