import type { Link, Route } from '../../../../src/host/interfaces/link.ts';

export type Family = 'ipv4' | 'ipv6';

export interface KernelRoute extends Route {
  readonly family: Family;
  readonly dev: string;
  readonly key: string;
}

export interface Device {
  name: string;
  kind: string;
  index: number;
  up: boolean;
  mac: string;
  macFrom: 'random' | 'user' | 'parent' | 'port';
  mtu: number;
  mtuIsSet: boolean;
  controller?: Device;
  parent?: Device;
  /** What a port of a bond had before */
  saved?: { mac: string; mtu: number };
  alias?: string;
  promisc: boolean;
  ipv4: string[];
  ipv6: string[];
  routes: KernelRoute[];
  options: Record<string, string>;
  vlans: { pvid: number | undefined; tagged: Set<number>; untagged: Set<number> } | undefined;
  acceptRa: string;
  autoconf: string;
}

export const DEFAULTS: Readonly<Record<string, Record<string, string>>> = {
  bridge: {
    ...{ stp_state: '0', forward_delay: '1500', ageing_time: '30000', priority: '32768' },
    ...{ vlan_filtering: '0', group_fwd_mask: '0', mcast_snooping: '1' },
  },
  bond: {
    ...{
      mode: 'balance-rr',
      miimon: '0',
      updelay: '0',
      downdelay: '0',
      arp_interval: '0',
      arp_validate: 'none',
    },
    ...{ lacp_rate: 'slow', xmit_hash_policy: 'layer2', fail_over_mac: 'none' },
  },
};

export const defaultVlans = () => ({ pvid: 1, tagged: new Set<number>(), untagged: new Set([1]) });

export const hasPrimary = ({ options: { mode = '' } }: Device): boolean =>
  ['active-backup', 'balance-tlb', 'balance-alb'].includes(mode);

export const sharesMac = ({ options: { mode, fail_over_mac: failOver } }: Device): boolean =>
  mode !== 'balance-tlb' && mode !== 'balance-alb' && (failOver === 'none' || mode !== 'active-backup');

/** What iproute2 would tell of a device. */
export function linkOf(device: Device, ports: readonly Device[]): Link {
  const { name, kind, index, up, mac, mtu, controller, parent, promisc, alias, saved, vlans } = device;
  const routes = (family: Family): Route[] =>
    device.routes.flatMap(({ family: other, dev: _, key: __, ...route }) =>
      other === family ? [route] : [],
    );
  const gateway = (family: Family): { gateway?: string } => {
    const found = routes(family).find(isGateway);
    return found?.via === undefined ? {} : { gateway: found.via };
  };
  const addressing = (family: Family) => ({
    addresses: device[family],
    dynamic: [],
    linkLocal: [],
    learned: [],
    routes: routes(family).filter((route) => !isGateway(route)),
    ...gateway(family),
  });
  const sorted = (ids: ReadonlySet<number>): number[] => [...ids].sort((a, b) => a - b);
  return {
    name,
    kind,
    index,
    up,
    mac,
    mtu,
    promisc,
    ...(controller && { controller: controller.name }),
    ...(parent && { parent: parent.name }),
    ...(alias && { label: alias }),
    ...(saved && { permanentMac: saved.mac }),
    ipv4: addressing('ipv4'),
    ipv6: {
      ...addressing('ipv6'),
      ...(mtu >= 1280 && { autoconf: device.autoconf !== '0', accept_ra: Number(device.acceptRa) }),
    },
    ...optionsOf(device, ports),
    ...(vlans && {
      vlans: {
        ...(vlans.pvid !== undefined && { pvid: vlans.pvid }),
        tagged: sorted(vlans.tagged),
        untagged: sorted(vlans.untagged),
      },
    }),
  };
}

function optionsOf(device: Device, all: readonly Device[]): Partial<Link> {
  const { kind, options: have } = device;
  const seconds = (value: string | undefined): number => Number(value) / 100;
  if (kind === 'bridge') {
    return {
      bridge: {
        stp: have.stp_state === '1',
        forward_delay: seconds(have.forward_delay),
        ageing_time: seconds(have.ageing_time),
        priority: Number(have.priority),
        vlan_filtering: have.vlan_filtering === '1',
        group_fwd_mask: Number(have.group_fwd_mask),
        mcast_snooping: have.mcast_snooping === '1',
      },
    };
  }
  if (kind === 'bond') {
    const ports = hasPrimary(device) ? all : [];
    const primary = ports.find((port) => port.name === have.primary)?.name;
    return {
      bond: {
        mode: have.mode ?? '',
        ...(primary !== undefined && { primary }),
        miimon: Number(have.miimon),
        updelay: Number(have.updelay) * Number(have.miimon),
        downdelay: Number(have.downdelay) * Number(have.miimon),
        use_carrier: true,
        arp_interval: Number(have.arp_interval),
        arp_targets: (have.arp_ip_target ?? '').split(',').filter(Boolean),
        arp_validate: have.arp_validate ?? '',
        lacp_rate: have.lacp_rate ?? '',
        xmit_hash_policy: have.xmit_hash_policy ?? '',
        fail_over_mac: have.fail_over_mac ?? '',
      },
    };
  }
  if (kind !== 'vlan') return {};
  const { id, protocol = '', reorder_hdr: reorder } = have;
  return { vlan: { id: Number(id), protocol: protocol.toLowerCase(), reorder_hdr: reorder === 'on' } };
}

const isGateway = ({ to, via, metric, table, src }: Route): boolean =>
  to === 'default' && via !== undefined && [metric, table, src].every((value) => value === undefined);
