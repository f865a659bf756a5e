import { BOND_MODES } from '../../bond-mode.ts';
import type { BondOptions, BridgeOptions } from '../../link.ts';
import { type Entries, isTrue } from './keyfile.ts';

/** An option of a bridge or bond: its key in the section of that kind, and its values. */
interface Option {
  readonly key: string;
  /** undefined: nothing we know, so it stays as it stands */
  read(value: string): unknown;
  write(value: unknown): string;
}

const number: Pick<Option, 'read' | 'write'> = {
  read: (value) => (/^(0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : undefined),
  write: String,
};
const flag: Pick<Option, 'read' | 'write'> = { read: isTrue, write: String };
const digit: Pick<Option, 'read' | 'write'> = { read: isTrue, write: (value) => (value ? '1' : '0') };
/** A name, or the kernel's number for it. */
const name = (...names: readonly string[]): Pick<Option, 'read' | 'write'> => ({
  read: (value) => names[Number(value)] ?? value,
  write: String,
});

const bridge: Readonly<Record<keyof BridgeOptions, Option>> = {
  stp: { key: 'stp', ...flag },
  forward_delay: { key: 'forward-delay', ...number },
  ageing_time: { key: 'ageing-time', ...number },
  priority: { key: 'priority', ...number },
  vlan_filtering: { key: 'vlan-filtering', ...flag },
  group_fwd_mask: { key: 'group-forward-mask', ...number },
  mcast_snooping: { key: 'multicast-snooping', ...flag },
};

const bond: Readonly<Record<keyof BondOptions, Option>> = {
  mode: { key: 'mode', ...name(...BOND_MODES) },
  miimon: { key: 'miimon', ...number },
  updelay: { key: 'updelay', ...number },
  downdelay: { key: 'downdelay', ...number },
  use_carrier: { key: 'use_carrier', ...digit },
  primary: { key: 'primary', read: (value) => value, write: String },
  arp_interval: { key: 'arp_interval', ...number },
  arp_targets: {
    key: 'arp_ip_target',
    read: (value) => value.split(/[,;\s]+/).filter((target) => target !== ''),
    write: (value) => (value as readonly string[]).join(','),
  },
  arp_validate: {
    key: 'arp_validate',
    ...name('none', 'active', 'backup', 'all', 'filter', 'filter_active', 'filter_backup'),
  },
  lacp_rate: { key: 'lacp_rate', ...name('slow', 'fast') },
  xmit_hash_policy: {
    key: 'xmit_hash_policy',
    ...name('layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac'),
  },
  fail_over_mac: { key: 'fail_over_mac', ...name('none', 'active', 'follow') },
};

const TABLES = { bridge, bond } as const;

export function takeOptions(entries: Entries, kind: 'bridge' | 'bond'): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [option, { key, read }] of Object.entries<Option>(TABLES[kind])) {
    const text = entries.peek(kind, key);
    const value = text === undefined ? undefined : read(text);
    if (value === undefined) continue;
    options[option] = value;
    entries.take(kind, key);
  }
  return options;
}

/** Keys and values of the section. An empty list is none. */
export const optionEntries = (kind: 'bridge' | 'bond', options: object): [string, string][] =>
  Object.entries<Option>(TABLES[kind]).flatMap(([option, { key, write }]): [string, string][] => {
    const value = (options as Record<string, unknown>)[option];
    const none = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
    return none ? [] : [[key, write(value)]];
  });
