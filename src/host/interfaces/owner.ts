import { EngineError } from '../../engine/errors.ts';
import type { Settings, SourceRequest } from '../../engine/module.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import { BACKENDS, type BackendName, type Profile, type Stored } from './profile.ts';
import type { LinkWish } from './wish.ts';

export type Keeper = BackendName | 'iproute2';

/** Of several that configure a host, who is asked first: who writes for the others before those it writes for. */
const PREFERENCE: readonly BackendName[] = [
  'netplan',
  'libvirt',
  'networkmanager',
  'ifcfg',
  'networkd',
  'ifupdown',
];

/** What a task of an interface module must know of a host. */
export function interfaceSources(backend: string | undefined, settings: Settings): readonly SourceRequest[] {
  const chosen = backend ?? settings.networkBackend;
  if (chosen === 'iproute2') return [{ source: 'links' }];
  const uri = chosen === 'libvirt' ? { uri: settings.libvirtUri } : {};
  return [{ source: 'links' }, { source: 'profiles', ...uri }];
}

/**
 * Who keeps the definition of an interface: who is told to, else who has one, else who has those of the links it
 * stands on, else who configures the host. Nobody: iproute2.
 * @throws EngineError REQUIREMENT, PARAM_ENUM
 */
export function keeperOf({ stored }: HostState, wish: LinkWish, settings: Settings): Keeper {
  const told = wish.how?.backend ?? settings.networkBackend;
  if (told === 'iproute2') return told;
  if (told !== undefined) return checkTold(stored, told);
  const active = PREFERENCE.filter((name) => stored.backends[name]?.active);
  const below = [...(wish.ports ?? []), ...(wish.parent === undefined ? [] : [wish.parent])];
  for (const name of [wish.name, ...below]) {
    const definers = own(stored.profiles, name) ?? [];
    const owner = active.find((backend) => definers.some((profile) => profile.backend === backend));
    if (owner) return owner;
  }
  const all = Object.values(stored.profiles).flat();
  return (
    active.find((backend) => all.some((profile) => profile.backend === backend)) ?? active[0] ?? 'iproute2'
  );
}

function checkTold(stored: Stored, told: string): BackendName {
  const name = BACKENDS.find((backend) => backend === told);
  if (!name) {
    throw new EngineError('PARAM_ENUM', `there is no network backend ${told}`, {
      hint: `there are iproute2, ${BACKENDS.join(', ')}`,
    });
  }
  const facts = stored.backends[name];
  if (!facts) {
    const there = BACKENDS.filter((backend) => stored.backends[backend]);
    throw new EngineError('REQUIREMENT', `the host has no ${name}`, {
      hint: there.length === 0 ? 'it has no network backend but iproute2' : `it has ${there.join(', ')}`,
    });
  }
  if (!facts.active) {
    const because = facts.facts.because ?? `${name} is installed on the host, but does not configure it`;
    throw new EngineError('REQUIREMENT', because, {
      hint: 'enable and start its service, or use another backend',
    });
  }
  return name;
}

/** `networkd, in /etc/systemd/network/10-eth1.network:3`; of several files the first line of each. */
export function describeOwner({ backend, at }: Profile): string {
  const first = at.filter((place, index) => at.findIndex(({ file }) => file === place.file) === index);
  if (first.length === 0) return backend;
  return `${backend}, in ${first.map(({ file, line }) => `${file}:${line}`).join(' and ')}`;
}
