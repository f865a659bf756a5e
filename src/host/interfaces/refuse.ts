import { EngineError } from '../../engine/errors.ts';
import { isUnknown } from '../../engine/unknown.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import { bondModeProblem, followsPort, needsMiimon } from './bond-mode.ts';
import { refuseInUse } from './in-use.ts';
import { childrenOf, describeLink, type Link, type Links } from './link.ts';
import { missing } from './missing.ts';
import type { Keeper } from './owner.ts';
import type { LinkState, LinkWish } from './wish.ts';

/** Of a new bond */
const DEFAULT_MTU = 1500;

/** Kinds that Wirebook makes, and so may replace and delete. */
const OWN_KINDS = ['bridge', 'bond', 'vlan'];

/** What stands on a link in a way that the kernel lets no controller have it besides. */
const MACVLANS = ['macvtap', 'macvlan'];

/**
 * Throws where the host cannot have what is wished, or must not.
 * @throws EngineError REQUIREMENT, REFUSED, PARAM_CONFLICT, PARAM_MISSING
 */
export function refuseWish(host: HostState, wish: LinkWish, state: LinkState, keeper: Keeper): void {
  const { links } = host;
  const have = own(links, wish.name);
  refuseKind(host, have, wish, state);
  if (state === 'defined') return;
  refuseInUse(host, wish, state, keeper);
  const replaced = have && wish.kind !== 'ethernet' && have.kind !== wish.kind;
  const tap = Object.values(links).find((link) => link.controller === wish.name && link.kind === 'tun');
  if (replaced && tap && wish.kind !== 'bridge') {
    throw new EngineError(
      'REFUSED',
      `${wish.name} has the port ${tap.name} of a guest, which a ${wish.kind} cannot have`,
      { hint: 'shut the guest down, or move its NIC to another bridge, first' },
    );
  }
  if (have && (replaced || state === 'absent') && wish.kind !== 'ethernet') refuseLoss(links, have);
  if (state !== 'active') return;
  if (have?.controller !== undefined) refuseAddressedPort(have, wish);
  if (replaced) refuseNesting(links, have, wish);
  if (wish.kind === 'vlan') refuseVlan(host, wish, replaced ? undefined : have);
  if (wish.kind === 'bond') refuseBond(wish, replaced ? undefined : have);
  for (const port of wish.ports ?? []) refusePort(host, wish, port);
  for (const port of Object.keys(wish.vlans ?? {})) refuseVlanTable(links, wish, port);
  if (wish.mtu !== undefined && typeof have?.maxMtu === 'number' && wish.mtu > have.maxMtu && !replaced) {
    throw new EngineError('REQUIREMENT', `mtu ${wish.mtu} is more than ${wish.name} can: ${have.maxMtu}`);
  }
}

/** Addresses of a port would go with the next task of its controller. */
function refuseAddressedPort({ name, controller }: Link, { ipv4, ipv6 }: LinkWish): void {
  const addressed = [ipv4, ipv6].some(
    (wish) => wish?.addresses?.length || wish?.routes?.length || (wish?.gateway ?? 'none') !== 'none',
  );
  if (!addressed) return;
  throw new EngineError(
    'PARAM_CONFLICT',
    `${name} is a port of ${controller}, so it has no addresses and routes`,
    {
      hint: `state them for ${controller}, or take ${name} out of its ports first`,
    },
  );
}

/** What is replaced stays a port of what it was a port of. */
function refuseNesting(links: Links, { name, controller = '' }: Link, { kind }: LinkWish): void {
  const above = own(links, controller);
  if (!above || !cannotJoin(kind, above.kind)) return;
  throw new EngineError(
    'REFUSED',
    `${name} is a port of ${describeLink(above)}, and a ${kind} cannot be a port of a ${above.kind}`,
    { hint: `take ${name} out of the ports of ${controller} first` },
  );
}

/** Kinds of links that the kernel lets no bridge, or no bond, have as a port. */
const cannotJoin = (port: string, controller: string): boolean =>
  port === 'bridge' || port === 'loopback' || (controller === 'bond' && port === 'bond');

function refuseKind(
  host: HostState,
  have: Link | undefined,
  { name, kind, mac }: LinkWish,
  state: LinkState,
): void {
  if (kind === 'ethernet') {
    if (!have && state !== 'absent' && state !== 'defined') {
      throw missing(host, name, `the host has no interface ${name}`, mac);
    }
    if (have && OWN_KINDS.includes(have.kind)) {
      throw new EngineError('PARAM_CONFLICT', `${name} is a ${have.kind}, not an ethernet interface`, {
        hint: `use the module ${have.kind}`,
      });
    }
    return;
  }
  if (!have || have.kind === kind || state === 'defined') return;
  if (!OWN_KINDS.includes(have.kind)) {
    throw new EngineError('REFUSED', `the name ${name} is taken by an interface of kind ${have.kind}`, {
      hint: 'choose another name, or remove that interface first',
    });
  }
  if (state !== 'active') {
    throw new EngineError('REFUSED', `${name} is a ${have.kind}, not a ${kind}`, {
      hint: `use the module ${have.kind}`,
    });
  }
}

/** What stands on a link goes with it; VLANs can be made again, others (macvtaps of guests) cannot. */
function refuseLoss(links: Links, link: Link): void {
  const [attached] = link.attached ?? [];
  if (attached !== undefined) {
    throw new EngineError('REFUSED', `deleting ${link.name} would take its ${attached} with it`, {
      hint: `it could not be put back; remove it first: ${
        attached.startsWith('qdisc')
          ? `tc qdisc del dev ${link.name} root`
          : `ip link set dev ${link.name} xdp off`
      }`,
    });
  }
  for (const child of childrenOf(links, link.name)) {
    if (child.kind !== 'vlan') {
      throw new EngineError(
        'REFUSED',
        `deleting ${link.name} would take ${child.kind} ${child.name} with it, which stands on it`,
        { hint: child.kind === 'macvtap' ? 'unplug the guest NIC first' : `remove ${child.name} first` },
      );
    }
    refuseLoss(links, child);
  }
}

function refuseVlan(host: HostState, { name, parent, options, mtu }: LinkWish, have: Link | undefined): void {
  const { links } = host;
  const on = parent ?? have?.parent;
  if (on === undefined || (!have && options?.id === undefined)) {
    throw new EngineError('PARAM_MISSING', `${name} is not there yet, so parent and id are needed`);
  }
  const below = own(links, on);
  if (!below) throw missing(host, on, `the host has no interface ${on} to put VLAN ${name} on`);
  if (standsOn(links, on, name)) throw new EngineError('PARAM_CONFLICT', `${on} stands on ${name} itself`);
  if (mtu !== undefined && !isUnknown(below.mtu) && mtu > below.mtu) {
    throw new EngineError('REQUIREMENT', `mtu ${mtu} of ${name} is more than ${on} has: ${below.mtu}`, {
      hint: `set the mtu of ${on} first`,
    });
  }
  if (have?.parent !== undefined && (on !== have.parent || isOther(have, options))) refuseLoss(links, have);
}

const isOther = (have: Link, options: LinkWish['options']): boolean =>
  (['id', 'protocol'] as const).some(
    (option) => options?.[option] !== undefined && options[option] !== have.vlan?.[option],
  );

/** Options that only some modes have; the mode may be the one that the bond has already. */
function refuseBond({ name, mac, options = {} }: LinkWish, have: Link | undefined): void {
  const mode = options.mode ?? have?.bond?.mode;
  if (typeof mode !== 'string') return;
  const problem = bondModeProblem(mode, options);
  if (problem) throw new EngineError('PARAM_CONFLICT', `bond ${name}: ${problem.message}`);
  if (mac !== undefined && followsPort({ ...have?.bond, ...options })) {
    throw new EngineError(
      'PARAM_CONFLICT',
      `bond ${name} has the MAC of a port, since fail_over_mac says so`,
      {
        hint: 'leave mac out, or set fail_over_mac: none',
      },
    );
  }
  const miimon = options.miimon ?? (options.arp_interval ? 0 : have?.bond?.miimon);
  const delayed = options.updelay || options.downdelay;
  if (miimon === 0 && delayed && !needsMiimon(mode)) {
    throw new EngineError('PARAM_CONFLICT', `bond ${name}: updelay and downdelay need miimon`);
  }
}

function refusePort(host: HostState, { name, kind, mtu }: LinkWish, port: string): void {
  const { links } = host;
  const link = own(links, port);
  if (!link) throw missing(host, port, `${kind} ${name}: the host has no interface ${port}`);
  if (cannotJoin(link.kind, kind)) {
    throw new EngineError('REFUSED', `${describeLink(link)} cannot be a port of a ${kind}`);
  }
  const [taken] = childrenOf(links, port).filter((child) => MACVLANS.includes(child.kind));
  if (taken && link.controller === undefined) {
    throw new EngineError('REFUSED', `${port} carries ${taken.kind} ${taken.name}, so it cannot be a port`, {
      hint: taken.kind === 'macvtap' ? 'unplug the guest NIC first' : `remove ${taken.name} first`,
    });
  }
  const limit = link.kind === 'vlan' ? own(links, link.parent ?? '')?.mtu : link.maxMtu;
  const have = own(links, name);
  const needed = mtu ?? (have?.kind === kind ? have.mtu : DEFAULT_MTU);
  if (kind === 'bond' && typeof limit === 'number' && typeof needed === 'number' && needed > limit) {
    throw new EngineError(
      'REQUIREMENT',
      `${port} cannot have the MTU of bond ${name}, ${needed}: at most ${limit}`,
    );
  }
  if (standsOn(links, port, name)) {
    throw new EngineError('PARAM_CONFLICT', `${port} stands on ${name}, so it cannot be its port`);
  }
}

/** Whether a link stands on another, at any depth, ports counting as what carries their controller. */
function standsOn(links: Links, name: string, on: string, seen: readonly string[] = []): boolean {
  if (name === on) return true;
  if (seen.includes(name)) return false;
  const parent = own(links, name)?.parent;
  const below = Object.values(links).filter((link) => link.controller === name);
  return [...(parent === undefined ? [] : [parent]), ...below.map((link) => link.name)].some((next) =>
    standsOn(links, next, on, [...seen, name]),
  );
}

function refuseVlanTable(links: Links, { name, ports }: LinkWish, port: string): void {
  const isPort = ports ? ports.includes(port) : own(links, port)?.controller === name;
  if (port !== name && !isPort) {
    throw new EngineError('PARAM_CONFLICT', `vlans: ${port} is not a port of ${name}`);
  }
}
