import { EngineError } from '../../engine/errors.ts';
import type { Claim, Goal } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';
import { own } from '../own.ts';
import type { DomainState, HostState, StoredXml } from '../state.ts';
import { storedDifferences } from './nic-changes.ts';
import type { Backend, GuestAddress, Nic, NicFields } from './nic.ts';
import { carriedOver, configuredForm } from './nic-form.ts';
import {
  findNic,
  isGeneratedTarget,
  type NicHalf,
  type NicKey,
  requireUnambiguous,
  resolveMac,
} from './nic-identity.ts';
import { normalAddresses, normalRoutes } from './nic-ports.ts';
import { nicProblems } from './nic-rules.ts';
import { impliedType } from './nic-source.ts';
import { editNic, newNic, storeNic, wantedFields } from './nic-xml.ts';
import { parseXml, type XmlElement } from './xml.ts';

type NicStateWord = 'active' | 'defined' | 'inactive' | 'absent';
type NicScope = 'both' | 'config' | 'live';

/** What a task says of a NIC. */
export interface NicRequest
  extends NicKey,
    Omit<NicFields, keyof NicKey | 'backend' | 'guest_ips' | 'host_ips'> {
  readonly state?: NicStateWord;
  readonly scope?: NicScope;
  /** Whether a card may be unplugged and plugged again for what cannot change otherwise; default never */
  readonly replug?: 'allow' | 'never';
  readonly backend?: Backend | NonNullable<Backend['type']>;
  readonly guest_ips?: readonly (string | GuestAddress)[];
  readonly host_ips?: readonly (string | GuestAddress)[];
}

/** What becomes of one of a guest's definitions. `keep`: it is not touched, and what differs in it is pending. */
type Fate = 'present' | 'absent' | 'keep';

/** What the planner must know beside the goal. */
export type NicPolicy = Readonly<Record<NicHalf, Fate>> & {
  readonly uri: string;
  readonly domain: string;
  /** Undefined: the guest has no such NIC, and shall have none */
  readonly mac: string | undefined;
  /** The fields that the task states */
  readonly want: NicFields;
  readonly replug: boolean;
};

/**
 * The state with the task's NIC in it. NICs are claimed by their MAC instead of their place in the list, which moves:
 * `libvirt.URI.domains.NAME.stored.MAC.FIELD`.
 * @throws EngineError REQUIREMENT, REFUSED
 */
export function nicGoal(request: NicRequest, state: HostState, uri: string): Goal<HostState> {
  const domain = own(own(state.libvirt, uri)?.domains, request.domain);
  const part = 'domains';
  if (domain === undefined) {
    if (request.state !== 'absent') throw noDomain(request.domain, uri);
    const gone: NicPolicy = {
      uri,
      domain: request.domain,
      mac: undefined,
      want: {},
      replug: false,
      stored: 'absent',
      live: 'absent',
    };
    const warnings = [`there is no domain ${request.domain} at ${uri}`];
    return { part, state, claims: [], policy: { ...gone }, warnings };
  }
  const mac = resolveMac(domain, request);
  const fates = fatesOf(request, domain);
  if (mac === undefined && request.state !== 'absent') throw noNic(request, domain);
  const want = mac === undefined ? {} : wantOf(request, mac);
  if (mac !== undefined) requireUnambiguous(domain, request, mac, want.alias);
  const replug = request.replug === 'allow';
  const policy: NicPolicy = { uri, domain: request.domain, mac, want, replug, ...fates };
  const wished = mac === undefined ? domain : wish(domain, policy, mac);
  return {
    part,
    state: wished === domain ? state : withDomain(state, uri, request.domain, wished),
    claims: mac === undefined ? [] : claimsOf(policy, mac),
    policy: { ...policy },
  };
}

/** The state with another reading of one domain. */
export function withDomain(state: HostState, uri: string, name: string, domain: DomainState): HostState {
  const before = own(state.libvirt, uri)!;
  const domains = { ...before.domains, [name]: domain };
  return { ...state, libvirt: { ...state.libvirt, [uri]: { ...before, domains } } };
}

/** The list with the NIC of that MAC replaced, added at its end, or with `undefined` removed. */
export function withNic(
  nics: readonly StoredXml<Nic>[],
  mac: string,
  next: StoredXml<Nic> | undefined,
): readonly StoredXml<Nic>[] {
  const others = nics.filter(({ model }) => model.mac !== mac);
  if (next === undefined) return others;
  if (others.length === nics.length) return [...nics, next];
  return nics.map((nic) => (nic.model.mac === mac ? next : nic));
}

function fatesOf(request: NicRequest, domain: DomainState): Readonly<Record<NicHalf, Fate>> {
  const { scope = request.state === 'defined' ? 'config' : 'both' } = request;
  const word = request.state ?? (scope === 'config' ? 'defined' : 'active');
  const name = request.domain;
  const running = domain.state !== 'shut off';
  if (scope === 'live' && !running) {
    throw new EngineError('REQUIREMENT', `${name} is shut off: scope live needs a running guest`);
  }
  if (!domain.persistent && (scope === 'config' || word === 'defined' || word === 'inactive')) {
    throw new EngineError('REQUIREMENT', `${name} is transient: it has no stored definition`, {
      hint: 'use scope: live, or define the guest first (virsh define)',
    });
  }
  const stored = word === 'absent' ? 'absent' : 'present';
  const live = word === 'active' ? 'present' : word === 'defined' ? 'keep' : 'absent';
  return {
    stored: scope === 'live' || !domain.persistent ? 'keep' : stored,
    live: scope === 'config' || !running ? 'keep' : live,
  };
}

/** The fields that the task states. What found the NIC is stated too, so that a new one can be found again. */
function wantOf(request: NicRequest, mac: string): NicFields {
  const { domain: _, nic: __, index: ___, state: ____, scope: _____, replug: ______, ...said } = request;
  const { target, backend: _______, guest_ips: ________, host_ips: _________, ...fields } = said;
  const type = fields.type ?? impliedType(fields);
  return {
    ...fields,
    ...inModelForm(request),
    mac,
    ...(type !== undefined && { type }),
    ...(target !== undefined && !isGeneratedTarget(target) && { target }),
  };
}

/** Parameters that can be written in more than one way, in the one of the model. */
function inModelForm(request: NicRequest): NicFields {
  const { backend, guest_ips, host_ips, guest_routes, host_routes } = request;
  return {
    ...(backend !== undefined && { backend: typeof backend === 'string' ? { type: backend } : backend }),
    ...(guest_ips && { guest_ips: normalAddresses(guest_ips) }),
    ...(host_ips && { host_ips: normalAddresses(host_ips) }),
    ...(guest_routes && { guest_routes: normalRoutes(guest_routes) }),
    ...(host_routes && { host_routes: normalRoutes(host_routes) }),
  };
}

function wish(domain: DomainState, policy: NicPolicy, mac: string): DomainState {
  const stored = findNic(domain, 'stored', mac);
  const base = basesOf(stored, findNic(domain, 'live', mac));
  const make = (half: NicHalf): readonly StoredXml<Nic>[] => {
    if (policy[half] === 'keep') return domain[half];
    if (policy[half] === 'absent') return withNic(domain[half], mac, undefined);
    if (half === 'stored' && stored && storedDifferences(stored.model, policy.want).length === 0) {
      requirePossible(domain, policy, stored.model);
      return domain.stored;
    }
    const from = base()[half];
    if (from === undefined && policy.want.type === undefined) throw noType(policy, mac);
    const { xml, model } = storeNic(from ? editNic(from, policy.want) : newNic(policy.want));
    requirePossible(domain, policy, model);
    // What is not known of a NIC that an earlier task will make is in no XML yet
    const unknown = Object.entries(findNic(domain, half, mac)?.model ?? {}).filter(([, value]) =>
      isUnknown(value),
    );
    return withNic(domain[half], mac, { xml, model: { ...Object.fromEntries(unknown), ...model } });
  };
  const [storedNics, liveNics] = [make('stored'), make('live')];
  return storedNics === domain.stored && liveNics === domain.live
    ? domain
    : { ...domain, stored: storedNics, live: liveNics };
}

/**
 * What each definition of the NIC is made from, found out when first asked for: of a NIC that is only stored and as
 * wanted, nobody asks.
 */
function basesOf(
  stored: StoredXml<Nic> | undefined,
  live: StoredXml<Nic> | undefined,
): () => Readonly<Record<NicHalf, XmlElement | undefined>> {
  let bases: Readonly<Record<NicHalf, XmlElement | undefined>> | undefined;
  const make = () => {
    const asStored = stored && parseXml(stored.xml);
    const asLive = live && configuredForm(parseXml(live.xml), asStored);
    // What only one definition has is carried over, so that the NIC stays one card
    return { stored: asStored ?? carriedOver(asLive), live: asLive ?? carriedOver(asStored) };
  };
  return () => {
    bases ??= make();
    return bases;
  };
}

function claimsOf(policy: NicPolicy, mac: string): Claim[] {
  return (['stored', 'live'] as const).flatMap((half) => {
    const path = ['libvirt', policy.uri, 'domains', policy.domain, half, mac];
    if (policy[half] === 'keep') return [];
    if (policy[half] === 'absent') return [path];
    return wantedFields(policy.want).map((field) => [...path, field]);
  });
}

/** What libvirt would refuse, or accept and drop. */
function requirePossible(domain: DomainState, { domain: name, want }: NicPolicy, model: Nic): void {
  const wrong = nicProblems(model, 'whole').find(
    ({ field, left }) =>
      want[field] !== undefined ||
      (left === 'refused' && (want.type !== undefined || want.model !== undefined)),
  );
  if (wrong !== undefined) {
    throw new EngineError('PARAM_CONFLICT', `${name}: ${wrong.message}`, { hint: wrong.hint });
  }
  if (want.boot_order !== undefined && domain.osBoot) {
    throw new EngineError(
      'REFUSED',
      `${name} boots by <boot> in its <os>, beside which no NIC can have a boot order`,
      {
        hint: 'remove <boot> from <os> and give the boot disk an order first (virsh edit)',
      },
    );
  }
}

const noDomain = (name: string, uri: string): EngineError =>
  new EngineError('REQUIREMENT', `there is no domain ${name} at ${uri}`, {
    hint: 'define the guest first; `virsh list --all` shows those that are there',
  });

const noNic = (request: NicRequest, domain: DomainState): EngineError =>
  request.index === undefined
    ? new EngineError('REQUIREMENT', `${request.domain} has no live NIC with the target ${request.target}`, {
        hint: 'vnet and macvtap names are given by libvirt: find the NIC by its mac',
      })
    : new EngineError(
        'REQUIREMENT',
        `${request.domain} has no NIC ${request.index}: it has ${Math.max(domain.stored.length, domain.live.length)}, counted from 0`,
        { hint: 'an index finds a NIC that is there; give mac, alias or nic to add one' },
      );

const noType = (policy: NicPolicy, mac: string): EngineError =>
  new EngineError('REQUIREMENT', `${policy.domain} has no NIC ${mac} yet, and its type is not given`, {
    hint: 'add its type, or what it is plugged into: network, bridge, dev, …',
  });
