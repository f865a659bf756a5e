import type { Step } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';
import { optionWords } from '../interfaces/backends/iproute2/options.ts';
import { needsMiimon } from '../interfaces/bond-mode.ts';
import type { BridgeOptions, Link } from '../interfaces/link.ts';

/** Values for the script BOND_MODES. */
export const bondMode = ({ name, bond = {} }: Link): string[] =>
  typeof bond.mode === 'string'
    ? [name, bond.mode, text(bond.fail_over_mac) || 'none', text(bond.lacp_rate) || 'slow']
    : [];

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Options of its kind, each a command of its own where the kernel may refuse one for what another is. */
export function optionSteps(link: Link): Step[] {
  const { name, kind, bridge, bond, vlan } = link;
  const set = (options: Readonly<Record<string, unknown>>): Step[] => {
    const known = Object.entries(options).filter(([, value]) => value !== undefined && !isUnknown(value));
    if (known.length === 0) return [];
    const words = optionWords(kind, Object.fromEntries(known));
    return [
      {
        title: `put back ${known.map(([option]) => option).join(', ')} of ${name}`,
        argv: [...['ip', 'link', 'set', 'dev', name, 'type', kind], ...words],
      },
    ];
  };
  if (bridge) {
    const { stp, ageing_time, ...others } = bridge;
    const rest = ages(bridge) ? { ...others, ageing_time } : others;
    // The kernel takes a forward delay of less than two seconds only while STP is off
    return stp === true ? [...set(rest), ...set({ stp })] : [...set({ stp }), ...set(rest)];
  }
  if (bond) {
    const { miimon, updelay, downdelay, use_carrier, xmit_hash_policy } = bond;
    const { arp_interval, arp_targets, arp_validate } = bond;
    // Either monitor turns the other off
    const mii = miimon === 0 ? set({ miimon }) : set({ miimon, updelay, downdelay });
    const arp = needsMiimon(text(bond.mode)) ? [] : [...set({ arp_interval }), ...set({ arp_validate })];
    return [...mii, ...set({ arp_targets }), ...arp, ...set({ use_carrier }), ...set({ xmit_hash_policy })];
  }
  return vlan ? set({ reorder_hdr: vlan.reorder_hdr }) : [];
}

/** Under STP the kernel shows twice the forward delay for a while after each change of the topology: not what was set. */
export const ages = ({ stp, ageing_time, forward_delay }: BridgeOptions): boolean =>
  stp !== true || Number(ageing_time) !== 2 * Number(forward_delay);

const SET_PRIMARY = `file=/sys/class/net/$1/bonding/primary
read -r have <"$file"
[ "$have" = "$2" ] || printf '%s\\n' "$2" >"$file"`;

/** Only these modes have one. Once its ports are there. */
export function primaryStep({ name, bond = {} }: Link): Step[] {
  if (!['active-backup', 'balance-tlb', 'balance-alb'].includes(text(bond.mode))) return [];
  const argv = ['sh', '-c', SET_PRIMARY, 'sh', name, text(bond.primary)];
  return [{ title: `put back the primary of ${name}`, argv }];
}
