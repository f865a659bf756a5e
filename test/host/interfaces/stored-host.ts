/** Hosts with definitions, for pure tests. */
import type { Link } from '../../../src/host/interfaces/link.ts';
import type { BackendName, Profile } from '../../../src/host/interfaces/profile.ts';
import { emptyState, type HostState } from '../../../src/host/state.ts';

const NO_ADDRESSING = { addresses: [], dynamic: [], linkLocal: [], routes: [], learned: [] };
export const link = (name: string, fields: Partial<Link> = {}): Link => ({
  name,
  kind: 'ethernet',
  index: 1,
  up: true,
  mac: '02:00:00:00:00:01',
  mtu: 1500,
  promisc: false,
  ipv4: NO_ADDRESSING,
  ipv6: NO_ADDRESSING,
  ...fields,
});

export const profile = (name: string, backend: BackendName, fields: Partial<Profile> = {}): Profile => ({
  name,
  kind: 'ethernet',
  backend,
  at: [{ file: `/etc/${backend}/${name}`, line: 3 }],
  ours: true,
  ...fields,
});

export function hostWith(
  active: readonly BackendName[],
  profiles: readonly Profile[],
  links: readonly Link[],
): HostState {
  const byName: Record<string, Profile[]> = {};
  for (const one of profiles) byName[one.name] = [...(byName[one.name] ?? []), one];
  return {
    ...emptyState,
    links: Object.fromEntries(links.map((one) => [one.name, one])),
    stored: {
      backends: Object.fromEntries(active.map((name) => [name, { active: true, facts: { active: 'yes' } }])),
      files: {},
      profiles: byName,
    },
  };
}
