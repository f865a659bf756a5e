import { EngineError } from '../../../../engine/errors.ts';
import { BOND_MODES } from '../../bond-mode.ts';
import type { BondOptions, BridgeOptions, VlanOptions } from '../../link.ts';
import { entriesOf, type Section } from './unit.ts';
import { parseBoolean, parseInteger, parseSpan, showBoolean } from './values.ts';

/** How an option is written in a .netdev file, and read; undefined: not one that we know. */
interface Setting {
  readonly key: string;
  read(text: string): unknown;
  write(value: unknown): string;
}

const setting = (
  key: string,
  read: (text: string) => unknown,
  write: (value: never) => string = String,
): Setting => ({ key, read, write: write as Setting['write'] });

const flag = (key: string): Setting => setting(key, parseBoolean, showBoolean);
const integer = (key: string): Setting => setting(key, parseInteger);
const seconds = (key: string): Setting =>
  setting(key, (text) => {
    const ms = parseSpan(text);
    return ms === undefined ? undefined : ms / 1000;
  });
const milliseconds = (key: string): Setting => setting(key, parseSpan, (value: number) => `${value}ms`);
const word = (key: string, words: readonly string[]): Setting =>
  setting(key, (text) => (words.includes(text) ? text : undefined));

const bridge: Readonly<Record<keyof BridgeOptions, Setting>> = {
  stp: flag('STP'),
  forward_delay: seconds('ForwardDelaySec'),
  ageing_time: seconds('AgeingTimeSec'),
  priority: integer('Priority'),
  vlan_filtering: flag('VLANFiltering'),
  group_fwd_mask: integer('GroupForwardMask'),
  mcast_snooping: flag('MulticastSnooping'),
};

const bond: Readonly<Record<Exclude<keyof BondOptions, 'primary' | 'use_carrier'>, Setting>> = {
  mode: word('Mode', BOND_MODES),
  miimon: milliseconds('MIIMonitorSec'),
  updelay: milliseconds('UpDelaySec'),
  downdelay: milliseconds('DownDelaySec'),
  arp_interval: milliseconds('ARPIntervalSec'),
  arp_targets: setting(
    'ARPIPTargets',
    (text) => text.split(/\s+/),
    (targets: readonly string[]) => targets.join(' '),
  ),
  arp_validate: word('ARPValidate', ['none', 'active', 'backup', 'all']),
  lacp_rate: word('LACPTransmitRate', ['slow', 'fast']),
  xmit_hash_policy: word('TransmitHashPolicy', ['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4']),
  fail_over_mac: word('FailOverMACPolicy', ['none', 'active', 'follow']),
};

const vlan: Readonly<Record<keyof VlanOptions, Setting>> = {
  id: integer('Id'),
  protocol: setting('Protocol', (text) => (/^802\.1(q|ad)$/i.test(text) ? text.toLowerCase() : undefined)),
  reorder_hdr: flag('ReorderHeader'),
};

const KINDS = { bridge, bond, vlan } as const;
export const NETDEV_SECTIONS = { bridge: 'Bridge', bond: 'Bond', vlan: 'VLAN' } as const;
export type VirtualKind = keyof typeof KINDS;

export const isVirtual = (kind: string | undefined): kind is VirtualKind =>
  kind !== undefined && Object.hasOwn(KINDS, kind);

/** The options of a kind, and the entries of its section that are none of ours. */
export function readOptions(kind: VirtualKind, sections: readonly Section[]) {
  const table: Readonly<Record<string, Setting>> = KINDS[kind];
  const options: Record<string, unknown> = {};
  const unknown = entriesOf(sections, NETDEV_SECTIONS[kind]).filter(({ key, value }) => {
    const name = Object.keys(table).find((option) => table[option]!.key === key);
    const read = name === undefined ? undefined : table[name]!.read(value);
    if (name !== undefined && read !== undefined) options[name] = read;
    return read === undefined;
  });
  return { options, unknown };
}

/**
 * Lines of the kind's section. A bond's `primary` is its port's to say.
 * @throws EngineError REQUIREMENT for what networkd has no word for
 */
export function optionLines(kind: VirtualKind, options: Readonly<Record<string, unknown>>): string[] {
  if (options.use_carrier === false) throw noSetting('use_carrier: false');
  return Object.entries<Setting>(KINDS[kind]).flatMap(([name, { key, read, write }]) => {
    if (options[name] === undefined) return [];
    const text = write(options[name]);
    if (read(text) === undefined) throw noSetting(`${name}: ${text}`);
    return [`${key}=${text}`];
  });
}

const noSetting = (what: string): EngineError =>
  new EngineError('REQUIREMENT', `systemd-networkd has no setting for ${what}`, {
    hint: 'Leave it out, or use another network_backend',
  });
