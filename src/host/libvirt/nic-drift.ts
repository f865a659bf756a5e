import type { FieldDiff } from '../../engine/module.ts';
import type { HostState } from '../state.ts';
import { actualNic } from './nic-actual.ts';
import { configuredModel } from './nic-form.ts';
import type { NicPolicy } from './nic-goal.ts';
import { effectiveNic } from './nic-plug.ts';
import { type Nic, nicTitle } from './nic.ts';

/**
 * A live NIC that is not on the bridge where its configuration puts it: its network came back with another one, which
 * libvirt puts right by an update, or its tap was left behind when the bridge was made anew, which libvirt does not
 * notice (LIBVIRT.md 2.6).
 */
export interface Drift {
  readonly bridge: string;
  /** The tap to put there; undefined: libvirt does it */
  readonly tap: string | undefined;
  readonly diff: FieldDiff;
}

/** Undefined: it is where it ought to be, or that cannot be told. Only looked at where the task states a source. */
export function driftOf(state: HostState, policy: NicPolicy, live: Nic): Drift | undefined {
  const { uri, domain, mac, want } = policy;
  if (want.type === undefined || live.bridge === undefined) return undefined;
  const { bridge } = effectiveNic(state, uri, configuredModel(live));
  const { bridge: actual, target } = actualNic(live, state, uri);
  if (typeof bridge !== 'string' || bridge === actual) return undefined;
  const diff = { object: nicTitle(domain, mac ?? ''), field: 'actual.bridge', want: bridge, live: actual };
  if (live.bridge !== bridge) return { bridge, tap: undefined, diff };
  return typeof target === 'string' ? { bridge, tap: target, diff } : undefined;
}
