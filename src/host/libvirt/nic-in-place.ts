/** What libvirt changes of a NIC while its guest runs, the rest of it as it was (LIBVIRT.md 3.4). */
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import type { NicField } from './nic-fields.ts';
import type { Nic } from './nic.ts';
import { atLeast } from './virsh.ts';

/** Types of which libvirt changes nothing. */
const fixed = new Set(['hostdev', 'vdpa', 'vhostuser', 'null', 'vds']);

/**
 * Whether an update brings a field. What is not here waits or needs a replug: libvirt refuses it, or reports success and
 * does nothing (downscript, teaming, port_forward, …; bandwidth and others of a NIC on a network of devices).
 */
export function changesInPlace(state: HostState, uri: string, live: Nic, field: NicField): boolean {
  const { type, network, bridge } = live;
  if (fixed.has(type)) return false;
  if (field === 'link') return true;
  const version = own(state.libvirt, uri)?.version ?? '';
  if (bridge !== undefined) {
    if (field === 'vlan') return live.virtualport?.type === 'openvswitch' || atLeast(version, 11, 0);
    return bridged.has(field);
  }
  if (type === 'direct') {
    if (network !== undefined) return false;
    return field === 'bandwidth' || (field === 'trust_guest_rx_filters' && atLeast(version, 10, 0));
  }
  return type === 'ethernet' && (field === 'bandwidth' || field === 'filterref');
}

/** Of a NIC on a bridge, its own or that of its network. */
const bridged: ReadonlySet<NicField> = new Set<NicField>([
  'bandwidth',
  'filterref',
  'coalesce',
  'port_isolated',
  'virtualport',
]);
