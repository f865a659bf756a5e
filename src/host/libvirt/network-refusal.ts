/** Why a change to a network must not be made. */
import { EngineError } from '../../engine/errors.ts';
import type { PlanContext } from '../../engine/module.ts';
import { contains, familyOf } from '../interfaces/address.ts';
import type { Link } from '../interfaces/link.ts';
import type { HostState, StoredXml } from '../state.ts';
import { isL3, type Network, networkTitle } from './network.ts';
import { type NetworkPolicy, networksOf, tapsOf } from './network-goal.ts';
import { attachedGuests, networkAddresses } from './network-links.ts';
import { overlap } from './subnet.ts';

/** Stopping a network that guests are on cuts them off: libvirt would neither warn nor plug them in again. */
export function stopRefusal(
  state: HostState,
  live: StoredXml<Network>,
  context: PlanContext,
  { uri, force }: Pick<NetworkPolicy, 'uri' | 'force'>,
): EngineError | undefined {
  const network = live.model;
  const title = networkTitle(network.name);
  if (carriesConnection(network, context.sshAddress)) {
    return new EngineError(
      'LIFELINE',
      `${title} carries this SSH connection, which goes to ${context.sshAddress}`,
      {
        hint: 'reach the host over another network to change this one',
      },
    );
  }
  const guests = attachedGuests(state.links, live, tapsOf(state, uri));
  if (guests.length === 0 || force) return undefined;
  return new EngineError('REFUSED', `guests are on ${title}: ${guests.join(', ')}`, {
    hint: 'shut them down, move their NICs, or set force: true to cut them off',
  });
}

/** Whether the address that the connection goes to is on the network's own bridge. */
export const carriesConnection = (network: Network, sshAddress: string | undefined): boolean =>
  sshAddress !== undefined && networkAddresses(network).some((cidr) => contains(cidr, sshAddress));

/** What is in the way of starting a network. */
export function startRefusal(
  state: HostState,
  uri: string,
  network: Network,
  context: PlanContext,
): EngineError | undefined {
  if (!isL3(network.forward.mode)) return undefined;
  const title = networkTitle(network.name);
  if (carriesConnection(network, context.sshAddress)) {
    return new EngineError(
      'LIFELINE',
      `the addresses of ${title} cover ${context.sshAddress}, which this SSH connection goes to`,
      {
        hint: 'give the network another subnet',
      },
    );
  }
  const taken = definitionRefusal(state, uri, network);
  if (taken !== undefined) return taken;
  const { name: bridge } = network.bridge ?? {};
  if (typeof bridge === 'string' && Object.hasOwn(state.links, bridge)) {
    return refused(
      `${title} cannot have the bridge ${bridge}: there is a link of that name`,
      'give bridge.name another name',
    );
  }
  for (const cidr of networkAddresses(network)) {
    const other = Object.values(state.links).find((link) =>
      subnetsOf(link).some((subnet) => overlap(cidr, subnet)),
    );
    if (other !== undefined) {
      const message = `${cidr} of ${title} overlaps an address or route of ${other.name}`;
      return refused(message, 'give the network another subnet');
    }
  }
  return undefined;
}

/** What the host reaches through a link. */
const subnetsOf = ({ ipv4, ipv6 }: Link): readonly string[] =>
  [ipv4, ipv6].flatMap(({ addresses, dynamic, routes, learned, gateway }) => [
    ...addresses,
    ...dynamic,
    ...[...routes, ...learned].map(({ to }) => to).filter((to) => to !== 'default'),
    ...(gateway === undefined ? [] : [`${gateway}/${familyOf(gateway) === 'ipv6' ? 128 : 32}`]),
  ]);

/** Another network has what must be unique: the UUID, or the bridge that a network makes for itself. */
export function definitionRefusal(state: HostState, uri: string, network: Network): EngineError | undefined {
  const { uuid, bridge, forward } = network;
  for (const [name, { stored, live }] of Object.entries(networksOf(state, uri))) {
    if (name === network.name) continue;
    const models = [stored, live].flatMap((definition) => definition?.model ?? []);
    if (typeof uuid === 'string' && models.some((model) => model.uuid === uuid)) {
      return refused(
        `${networkTitle(network.name)} cannot have the UUID ${uuid}: ${networkTitle(name)} has it`,
        'leave uuid out',
      );
    }
    const own = isL3(forward.mode) && typeof bridge?.name === 'string';
    if (own && models.some((model) => model.bridge?.name === bridge.name)) {
      const message = `${networkTitle(network.name)} cannot have the bridge ${bridge.name}: ${networkTitle(name)} has it`;
      return refused(message, 'give bridge.name another name');
    }
  }
  return undefined;
}

const refused = (message: string, hint: string): EngineError => new EngineError('REFUSED', message, { hint });
