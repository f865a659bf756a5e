import type { BondOptions } from './link.ts';

/** By the kernel's number. */
export const BOND_MODES = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
] as const;

const WITH_PRIMARY = ['active-backup', 'balance-tlb', 'balance-alb'];
const NEED_MIIMON = ['802.3ad', 'balance-tlb', 'balance-alb'];

/** Modes that cannot use ARP monitoring, and so have miimon (100 ms by default). */
export const needsMiimon = (mode: string): boolean => NEED_MIIMON.includes(mode);

/** Whether the bond has the MAC of its active port, or of the first, rather than one that can be set. */
export const followsPort = ({ mode, fail_over_mac: failOver }: BondOptions): boolean =>
  mode === 'active-backup' && (failOver === 'active' || failOver === 'follow');

/** Whether each port has the bond's MAC, as far as that is known. */
export const sharesMac = ({ mode, fail_over_mac: failOver }: BondOptions): boolean =>
  typeof mode === 'string' &&
  !['balance-tlb', 'balance-alb'].includes(mode) &&
  (mode !== 'active-backup' || failOver === 'none');

/** Whether the mode has a primary port; the kernel's default mode has none. */
export const hasPrimary = (mode: unknown): boolean => typeof mode === 'string' && WITH_PRIMARY.includes(mode);

/** An option that the mode does not have. */
export function bondModeProblem(
  mode: string,
  options: Readonly<Record<string, unknown>>,
): { option: string; message: string } | undefined {
  const { primary, lacp_rate: lacpRate, arp_interval: arpInterval, arp_validate: validate, miimon } = options;
  if (primary !== undefined && !WITH_PRIMARY.includes(mode)) {
    return { option: 'primary', message: `mode ${mode} has no primary` };
  }
  if (lacpRate !== undefined && mode !== '802.3ad') {
    return { option: 'lacp_rate', message: `lacp_rate is for mode 802.3ad, not ${mode}` };
  }
  if (!needsMiimon(mode)) return undefined;
  if (typeof arpInterval === 'number' && arpInterval > 0) {
    return { option: 'arp_interval', message: `mode ${mode} cannot use ARP monitoring` };
  }
  if (typeof validate === 'string' && validate !== 'none') {
    return { option: 'arp_validate', message: `mode ${mode} cannot use ARP monitoring` };
  }
  return miimon === 0 ? { option: 'miimon', message: `mode ${mode} needs miimon` } : undefined;
}
