import { BOND_MODES } from '../../bond-mode.ts';

/** How an option is spelt in BONDING_OPTS or BRIDGING_OPTS, which are the kernel's names in sysfs. */
interface Spelling {
  readonly word: string;
  /** undefined: not understood */
  read(text: string): unknown;
  write(value: unknown): string;
}

const number: Pick<Spelling, 'read' | 'write'> = {
  read: (text) => (/^\d+$/.test(text) ? Number(text) : undefined),
  write: String,
};
const flag: Pick<Spelling, 'read' | 'write'> = {
  read: (text) => (text === '1' ? true : text === '0' ? false : undefined),
  write: (value) => (value ? '1' : '0'),
};
/** By name or by the kernel's number. */
const names = (all: readonly string[]): Pick<Spelling, 'read' | 'write'> => ({
  read: (text) => (/^\d+$/.test(text) ? all[Number(text)] : all.includes(text) ? text : undefined),
  write: String,
});
type Table = Readonly<Record<string, Spelling>>;

export const BONDING: Table = {
  mode: { word: 'mode', ...names(BOND_MODES) },
  primary: { word: 'primary', read: (text) => text, write: String },
  miimon: { word: 'miimon', ...number },
  updelay: { word: 'updelay', ...number },
  downdelay: { word: 'downdelay', ...number },
  use_carrier: { word: 'use_carrier', ...flag },
  arp_interval: { word: 'arp_interval', ...number },
  arp_targets: {
    word: 'arp_ip_target',
    read: (text) => text.replaceAll('+', '').split(','),
    write: (value) => (value as readonly string[]).join(','),
  },
  arp_validate: {
    word: 'arp_validate',
    ...names(['none', 'active', 'backup', 'all', 'filter', 'filter_active', 'filter_backup']),
  },
  lacp_rate: { word: 'lacp_rate', ...names(['slow', 'fast']) },
  xmit_hash_policy: {
    word: 'xmit_hash_policy',
    ...names(['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac']),
  },
  fail_over_mac: { word: 'fail_over_mac', ...names(['none', 'active', 'follow']) },
};

/** NetworkManager counts the ageing time in seconds, the network scripts hand it to sysfs: centiseconds. */
export const bridging = (seconds: boolean): Table => ({
  ageing_time: {
    word: 'ageing_time',
    read: (text) => (/^\d+$/.test(text) ? Number(text) / (seconds ? 1 : 100) : undefined),
    write: (value) => String(Number(value) * (seconds ? 1 : 100)),
  },
  priority: { word: 'priority', ...number },
  vlan_filtering: { word: 'vlan_filtering', ...flag },
  group_fwd_mask: { word: 'group_fwd_mask', ...number },
  mcast_snooping: { word: 'multicast_snooping', ...flag },
});

/** `WORD=value …` for the options, then what else was there. */
export const spell = (
  table: Table,
  options: Readonly<Record<string, unknown>>,
  extra: readonly string[],
): string =>
  [
    ...Object.entries(table).flatMap(([name, { word, write }]) =>
      options[name] === undefined ? [] : [`${word}=${write(options[name])}`],
    ),
    ...extra,
  ].join(' ');

export function readOptions(
  table: Table,
  text: string,
): { options: Record<string, unknown>; extra: string[] } {
  const options: Record<string, unknown> = {};
  const extra: string[] = [];
  for (const piece of text.split(/\s+/).filter(Boolean)) {
    const [word = '', value = ''] = piece.split('=');
    const found = Object.entries(table).find(([, spelling]) => spelling.word === word);
    const read = found?.[1].read(value);
    if (found && read !== undefined) options[found[0]] = read;
    else extra.push(piece);
  }
  return { options, extra };
}
