import type { Claim, Goal } from '../../engine/module.ts';
import { own } from '../own.ts';
import type { HostState, NetworkState, StoredXml } from '../state.ts';
import type { Network, NetworkFields } from './network.ts';
import { fieldPaths, sameValue } from './network-diff.ts';
import { documentDefinition, topFields } from './network-document.ts';
import type { Taps } from './network-links.ts';
import { requireSameUuid, requireValid, requireVersion, requireVersionFor } from './network-requirements.ts';
import { asStored, editNetwork, filledIn, networkXml } from './network-xml.ts';
import { element, parseXml, type XmlElement } from './xml.ts';

/** What a task wants of one network, apart from its definition. */
export interface NetworkPolicy {
  readonly uri: string;
  readonly name: string;
  readonly state: 'active' | 'defined' | 'inactive' | 'absent';
  /**
   * Whether an active network is restarted for what cannot change otherwise. Undefined: if no guest is on it, else the
   * task is refused. `allow`: its guests are plugged in again. `never`: the change waits
   */
  readonly restart: 'allow' | 'never' | undefined;
  /** Stop or remove the network although guests are on it */
  readonly force: boolean;
}

export interface NetworkWish {
  readonly fields: NetworkFields;
  /** The whole definition, in place of fields */
  readonly document?: string | undefined;
  readonly autostart?: boolean | undefined;
}

/** The networks of a libvirt connection, by name. */
export const networksOf = (state: HostState, uri: string): Readonly<Record<string, NetworkState>> =>
  own(state.libvirt, uri)?.networks ?? {};

/** NICs of running guests, by their link. */
export const tapsOf = (state: HostState, uri: string): Taps => own(state.libvirt, uri)?.taps ?? {};

/** A network by name, undefined when there is none. */
export const findNetwork = (state: HostState, uri: string, name: string): NetworkState | undefined =>
  own(networksOf(state, uri), name);

/** The state with one network in it as given, or without it. */
export function withNetwork(
  state: HostState,
  uri: string,
  name: string,
  network: NetworkState | undefined,
): HostState {
  const { [name]: _, ...others } = networksOf(state, uri);
  const networks = network === undefined ? others : { ...others, [name]: network };
  const known = own(state.libvirt, uri) ?? { version: '', networks: {}, domains: {} };
  return { ...state, libvirt: { ...state.libvirt, [uri]: { ...known, networks } } };
}

/**
 * The state with a network in it as a task wants it. What is stored starts from the XML that is stored, what is live
 * from the XML that is live, so that nothing that the task does not speak of changes.
 * @throws EngineError PARAM_CONFLICT when the whole definition is not valid, REFUSED when its UUID would change,
 * REQUIREMENT when the host's libvirt is too old
 */
export function networkGoal(state: HostState, policy: NetworkPolicy, wish: NetworkWish): Goal<HostState> {
  const { uri, name } = policy;
  const at = ['libvirt', uri, 'networks', name];
  const goal = { part: 'networks', policy: { ...policy } } as const;
  if (policy.state === 'absent') {
    return { ...goal, state: withNetwork(state, uri, name, undefined), claims: [at] };
  }
  const have = findNetwork(state, uri, name);
  const stored = storedGoal(have, wish, name);
  const fields: NetworkFields =
    wish.document === undefined ? { ...wish.fields, name } : (stored.model as NetworkFields);
  const version = own(state.libvirt, uri)?.version ?? '';
  requireVersion(version, fields);
  requireSameUuid(stored.model, have);
  requireValid(fields, stored.model);
  requireVersionFor(version, stored.model);
  const live = liveGoal(have, wish, stored, policy.state);
  const want: NetworkState = {
    stored,
    ...(live && { live }),
    autostart: wish.autostart ?? have?.autostart ?? false,
  };
  const stated =
    wish.document === undefined
      ? fieldPaths(fields)
      : topFields(stored.model, have?.stored?.model, have?.live?.model).map((field) => [field]);
  const claims: Claim[] = stated.map((path) => [...at, 'stored', 'model', ...path]);
  if (policy.state === 'active') claims.push(...stated.map((path) => [...at, 'live', 'model', ...path]));
  if (policy.state === 'inactive') claims.push([...at, 'live']);
  if (wish.autostart !== undefined) claims.push([...at, 'autostart']);
  return { ...goal, state: withNetwork(state, uri, name, want), claims };
}

function storedGoal(have: NetworkState | undefined, wish: NetworkWish, name: string): StoredXml<Network> {
  const want =
    wish.document === undefined
      ? edited(baseXml(have), { ...wish.fields, name })
      : edited(documentDefinition(wish.document, have), {});
  return have?.stored !== undefined && sameValue(have.stored.model, want.model) ? have.stored : want;
}

function baseXml(have: NetworkState | undefined): XmlElement {
  if (have?.stored !== undefined) return parseXml(have.stored.xml);
  return have?.live === undefined ? element('network') : asStored(parseXml(have.live.xml));
}

function liveGoal(
  have: NetworkState | undefined,
  wish: NetworkWish,
  stored: StoredXml<Network>,
  state: NetworkPolicy['state'],
): StoredXml<Network> | undefined {
  if (state === 'inactive') return undefined;
  if (state === 'defined') return have?.live;
  if (have?.live === undefined) return stored;
  const want = wish.document === undefined ? edited(parseXml(have.live.xml), wish.fields) : stored;
  return sameValue(have.live.model, want.model) ? have.live : want;
}

function edited(xml: XmlElement, fields: NetworkFields): StoredXml<Network> {
  const want = networkXml(editNetwork(xml, fields));
  return { xml: want.xml, model: filledIn(want.model) };
}
