import { BOND_MODES } from '../bond-mode.ts';
import type { BondOptions } from '../link.ts';

/** How a value is written in a configuration file. */
export interface Spelling {
  /** undefined: not understood */
  read(text: string): unknown;
  write(value: unknown): string;
}

export const number: Spelling = {
  read: (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined),
  write: String,
};

/** Understood in every usual way. */
export const flag = (yes: string, no: string): Spelling => ({
  read: (text) =>
    /^(on|yes|true|1)$/i.test(text) ? true : /^(off|no|false|0)$/i.test(text) ? false : undefined,
  write: (value) => (value ? yes : no),
});

/** By name or by the kernel's number. */
const names = (...all: readonly string[]): Spelling => ({
  read: (text) => (/^\d+$/.test(text) ? all[Number(text)] : all.includes(text) ? text : undefined),
  write: String,
});

/** Options of a bond, as the kernel takes them in sysfs. */
export const BOND_VALUES: Readonly<Record<keyof BondOptions, Spelling>> = {
  mode: names(...BOND_MODES),
  primary: { read: (text) => (/^\S+$/.test(text) ? text : undefined), write: String },
  miimon: number,
  updelay: number,
  downdelay: number,
  use_carrier: flag('1', '0'),
  arp_interval: number,
  arp_targets: {
    read: (text) => text.replaceAll('+', '').split(/[\s,]+/),
    write: (value) => (value as readonly string[]).join(','),
  },
  arp_validate: names('none', 'active', 'backup', 'all', 'filter', 'filter_active', 'filter_backup'),
  lacp_rate: names('slow', 'fast'),
  xmit_hash_policy: names('layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac'),
  fail_over_mac: names('none', 'active', 'follow'),
};
