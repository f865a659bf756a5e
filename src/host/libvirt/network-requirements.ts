/** What must hold for a network on the host that was found, before anything is planned. */
import { EngineError } from '../../engine/errors.ts';
import type { NetworkState } from '../state.ts';
import { type Network, type NetworkFields, networkTitle } from './network.ts';
import { networkProblems } from './network-check.ts';
import { sameValue, valueAt } from './network-diff.ts';
import { atLeast } from './virsh.ts';

/** Since which version of libvirt there is a field. */
const since: readonly (readonly [string, readonly [number, number]])[] = [
  ['dnsmasq_options', [5, 6]],
  ['port_isolated', [6, 1]],
  ['forward.nat.ipv6', [6, 5]],
  ['title', [9, 7]],
  ['description', [9, 7]],
  ['forward.driver.model', [10, 0]],
  ['domain.register', [10, 1]],
];

/** @throws EngineError REQUIREMENT when the host's libvirt is too old for a field */
export function requireVersion(version: string, fields: NetworkFields): void {
  for (const [field, [major, minor]] of since) {
    if (valueAt(fields, field.split('.')) === undefined || atLeast(version, major, minor)) continue;
    throw new EngineError('REQUIREMENT', `${field} needs libvirt ${major}.${minor}, the host has ${version}`);
  }
}

/** What whole definitions need, beyond single fields. */
const wholes: readonly (readonly [string, readonly [number, number], (want: Network) => boolean])[] = [
  ['forward mode open without ips', [10, 8], ({ forward, ips }) => forward.mode === 'open' && !ips?.length],
  [
    'vlan on a bridge that is not of Open vSwitch',
    [11, 0],
    ({ forward, vlan, virtualport }) =>
      forward.mode === 'bridge' && vlan !== undefined && virtualport?.type !== 'openvswitch',
  ],
  [
    'port of a DNS forwarder',
    [12, 0],
    ({ dns }) => dns?.forwarders?.some(({ port }) => port !== undefined) ?? false,
  ],
];

/** @throws EngineError REQUIREMENT when the host's libvirt is too old for what a definition comes to */
export function requireVersionFor(version: string, want: Network): void {
  for (const [what, [major, minor], uses] of wholes) {
    if (!uses(want) || atLeast(version, major, minor)) continue;
    throw new EngineError('REQUIREMENT', `${what} needs libvirt ${major}.${minor}, the host has ${version}`);
  }
}

/** @throws EngineError REFUSED when the network would get another UUID, which libvirt cannot do */
export function requireSameUuid(want: Network, have: NetworkState | undefined): void {
  const uuid = (have?.stored ?? have?.live)?.model.uuid;
  if (uuid === undefined || sameValue(uuid, want.uuid)) return;
  throw new EngineError('REFUSED', `${networkTitle(want.name)} has the UUID ${uuid}, which cannot change`, {
    hint: 'leave uuid out, or remove the network first (state: absent)',
  });
}

/** @throws EngineError PARAM_CONFLICT when what is asked for does not fit the network, or what comes of it is none */
export function requireValid(fields: NetworkFields, want: Network): void {
  const { mode } = want.forward;
  const asked = { ...fields, forward: { ...fields.forward, mode } } as NetworkFields;
  const [problem] = [...networkProblems(asked), ...networkProblems(want, true)];
  if (problem === undefined) return;
  throw new EngineError(problem.code, `${networkTitle(want.name)}: ${problem.message}`, {
    hint: problem.hint,
  });
}
