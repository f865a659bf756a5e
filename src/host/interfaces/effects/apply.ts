import { isUnknown, UNKNOWN } from '../../../engine/unknown.ts';
import { own } from '../../own.ts';
import type { Addressing6, Link } from '../link.ts';
import type { Operation, OperationOf } from '../operation.ts';
import { withVlans } from '../port-vlans.ts';
import { setRoute, withoutAddress, withoutRoute } from './addressing.ts';
import { bringDown, bringUp, join, release, remove, setMac, setMtu } from './link.ts';
import { changeFamily, DEFAULT_MTU, type Model, NO_ADDRESSING, pin, put } from './model.ts';
import { withOptions } from './options.ts';

/** The links after an operation, with everything that the kernel does by itself. Pure. */
export function applyOperation(model: Model, operation: Operation): Model {
  const { link: name } = operation;
  const link = own(model.links, name);
  if (operation.op === 'add') {
    const added = put(model, newLink(model, operation));
    return operation.kind === 'bridge' ? pin(added, name, { mtu: false }) : added;
  }
  if (!link) throw new Error(`operation ${operation.op} on ${name}, which is not there`);
  switch (operation.op) {
    case 'delete':
      return remove(model, link);
    case 'up':
      return bringUp(model, name);
    case 'down':
      return bringDown(model, name);
    case 'mtu':
      return setMtu(pinMtu(model, link, operation.mtu), name, operation.mtu);
    case 'mac':
      return setMac(pin(model, name, { mac: true }), name, operation.mac);
    case 'label':
      return put(model, { ...link, label: operation.label === '' ? undefined : operation.label });
    case 'promisc':
      return put(model, { ...link, promisc: operation.promisc });
    case 'controller':
      return operation.controller === undefined
        ? release(model, name)
        : join(release(model, name), name, operation.controller);
    case 'options':
      return put(model, withOptions(link, operation.options));
    case 'sysctl': {
      const value = operation.key === 'autoconf' ? operation.value !== 0 : operation.value;
      return put(model, { ...link, ipv6: { ...link.ipv6, [operation.key]: value } });
    }
    case 'add-address':
      return changeFamily(model, name, operation.family, (have) => ({
        ...have,
        addresses: [...have.addresses.filter((address) => address !== operation.address), operation.address],
      }));
    case 'delete-address':
      return changeFamily(model, name, operation.family, (have) => withoutAddress(have, operation));
    case 'set-route':
      return setRoute(model, name, operation.family, operation.route);
    case 'delete-route':
      return changeFamily(model, name, operation.family, (have) => withoutRoute(have, operation.route));
    case 'set-vlans':
    case 'delete-vlans':
      return put(model, { ...link, vlans: withVlans(link.vlans, operation) });
  }
}

/** Setting what is there already does nothing at all, so a bridge goes on following its ports. */
const pinMtu = (model: Model, { name, mtu: have }: Link, mtu: number): Model =>
  isUnknown(have) || have === mtu ? model : pin(model, name, { mtu: true });

function newLink(model: Model, operation: OperationOf<'add'>): Link {
  const { link: name, kind, parent, options } = operation;
  const below = parent === undefined ? undefined : own(model.links, parent);
  const addressing6: Addressing6 = {
    ...NO_ADDRESSING,
    linkLocal: UNKNOWN,
    autoconf: UNKNOWN,
    accept_ra: UNKNOWN,
  };
  const unset = Object.fromEntries(OPTION_NAMES[kind].map((option) => [option, UNKNOWN]));
  return {
    name,
    kind,
    index: UNKNOWN,
    up: false,
    // udev may give a bridge or bond a MAC of its own, and a VLAN takes its parent's
    mac: below?.mac ?? UNKNOWN,
    mtu: below?.mtu ?? DEFAULT_MTU,
    maxMtu: UNKNOWN,
    ...(parent !== undefined && { parent }),
    promisc: false,
    ipv4: NO_ADDRESSING,
    ipv6: addressing6,
    [kind]: { ...unset, ...options },
    ...(kind === 'bridge' && { vlans: UNKNOWN }),
  };
}

const OPTION_NAMES = {
  bridge: [
    'stp',
    'forward_delay',
    'ageing_time',
    'priority',
    'vlan_filtering',
    'group_fwd_mask',
    'mcast_snooping',
  ],
  bond: [
    'mode',
    'primary',
    'miimon',
    'updelay',
    'downdelay',
    'use_carrier',
    'arp_interval',
    'arp_targets',
    'arp_validate',
    'lacp_rate',
    'xmit_hash_policy',
    'fail_over_mac',
  ],
  vlan: ['id', 'protocol', 'reorder_hdr'],
} as const;
