import { isDeepStrictEqual } from 'node:util';
import type { FieldDiff } from '../../engine/module.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import { actualNic } from './nic-actual.ts';
import { configuredModel, inheritedFields, saysNothing } from './nic-form.ts';
import type { NicPolicy } from './nic-goal.ts';
import { effectiveNic, poolOf } from './nic-plug.ts';
import { type Nic, type NicFields, nicTitle } from './nic.ts';
import { atLeast } from './virsh.ts';

/**
 * A live NIC that does not use what its configuration, its network and its portgroup say now (LIBVIRT.md 3.6): its
 * network came back with another bridge or device, its portgroup has other limits, or its tap was left behind when the
 * bridge was made anew, which libvirt does not notice (2.6).
 */
export interface Drift {
  /** tap: it is put back on its bridge. update: libvirt puts it right in place. replug: only plugging it anew does */
  readonly how: 'tap' | 'update' | 'replug';
  /** Bridge where it ought to be */
  readonly bridge: string | undefined;
  readonly tap: string | undefined;
  readonly diffs: readonly FieldDiff[];
}

/**
 * Undefined: it uses what it ought to, or that cannot be told. Only looked at where the task states a source. Of
 * settings that a network can give, those are compared that neither the stored NIC nor the task has of its own.
 */
export function driftOf(
  state: HostState,
  policy: NicPolicy,
  live: Nic,
  stored: Nic | undefined,
): Drift | undefined {
  const { uri, want } = policy;
  if (want.type === undefined) return undefined;
  const { type, network } = configuredModel(live);
  if (type === 'network' && own(own(state.libvirt, uri)?.networks, network ?? '')?.live === undefined)
    return undefined;
  const wished = effectiveNic(state, uri, ownSettings(live, stored, want));
  const diffs = [...placeDiffs(state, policy, live, wished), ...settingDiffs(policy, live, stored, wished)];
  if (diffs.length === 0) return undefined;
  const bridge = typeof wished.bridge === 'string' ? wished.bridge : undefined;
  const isBridged = live.bridge !== undefined && bridge !== undefined;
  const leftBehind =
    isBridged && live.bridge === bridge && diffs.every(({ field }) => field === 'actual.bridge');
  const tap = leftBehind && typeof live.target === 'string' ? live.target : undefined;
  if (leftBehind && tap === undefined) return undefined;
  const how =
    tap !== undefined ? 'tap' : isBridged && canUpdate(state, uri, wished, diffs) ? 'update' : 'replug';
  return { how, bridge, tap, diffs };
}

/** The NIC as it is configured, with nothing in it that it may have from its network. */
function ownSettings(live: Nic, stored: Nic | undefined, want: NicFields): Nic {
  const config = configuredModel(live);
  if (config.type !== 'network' || stored === undefined) return config;
  const mine = Object.fromEntries(
    inheritedFields.flatMap((field) => {
      const value = want[field] ?? stored[field];
      return saysNothing(value) ? [] : [[field, value]];
    }),
  );
  const kept = Object.entries(config).filter(
    ([field]) => !(inheritedFields as readonly string[]).includes(field),
  );
  return { ...(Object.fromEntries(kept) as unknown as Nic), ...mine };
}

/** Where it is plugged in: the kind of plug, bridge, device and mode. */
function placeDiffs(state: HostState, policy: NicPolicy, live: Nic, wished: Nic): FieldDiff[] {
  const { uri } = policy;
  const { bridge } = actualNic(live, state, uri);
  const found: FieldDiff[] = [];
  if (wished.type !== live.type) found.push(diff(policy, 'type', wished.type, live.type));
  if (typeof wished.bridge === 'string' && wished.bridge !== bridge)
    found.push(diff(policy, 'bridge', wished.bridge, bridge));
  if (wished.type !== 'direct' || live.type !== 'direct' || live.network === undefined) return found;
  const pool = poolOf(state, uri, live.network);
  if (typeof live.dev === 'string' && !pool.includes(live.dev))
    found.push(diff(policy, 'device', pool.length === 1 ? pool[0] : pool, live.dev));
  if (wished.mode !== live.mode) found.push(diff(policy, 'mode', wished.mode, live.mode));
  return found;
}

/** Settings that it has, or would have now, from its network or portgroup. */
function settingDiffs(policy: NicPolicy, live: Nic, stored: Nic | undefined, wished: Nic): FieldDiff[] {
  if (live.network === undefined || stored === undefined) return [];
  return inheritedFields.flatMap((field) => {
    if (!saysNothing(policy.want[field] ?? stored[field])) return [];
    const [to, from] = [wished[field], live[field]];
    return sameSetting(to, from) ? [] : [diff(policy, field, to ?? null, from ?? null)];
  });
}

/** Ids that libvirt makes up are no difference. */
function sameSetting(wished: unknown, live: unknown): boolean {
  if (saysNothing(wished) || saysNothing(live)) return saysNothing(wished) && saysNothing(live);
  if (isDeepStrictEqual(wished, live)) return true;
  if (typeof wished !== 'object' || typeof live !== 'object') return false;
  const made = { ...(live as Record<string, unknown>) };
  for (const id of ['instanceid', 'interfaceid']) {
    if (!Object.hasOwn(wished as object, id)) delete made[id];
  }
  return isDeepStrictEqual(wished, made);
}

/** VLANs of Linux bridges come with libvirt 11; with an older one even a new plug has none. */
const canUpdate = (state: HostState, uri: string, wished: Nic, diffs: readonly FieldDiff[]): boolean =>
  !diffs.some(({ field }) => field === 'actual.vlan') ||
  wished.virtualport?.type === 'openvswitch' ||
  atLeast(own(state.libvirt, uri)?.version ?? '', 11, 0);

const diff = ({ domain, mac }: NicPolicy, field: string, want: unknown, live: unknown): FieldDiff => ({
  object: nicTitle(domain, mac ?? ''),
  field: `actual.${field}`,
  want,
  live,
});
