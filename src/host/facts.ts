/** Everything a host has, in the words of the parameters: what is live, and what is stored with where it stands. */
import { interfaceView } from './interfaces/view.ts';
import { attachedLinks } from './libvirt/network-links.ts';
import { stateWord } from './libvirt/network-report.ts';
import type { Nic } from './libvirt/nic.ts';
import { actualNic } from './libvirt/nic-actual.ts';
import { own } from './own.ts';
import type { AgentAddress, DomainState, HostState, Lease, NetworkState } from './state.ts';

export interface HostFacts {
  readonly interfaces: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly guests: Readonly<Record<string, unknown>>;
}

export function hostFacts(state: HostState, uri: string): HostFacts {
  return {
    interfaces: interfacesFacts(state),
    networks: networksFacts(state, uri),
    guests: guestsFacts(state, uri),
  };
}

export const interfacesFacts = (state: HostState): HostFacts['interfaces'] =>
  Object.fromEntries(interfaceNames(state).map((name) => [name, interfaceView(state, name)]));

export const networksFacts = (state: HostState, uri: string): HostFacts['networks'] =>
  Object.fromEntries(
    Object.entries(own(state.libvirt, uri)?.networks ?? {}).map(([name, one]) => [
      name,
      networkFacts(name, one, state, uri),
    ]),
  );

/** Guests by name; only those that are wanted are looked into. */
export const guestsFacts = (
  state: HostState,
  uri: string,
  isWanted: (name: string) => boolean = () => true,
): HostFacts['guests'] =>
  Object.fromEntries(
    Object.entries(own(state.libvirt, uri)?.domains ?? {}).flatMap(([name, domain]) =>
      domain && isWanted(name) ? [[name, guestFacts(name, domain, state, uri)]] : [],
    ),
  );

/** Live interfaces in the kernel's order, then those that are only stored. */
export function interfaceNames({ links, stored }: HostState): readonly string[] {
  const live = Object.values(links).sort((a, b) => Number(a.index) - Number(b.index));
  const only = Object.keys(stored.profiles).filter(
    (name) =>
      !Object.hasOwn(links, name) &&
      stored.profiles[name]?.some(({ backend }) => stored.backends[backend]?.active),
  );
  return [...live.map(({ name }) => name), ...only.sort()];
}

/** Interfaces of a name, or that have a MAC: live, the device's own, or stored. */
export function findInterfaces(state: HostState, key: string): readonly string[] {
  const mac = key.toLowerCase();
  return interfaceNames(state).filter((name) => {
    const link = own(state.links, name);
    const macs = [
      link?.mac,
      link?.permanentMac,
      ...(own(state.stored.profiles, name) ?? []).map((one) => one.mac),
    ];
    return name === key || macs.includes(mac);
  });
}

/** Stored and live, and what is on it now: links of guests' NICs, and addresses it has leased. */
function networkFacts(
  name: string,
  network: NetworkState,
  state: HostState,
  uri: string,
): Record<string, unknown> {
  const { stored, live, autostart } = network;
  const { taps = {}, leases = {} } = own(state.libvirt, uri) ?? {};
  const bridge = (live ?? stored)?.model.bridge?.name;
  return {
    state: stateWord(network),
    active: live !== undefined,
    persistent: stored !== undefined,
    autostart,
    ...(bridge !== undefined && { bridge }),
    ...(live && {
      ports: attachedLinks(state.links, live.model).map((link) => ({ link, ...own(taps, link) })),
      leases: own(leases, name) ?? [],
    }),
    ...(stored && { stored: stored.model }),
    ...(live && { live: live.model }),
  };
}

const guestFacts = (
  name: string,
  domain: DomainState,
  state: HostState,
  uri: string,
): Record<string, unknown> => ({
  state: domain.state,
  persistent: domain.persistent,
  nics: {
    stored: domain.stored.map(({ model }) => model),
    live: domain.live.map(({ model }) => ({
      ...model,
      actual: actualNic(model, state, uri),
      ...filled({
        leases: leasesOf(model, state, uri),
        agent: agentOf(name, model, state, uri).map(({ mac: _, ...address }) => address),
      }),
    })),
  },
});

/** Lists that are not empty. */
const filled = (lists: Readonly<Record<string, readonly unknown[]>>): Record<string, readonly unknown[]> =>
  Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));

/** What its network has leased to a NIC. */
const leasesOf = ({ network = '', mac }: Nic, state: HostState, uri: string): readonly Lease[] =>
  (own(own(state.libvirt, uri)?.leases, network) ?? []).filter((lease) => lease.mac.toLowerCase() === mac);

/** What the guest's agent tells of a NIC. */
const agentOf = (guest: string, { mac }: Nic, state: HostState, uri: string): readonly AgentAddress[] =>
  (own(own(state.libvirt, uri)?.agents, guest) ?? []).filter((found) => found.mac === mac);

/** Addresses of a running guest's NIC, CIDR: as its agent tells, else as leased. */
export function nicAddresses(guest: string, nic: Nic, state: HostState, uri: string): readonly string[] {
  const told = agentOf(guest, nic, state, uri).map(({ address }) => address);
  return told.length > 0 ? told : leasesOf(nic, state, uri).map(({ address }) => address);
}
