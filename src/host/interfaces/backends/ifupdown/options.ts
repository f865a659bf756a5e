import type { BridgeOptions } from '../../link.ts';
import { BOND_VALUES, flag, number, type Spelling } from '../spelling.ts';

/** How interfaces(5), bridge-utils-interfaces(5) and ifenslave spell an option of the model. */
interface Option extends Spelling {
  readonly key: string;
}
type Table = Readonly<Partial<Record<string, Option>>>;

export const BRIDGE_OPTIONS: Readonly<Partial<Record<keyof BridgeOptions, Option>>> = {
  stp: { key: 'bridge_stp', ...flag('on', 'off') },
  forward_delay: { key: 'bridge_fd', ...number },
  ageing_time: { key: 'bridge_ageing', ...number },
  priority: { key: 'bridge_bridgeprio', ...number },
  vlan_filtering: { key: 'bridge_vlan_aware', ...flag('yes', 'no') },
};

export const BOND_OPTIONS: Table = {
  ...Object.fromEntries(
    Object.entries(BOND_VALUES).map(([name, spelling]) => [
      name,
      { key: `bond-${name.replaceAll('_', '-')}`, ...spelling },
    ]),
  ),
  arp_targets: {
    ...BOND_VALUES.arp_targets,
    key: 'bond-arp-ip-target',
    write: (value) => (value as readonly string[]).join(' '),
  },
};

/** Both spellings of an option's name are one: `bridge_ports`, `bridge-ports`. */
export const plainKey = (key: string): string => key.replaceAll('_', '-');

/** Lines `KEY VALUE` for the options that a table knows. */
export const spellOptions = (table: Table, options: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(table).flatMap(([name, option]) =>
    !option || options[name] === undefined || isEmptyList(options[name])
      ? []
      : [`${option.key} ${option.write(options[name])}`],
  );

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** The option of a table that a line sets; undefined where there is none, or its value is not understood. */
export function readOption(
  table: Table,
  key: string,
  text: string,
): readonly [name: string, value: unknown] | undefined {
  const found = Object.entries(table).find(([, option]) => option && plainKey(option.key) === key);
  const value = found?.[1]?.read(text);
  return found && value !== undefined ? [found[0], value] : undefined;
}
