import { EngineError } from '../../../../engine/errors.ts';
import { BOND_MODES } from '../../bond-mode.ts';
import { parseInteger, parseBoolean } from '../networkd/values.ts';
import { isList, type Mapping, textsOf, type Value } from './definitions.ts';

/** An option of a kind: netplan's key and notation. */
interface Setting {
  readonly key: string;
  /** undefined: not understood */
  read(value: Value): unknown;
  write(value: unknown): Value;
}

const text = (
  key: string,
  read: (value: string) => unknown,
  write: (value: never) => Value = String,
): Setting => ({
  key,
  read: (value) => (typeof value === 'string' ? read(value) : undefined),
  write: write as Setting['write'],
});
const flag = (key: string): Setting => text(key, parseBoolean);
const integer = (key: string): Setting => text(key, (value) => parseInteger(value));
const word = (key: string, words: readonly string[]): Setting =>
  text(key, (value) => (words.includes(value) ? value : undefined));

/** Times of bonds are in ms and those of bridges in s where no unit is said. */
const time = (key: string, unit: 'ms' | 's'): Setting =>
  text(key, (value) => {
    const [, number, suffix = unit] = /^(\d+)(ms|s)?$/.exec(value) ?? [];
    if (number === undefined) return undefined;
    const ms = Number(number) * (suffix === 's' ? 1000 : 1);
    return unit === 's' ? ms / 1000 : ms;
  });

/** Under `parameters`, but for those of a VLAN, which are the device's own. */
const TABLES: Readonly<Record<'bridge' | 'bond' | 'vlan', Readonly<Record<string, Setting>>>> = {
  bridge: {
    stp: flag('stp'),
    forward_delay: time('forward-delay', 's'),
    ageing_time: time('ageing-time', 's'),
    priority: integer('priority'),
  },
  bond: {
    mode: word('mode', BOND_MODES),
    primary: text('primary', (value) => value),
    miimon: time('mii-monitor-interval', 'ms'),
    updelay: time('up-delay', 'ms'),
    downdelay: time('down-delay', 'ms'),
    arp_interval: time('arp-interval', 'ms'),
    arp_targets: {
      key: 'arp-ip-targets',
      read: (value) => (isList(value) ? textsOf(value) : undefined),
      write: (value) => [...(value as readonly string[])],
    },
    arp_validate: word('arp-validate', ['none', 'active', 'backup', 'all']),
    lacp_rate: word('lacp-rate', ['slow', 'fast']),
    xmit_hash_policy: word('transmit-hash-policy', [
      'layer2',
      'layer3+4',
      'layer2+3',
      'encap2+3',
      'encap3+4',
    ]),
    fail_over_mac: word('fail-over-mac-policy', ['none', 'active', 'follow']),
  },
  vlan: { id: integer('id') },
};

/** What netplan has no word for, but is what one gets without: kept in a comment. */
export const USUAL: Readonly<Record<string, unknown>> = {
  use_carrier: true,
  protocol: '802.1q',
  reorder_hdr: true,
  vlan_filtering: false,
  mcast_snooping: true,
  group_fwd_mask: 0,
};

export function readOptions(kind: 'bridge' | 'bond' | 'vlan', value: Mapping) {
  const options: Record<string, unknown> = {};
  const unknown: [key: string, value: Value][] = [];
  for (const [key, item] of Object.entries(value)) {
    const name = Object.keys(TABLES[kind]).find((option) => TABLES[kind][option]!.key === key);
    const read = name === undefined ? undefined : TABLES[kind][name]!.read(item);
    if (name !== undefined && read !== undefined) options[name] = read;
    else unknown.push([key, item]);
  }
  return { options, unknown };
}

/**
 * The options in netplan's words, and those that are kept in a comment.
 * @throws EngineError REQUIREMENT for what netplan has no word for
 */
export function writeOptions(kind: 'bridge' | 'bond' | 'vlan', options: Readonly<Record<string, unknown>>) {
  const parameters: Record<string, Value> = {};
  const notes: Record<string, string> = {};
  for (const [name, { key, read, write }] of Object.entries(TABLES[kind])) {
    if (options[name] === undefined) continue;
    const value = write(options[name]);
    if (read(value) === undefined) throw noWord(`${name}: ${String(value)}`);
    parameters[key] = value;
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(TABLES[kind], name)) continue;
    if (USUAL[name] !== value) throw noWord(`${name}: ${String(value)}`);
    notes[name] = String(value);
  }
  return { parameters, notes };
}

export const noWord = (what: string): EngineError =>
  new EngineError('REQUIREMENT', `netplan has no setting for ${what}`, {
    hint: 'Leave it out, or use the backend that netplan writes for',
  });
