import type { Unknown } from '../../engine/unknown.ts';

/** A live link. MTU in bytes. */
export interface Link {
  readonly name: string;
  /** iproute2's kind (`bridge`, `bond`, `vlan`, `tun`, `veth`, `macvtap`, …); `ethernet` for a device without one */
  readonly kind: string;
  readonly index: number | Unknown;
  /** Administratively up */
  readonly up: boolean;
  readonly mac: string | Unknown;
  readonly mtu: number | Unknown;
  /** Bridge or bond it is a port of */
  readonly controller?: string;
  /** Link it stands on (vlan, macvlan, macvtap) */
  readonly parent?: string;
}
