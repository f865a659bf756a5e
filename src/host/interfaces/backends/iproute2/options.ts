import type { BondOptions, BridgeOptions, VlanOptions } from '../../link.ts';

/** `linkinfo.info_data` of `ip -j -d link`. */
export type InfoData = Readonly<Record<string, unknown>>;

/** How an option of a link is read from JSON, and written on a command line. */
interface Option {
  /** What `ip link … type KIND` calls it */
  readonly word: string;
  /** Its key in JSON, where that is another */
  readonly json?: string;
  /** undefined: not there, so the host has no such option */
  read(value: unknown): unknown;
  write(value: unknown): string;
}

const number: Pick<Option, 'read' | 'write'> = {
  read: (value) => (typeof value === 'number' ? value : undefined),
  write: String,
};
const text: Pick<Option, 'read' | 'write'> = {
  read: (value) => (typeof value === 'string' ? value : undefined),
  write: String,
};
const flag: Pick<Option, 'read' | 'write'> = {
  read: (value) => (value === undefined ? undefined : Number(value) !== 0),
  write: (value) => (value ? '1' : '0'),
};
/** Centiseconds there, seconds here. */
const seconds: Pick<Option, 'read' | 'write'> = {
  read: (value) => (typeof value === 'number' ? value / 100 : undefined),
  write: (value) => String(Math.round(Number(value) * 100)),
};
/** Hexadecimal in a string, with or without 0x. */
const mask: Pick<Option, 'read' | 'write'> = {
  read: (value) => (value === undefined ? undefined : Number.parseInt(String(value), 16)),
  write: String,
};

const bridge: Readonly<Record<keyof BridgeOptions, Option>> = {
  stp: { word: 'stp_state', ...flag, read: (value) => (value === undefined ? undefined : value !== 0) },
  forward_delay: { word: 'forward_delay', ...seconds },
  ageing_time: { word: 'ageing_time', ...seconds },
  priority: { word: 'priority', ...number },
  vlan_filtering: { word: 'vlan_filtering', ...flag },
  group_fwd_mask: { word: 'group_fwd_mask', ...mask },
  mcast_snooping: { word: 'mcast_snooping', ...flag },
};

const bond: Readonly<Record<keyof BondOptions, Option>> = {
  mode: { word: 'mode', ...text },
  primary: { word: 'primary', ...text },
  miimon: { word: 'miimon', ...number },
  updelay: { word: 'updelay', ...number },
  downdelay: { word: 'downdelay', ...number },
  use_carrier: { word: 'use_carrier', ...flag },
  arp_interval: { word: 'arp_interval', ...number },
  arp_targets: {
    word: 'arp_ip_target',
    read: (value) => (Array.isArray(value) ? value.map(String) : []),
    write: (value) => (value as readonly string[]).join(','),
  },
  // The JSON key's value is null for none
  arp_validate: {
    word: 'arp_validate',
    ...text,
    read: (value) => (value === undefined ? undefined : (value ?? 'none')),
  },
  lacp_rate: { word: 'lacp_rate', json: 'ad_lacp_rate', ...text },
  xmit_hash_policy: { word: 'xmit_hash_policy', ...text },
  fail_over_mac: { word: 'fail_over_mac', ...text },
};

const vlan: Readonly<Record<keyof VlanOptions, Option>> = {
  protocol: {
    word: 'protocol',
    read: (value) => (typeof value === 'string' ? value.toLowerCase() : undefined),
    write: (value) => (value === '802.1ad' ? '802.1ad' : '802.1Q'),
  },
  id: { word: 'id', ...number },
  reorder_hdr: {
    word: 'reorder_hdr',
    json: 'flags',
    read: (value) => Array.isArray(value) && value.includes('REORDER_HDR'),
    write: (value) => (value ? 'on' : 'off'),
  },
};

const read = (table: Readonly<Record<string, Option>>, info: InfoData): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(table).flatMap(([name, option]): [string, unknown][] => {
      const value = option.read(info[option.json ?? option.word]);
      return value === undefined ? [] : [[name, value]];
    }),
  );

export const bridgeOptions = (info: InfoData): BridgeOptions => read(bridge, info);
export const bondOptions = (info: InfoData): BondOptions => read(bond, info);
export const vlanOptions = (info: InfoData): VlanOptions => read(vlan, info);

/** Words for `ip link … type KIND`, in the order of the table, which is the one the kernel needs. */
export function optionWords(kind: string, options: Readonly<Record<string, unknown>>): string[] {
  const table = { bridge, bond, vlan }[kind as 'bridge' | 'bond' | 'vlan'];
  return Object.entries<Option>(table).flatMap(([name, option]) =>
    options[name] === undefined ? [] : [option.word, option.write(options[name])],
  );
}
