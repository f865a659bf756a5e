/** libvirt's networks and the NICs of guests as tasks. */
import { isDeepStrictEqual } from 'node:util';
import { isUnknown } from '../../engine/unknown.ts';
import type { Nic } from '../libvirt/nic.ts';
import { findNic, isGeneratedTarget } from '../libvirt/nic-identity.ts';
import type { Network } from '../libvirt/network.ts';
import type { DomainState, LibvirtState, NetworkState } from '../state.ts';
import { type Candidate, type LeftOut, tidy } from './candidate.ts';

export function libvirtCandidates({ networks, domains }: LibvirtState): {
  readonly tasks: readonly Candidate[];
  readonly leftOut: readonly LeftOut[];
} {
  const transient = Object.entries(networks).filter(([, { stored }]) => stored === undefined);
  const nics = Object.entries(domains).flatMap(([name, domain]) =>
    domain ? nicCandidates(name, domain) : [],
  );
  return {
    tasks: [...Object.entries(networks).flatMap(networkCandidate), ...nics],
    leftOut: transient.map(([name]) => ({
      name: `network ${name}`,
      reason: 'not stored, gone when it stops',
    })),
  };
}

function networkCandidate([name, { stored, live, autostart }]: [string, NetworkState]): Candidate[] {
  if (!stored) return [];
  const params = tidy({
    name,
    state: live ? undefined : 'inactive',
    autostart: autostart || undefined,
    ...(networkParams(stored.model) as object),
  });
  return [{ module: 'network', title: `network ${name}`, params, needs: ['name', 'state', 'forward'] }];
}

/** A network without its identity, and without what libvirt fills in by itself. */
function networkParams({ name: _, uuid: __, mac: ___, forward, ...rest }: Network): unknown {
  const { dev, interfaces = [], ...others } = forward;
  // libvirt tells the first of a pool as the device too, and a device as a pool of one
  const devices = interfaces.length > 1 ? { interfaces } : { dev: dev ?? interfaces[0] };
  return withoutDefaults({ ...rest, forward: tidy({ ...others, ...devices }) });
}

/** Values that libvirt gives a network that does not say otherwise; of other switches that is false. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  stp: true,
  delay: 0,
  mac_table_manager: 'kernel',
  enable: true,
  forward_plain_names: true,
  ports: { start: 1024, end: 65_535 },
};

function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null || isUnknown(value)) return value;
  const kept = Object.entries(value).flatMap(([key, item]): [string, unknown][] =>
    isDeepStrictEqual(item, DEFAULTS[key] ?? false) ? [] : [[key, withoutDefaults(item)]],
  );
  return tidy(Object.fromEntries(kept));
}

/** NICs of the stored definition; of a transient guest, those it has. */
function nicCandidates(domain: string, state: DomainState): Candidate[] {
  const running = state.state !== 'shut off';
  const all = state.persistent ? state.stored : state.live;
  return all.map(({ model }) => {
    const plugged = findNic(state, 'live', model.mac) !== undefined;
    const params = tidy({
      domain,
      mac: model.mac,
      state: state.persistent && running && !plugged ? 'defined' : undefined,
      scope: state.persistent ? undefined : 'live',
      ...nicParams(model),
    });
    return {
      module: 'domain-nic',
      title: `NIC ${model.mac} of ${domain}`,
      params,
      needs: ['domain', 'mac', 'state', 'scope', 'type', 'network', 'bridge', 'dev'],
    };
  });
}

/** A NIC without what libvirt gives by itself. */
function nicParams({ mac: _, address: __, alias, target, link, ...rest }: Nic): Partial<Nic> {
  return {
    ...rest,
    ...(typeof alias === 'string' && alias.startsWith('ua-') && { alias }),
    ...(typeof target === 'string' && !isGeneratedTarget(target) && { target }),
    ...(link === 'down' && { link }),
  };
}
