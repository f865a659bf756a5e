import { BOND_MODES } from '../../bond-mode.ts';
import type { BondOptions, BridgeOptions } from '../../link.ts';

/** How interfaces(5), bridge-utils-interfaces(5) and ifenslave spell an option of the model. */
interface Spelling {
  readonly key: string;
  /** undefined: not understood */
  read(text: string): unknown;
  write(value: unknown): string;
}

const number: Pick<Spelling, 'read' | 'write'> = {
  read: (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined),
  write: String,
};
const flag = (yes: string, no: string): Pick<Spelling, 'read' | 'write'> => ({
  read: (text) =>
    ['on', 'yes', '1', 'true'].includes(text)
      ? true
      : ['off', 'no', '0', 'false'].includes(text)
        ? false
        : undefined,
  write: (value) => (value ? yes : no),
});
/** By name or by the kernel's number. */
const names = (all: readonly string[]): Pick<Spelling, 'read' | 'write'> => ({
  read: (text) => (/^\d+$/.test(text) ? all[Number(text)] : all.includes(text) ? text : undefined),
  write: String,
});
const word: Pick<Spelling, 'read' | 'write'> = {
  read: (text) => (/^\S+$/.test(text) ? text : undefined),
  write: String,
};

const onOff = flag('on', 'off');

export const BRIDGE_SPELLING: Readonly<Partial<Record<keyof BridgeOptions, Spelling>>> = {
  stp: { key: 'bridge_stp', ...onOff },
  forward_delay: { key: 'bridge_fd', ...number },
  ageing_time: { key: 'bridge_ageing', ...number },
  priority: { key: 'bridge_bridgeprio', ...number },
  vlan_filtering: { key: 'bridge_vlan_aware', ...flag('yes', 'no') },
};

export const BOND_SPELLING: Readonly<Record<keyof BondOptions, Spelling>> = {
  mode: { key: 'bond-mode', ...names(BOND_MODES) },
  primary: { key: 'bond-primary', ...word },
  miimon: { key: 'bond-miimon', ...number },
  updelay: { key: 'bond-updelay', ...number },
  downdelay: { key: 'bond-downdelay', ...number },
  use_carrier: { key: 'bond-use-carrier', ...flag('1', '0') },
  arp_interval: { key: 'bond-arp-interval', ...number },
  arp_targets: {
    key: 'bond-arp-ip-target',
    read: (text) => text.split(/[\s,]+/),
    write: (value) => (value as readonly string[]).join(' '),
  },
  arp_validate: {
    key: 'bond-arp-validate',
    ...names(['none', 'active', 'backup', 'all', 'filter', 'filter_active', 'filter_backup']),
  },
  lacp_rate: { key: 'bond-lacp-rate', ...names(['slow', 'fast']) },
  xmit_hash_policy: {
    key: 'bond-xmit-hash-policy',
    ...names(['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac']),
  },
  fail_over_mac: { key: 'bond-fail-over-mac', ...names(['none', 'active', 'follow']) },
};

/** Both spellings of an option's name are one: `bridge_ports`, `bridge-ports`. */
export const plainKey = (key: string): string => key.replaceAll('_', '-');

/** Lines `KEY VALUE` for the options that a table knows. */
export const spellOptions = (
  table: Readonly<Partial<Record<string, Spelling>>>,
  options: Readonly<Record<string, unknown>>,
): string[] =>
  Object.entries(table).flatMap(([name, spelling]) =>
    !spelling || options[name] === undefined || isEmptyList(options[name])
      ? []
      : [`${spelling.key} ${spelling.write(options[name])}`],
  );

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** The option of a table that a line sets; undefined where there is none, or its value is not understood. */
export function readOption(
  table: Readonly<Partial<Record<string, Spelling>>>,
  key: string,
  text: string,
): readonly [name: string, value: unknown] | undefined {
  const found = Object.entries(table).find(([, spelling]) => spelling && plainKey(spelling.key) === key);
  const value = found?.[1]?.read(text);
  return found && value !== undefined ? [found[0], value] : undefined;
}
