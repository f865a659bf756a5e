/** Host interfaces as tasks, each after what it stands on. */
import { interfaceNames } from '../facts.ts';
import { portNames } from '../interfaces/compare.ts';
import { type Link, type Links, portsOf } from '../interfaces/link.ts';
import type { Profile, StoredFamily6 } from '../interfaces/profile.ts';
import { own } from '../own.ts';
import type { HostState, LibvirtState } from '../state.ts';
import { type Candidate, type LeftOut, tidy } from './candidate.ts';
import { liveParams, portVlanParams } from './live-params.ts';

const MODULES = { ethernet: 'iface', bond: 'bond', vlan: 'vlan', bridge: 'bridge' } as const;
type Kind = keyof typeof MODULES;

/** Bridges and links that container engines and the like make and manage by themselves. */
const OTHERS_OWN = /^(?:docker|br-[0-9a-f]{12}$|cni|flannel|cali|podman|lxcbr|lxdbr|incusbr|veth|virbr)/;

export function interfaceCandidates(
  state: HostState,
  libvirt: LibvirtState | undefined,
): { readonly tasks: readonly Candidate[]; readonly leftOut: readonly LeftOut[] } {
  const tasks: { depth: number; task: Candidate }[] = [];
  const leftOut: LeftOut[] = [];
  for (const name of interfaceNames(state)) {
    const link = own(state.links, name);
    const profile = definitionOf(state, name);
    const isOurs = profile !== undefined && link?.kind !== 'loopback';
    const reason = link && !isOurs ? reasonAgainst(link, state.links, libvirt) : undefined;
    const kind = profile?.kind ?? kindOf(link);
    if (reason !== undefined || kind === undefined)
      leftOut.push({ name, reason: reason ?? String(link?.kind) });
    else {
      const task = candidate(state, kind, name, link, profile);
      if (task) tasks.push({ depth: depthOf(state, name, new Set()), task });
    }
  }
  return { tasks: tasks.sort((a, b) => a.depth - b.depth).map(({ task }) => task), leftOut };
}

/** The stored definition of a backend that configures the host. */
const definitionOf = ({ stored }: HostState, name: string): Profile | undefined =>
  own(stored.profiles, name)?.find(({ backend }) => stored.backends[backend]?.active);

function kindOf(link: Link | undefined): Kind | undefined {
  const kind = link?.kind === 'veth' ? 'ethernet' : link?.kind;
  return kind !== undefined && Object.hasOwn(MODULES, kind) ? (kind as Kind) : undefined;
}

/** Why a link that nobody has stored is none of ours. */
function reasonAgainst(link: Link, links: Links, libvirt: LibvirtState | undefined): string | undefined {
  const { name, kind } = link;
  if (kind === 'loopback') return 'the loopback';
  const guest = Object.entries(libvirt?.domains ?? {}).find(([, domain]) =>
    domain?.live.some(({ model }) => model.target === name),
  );
  if (guest) return `a NIC of the guest ${guest[0]}`;
  const network = Object.entries(libvirt?.networks ?? {}).find(
    ([, { live }]) => live?.model.bridge?.name === name && live.model.forward.mode !== 'bridge',
  );
  if (network) return `the bridge of the network ${network[0]}`;
  if (OTHERS_OWN.test(name)) return 'made by a container engine or the like';
  if (kindOf(link) === undefined) return `a ${kind} link`;
  const isUsed = link.controller !== undefined || Object.values(links).some((one) => one.parent === name);
  const isAddressed = link.ipv4.addresses.length + link.ipv6.addresses.length > 0;
  if (kind === 'veth' && !isUsed && !isAddressed) return 'one end of a veth pair';
  return undefined;
}

/** How many links it stands on, one upon the other. */
function depthOf(state: HostState, name: string, seen: ReadonlySet<string>): number {
  if (seen.has(name)) return 0;
  const link = own(state.links, name);
  const profile = definitionOf(state, name);
  const parent = link?.parent ?? profile?.parent;
  const ports = [
    ...portsOf(state.links, name).map((port) => port.name),
    ...Object.keys(state.stored.profiles).filter((one) => definitionOf(state, one)?.controller === name),
  ];
  const below = [...ports, ...(parent === undefined ? [] : [parent])];
  const inner = new Set([...seen, name]);
  return below.length === 0 ? 0 : 1 + Math.max(...below.map((one) => depthOf(state, one, inner)));
}

function candidate(
  state: HostState,
  kind: Kind,
  name: string,
  link: Link | undefined,
  profile: Profile | undefined,
): Candidate | undefined {
  const stateWord = link ? (link.up ? undefined : 'inactive') : kind === 'ethernet' ? 'defined' : 'inactive';
  const keeps = Object.values(state.stored.backends).some(({ active }) => active);
  if (kind === 'ethernet' && !profile && !link?.up) return undefined;
  const body = profile ? profileParams(profile) : liveParams(state.links, link!);
  const hasPorts = kind === 'bridge' || kind === 'bond';
  const ports = link ? portNames(state.links, name) : storedPorts(state, profile!);
  const { ipv4, ipv6, ...fields } = body;
  const params = tidy({
    name,
    state: stateWord,
    backend: !profile && keeps ? 'iproute2' : undefined,
    ...fields,
    ...(hasPorts && { ports }),
    ...(kind === 'bridge' &&
      link?.bridge?.vlan_filtering === true && { vlans: portVlanParams(state.links, name) }),
    ipv4,
    ipv6,
  });
  // A port of which there is nothing else to say is in its controller's list
  const bare = Object.keys(params).every((key) => key === 'name' || key === 'backend');
  if (kind === 'ethernet' && bare && (link ?? profile)?.controller !== undefined) return undefined;
  const title = kind === 'ethernet' ? `interface ${name}` : `${kind} ${name}`;
  const needs = kind === 'vlan' ? ['parent', 'id'] : [];
  return { module: MODULES[kind], title, params, needs: ['name', 'state', 'backend', ...needs] };
}

const storedPorts = (state: HostState, { name, backend }: Profile): string[] =>
  Object.values(state.stored.profiles)
    .flat()
    .filter((profile) => profile.controller === name && profile.backend === backend)
    .map((profile) => profile.name);

/** A definition in the words of the parameters; what is usual is left out. */
function profileParams(profile: Profile): Readonly<Record<string, unknown>> {
  const { onboot, mtu, mac, label, uuid, promisc, parent, bridge, bond, vlan, ipv4, ipv6 } = profile;
  const { id, protocol, reorder_hdr: reorder } = vlan ?? {};
  return {
    onboot: onboot === 'onboot' ? undefined : onboot,
    mtu,
    mac,
    label,
    uuid,
    promisc: promisc || undefined,
    parent,
    ...bridge,
    ...bond,
    id,
    protocol: protocol === '802.1q' ? undefined : protocol,
    reorder_hdr: reorder === true ? undefined : reorder,
    ipv4: ipv4 && familyParams(ipv4),
    ipv6: ipv6 && familyParams(ipv6),
  };
}

function familyParams({ dhcp, peerdns, dns, ...rest }: StoredFamily6): Readonly<Record<string, unknown>> {
  const { servers, search } = dns ?? {};
  return tidy({
    dhcp: dhcp ? (peerdns === undefined ? true : { peerdns }) : undefined,
    ...rest,
    dns: search?.length ? tidy({ servers, search }) : servers,
  });
}
