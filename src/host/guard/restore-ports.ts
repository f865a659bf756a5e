import type { Step } from '../../engine/module.ts';
import type { Link, Links } from '../interfaces/link.ts';
import { vlanOperations } from '../interfaces/port-vlans.ts';
import { own } from '../own.ts';
import { text } from './restore-options.ts';

const kindOf = (links: Links, name: string | undefined): string | undefined => own(links, name ?? '')?.kind;

/** Values for the script JOIN. */
export function joining(before: Links, { name, controller = '', mac, permanentMac }: Link): string[] {
  const kind = kindOf(before, controller);
  if (kind === undefined) return [];
  return [name, controller, kind === 'bond' ? kind : 'other', text(permanentMac ?? mac)];
}

/** Guests that are isolated from each other must stay so. In the order of the script, with what the kernel has. */
const PORT_FLAGS = Object.entries({
  ...{ hairpin: false, guard: false, root_block: false, fastleave: false },
  ...{ learning: true, flood: true, mcast_flood: true, isolated: false },
});

const onOff = (value: boolean): string => (value ? 'on' : 'off');

/** Values for the script PORT_FLAGS: of ports of bridges. */
export const portFlags = (before: Links, { name, controller, portFlags: have = {} }: Link): string[] =>
  kindOf(before, controller) === 'bridge'
    ? [name, ...PORT_FLAGS.map(([flag, usual]) => onOff(have[flag] ?? usual))]
    : [];

/** Those that not every kernel has. */
export function portFlagStep({ name, portFlags: have = {} }: Link): Step[] {
  const rare = Object.entries(have).filter(([flag]) => !PORT_FLAGS.some(([other]) => other === flag));
  if (rare.length === 0) return [];
  const words = rare.flatMap(([flag, on]) => [flag, onOff(on)]);
  const argv = ['ip', 'link', 'set', 'dev', name, 'type', 'bridge_slave', ...words];
  return [{ title: `put back port options of ${name}`, argv }];
}

const ALL_VLANS = Array.from({ length: 4094 }, (_, index) => index + 1);

/**
 * Values for the script VLAN_TABLES. All other VLANs go, which nobody notices where there are none, and those that were there are set. An empty table is
 * read as none at all, as long as the host has tables.
 */
export function vlanEntries(before: Links, given: Link): string[] {
  const hasTable = given.kind === 'bridge' || kindOf(before, given.controller) === 'bridge';
  const empty = hasTable && Object.values(before).some(({ vlans }) => vlans !== undefined);
  const link = empty ? { vlans: { tagged: [], untagged: [] }, ...given } : given;
  const from = (tagged: readonly number[]): Link => ({ ...link, vlans: { tagged, untagged: [] } });
  const gone = vlanOperations(link, from(ALL_VLANS)).filter(({ op }) => op === 'delete-vlans');
  return [...gone, ...vlanOperations(link, from([]))].flatMap((entry) => [
    entry.op === 'set-vlans' ? 'add' : 'del',
    entry.link,
    entry.first === entry.last ? String(entry.first) : `${entry.first}-${entry.last}`,
    entry.self ? 'self' : '',
    entry.op === 'set-vlans' && entry.pvid ? 'pvid' : '',
    entry.op === 'set-vlans' && entry.untagged ? 'untagged' : '',
  ]);
}
