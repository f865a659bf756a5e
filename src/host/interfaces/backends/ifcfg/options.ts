import { BOND_VALUES, flag, number, type Spelling } from '../spelling.ts';

/** Options in BONDING_OPTS or BRIDGING_OPTS, by their names in the model. */
type Table = Readonly<Record<string, Spelling & { readonly word: string }>>;

export const BONDING: Table = Object.fromEntries(
  Object.entries(BOND_VALUES).map(([name, spelling]) => [
    name,
    { word: name === 'arp_targets' ? 'arp_ip_target' : name, ...spelling },
  ]),
);

/** NetworkManager counts the ageing time in seconds, the network scripts hand it to sysfs: centiseconds. */
export const bridging = (seconds: boolean): Table => ({
  ageing_time: {
    word: 'ageing_time',
    read: (text) => (/^\d+$/.test(text) ? Number(text) / (seconds ? 1 : 100) : undefined),
    write: (value) => String(Number(value) * (seconds ? 1 : 100)),
  },
  priority: { word: 'priority', ...number },
  vlan_filtering: { word: 'vlan_filtering', ...flag('1', '0') },
  group_fwd_mask: { word: 'group_fwd_mask', ...number },
  mcast_snooping: { word: 'multicast_snooping', ...flag('1', '0') },
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
    const found = Object.entries(table).find(([, option]) => option.word === word);
    const read = found?.[1].read(value);
    if (found && read !== undefined) options[found[0]] = read;
    else extra.push(piece);
  }
  return { options, extra };
}
