import { bondModeProblem } from '../../../../src/host/interfaces/bond-mode.ts';
import type { Profile, StoredFamily6 } from '../../../../src/host/interfaces/profile.ts';

/** Definitions without what NetworkManager has no words for, and with what it always states. */
export const expressible = (all: readonly Profile[]): readonly Profile[] =>
  all.map((profile): Profile => {
    const controller = all.find(({ name }) => name === profile.controller);
    const ipv4 = family(profile.ipv4);
    const ipv6 = family(profile.ipv6);
    const { ipv4: _, ipv6: __, bond, bridge, ...rest } = profile;
    const options = bond && bondOptions({ ...bond });
    return {
      ...rest,
      onboot: profile.onboot ?? controller?.onboot ?? 'onboot',
      ...(bridge && { bridge: { stp: false, forward_delay: 15, ...bridge } }),
      ...(profile.kind === 'bridge' && !bridge && { bridge: { stp: false, forward_delay: 15 } }),
      ...(options && Object.keys(options).length > 0 && { bond: options }),
      ...(ipv4 && { ipv4 }),
      ...(ipv6 && { ipv6 }),
    };
  });

function bondOptions(options: Record<string, unknown>): Record<string, unknown> {
  const mode = String(options.mode ?? 'balance-rr');
  for (let problem = bondModeProblem(mode, options); problem; problem = bondModeProblem(mode, options)) {
    delete options[problem.option];
  }
  if (mode !== 'active-backup') delete options.primary;
  return options;
}

function family(stated: StoredFamily6 | undefined): StoredFamily6 | undefined {
  if (!stated) return undefined;
  const { addresses, gateway, routes, dns, rules, accept_ra: ra, ...rest } = stated;
  const kept = stated.autoconf === false && (ra ?? 0) > 0 ? undefined : ra;
  const numbered = rules?.map((rule, index) => ({ ...rule, priority: rule.priority ?? index + 1 }));
  const has = (addresses ?? []).length > 0 || rest.dhcp || rest.autoconf || (kept ?? 0) > 0;
  const result = {
    ...rest,
    ...(kept !== undefined && { accept_ra: kept }),
    ...(addresses?.length && { addresses }),
    ...(has && gateway !== undefined && { gateway }),
    ...(has && routes?.length && { routes }),
    ...(has && dns && { dns }),
    ...(has && numbered?.length && { rules: numbered }),
  };
  return Object.keys(result).length > 0 ? result : undefined;
}
