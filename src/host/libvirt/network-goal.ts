import { isDeepStrictEqual } from 'node:util';
import type { Claim, Goal } from '../../engine/module.ts';
import { own } from '../own.ts';
import type { HostState, NetworkState, StoredXml } from '../state.ts';
import type { Network, NetworkFields } from './network.ts';
import { type FieldPath, fieldPaths, sameValue, valueAt } from './network-diff.ts';
import { documentDefinition, topFields } from './network-document.ts';
import type { Taps } from './network-links.ts';
import { requireSameUuid, requireValid, requireVersion, requireVersionFor } from './network-requirements.ts';
import { asStored, editNetwork, filledIn, networkXml, treeOf } from './network-xml.ts';
import { element, type XmlElement } from './xml.ts';

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
  const now = networksOf(state, uri);
  const have = own(now, name);
  const same = (key: keyof NetworkState): boolean => have?.[key] === network?.[key];
  if (have && network && same('stored') && same('live') && same('autostart')) return state;
  const { [name]: _, ...others } = now;
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
  // What libvirt has already is valid
  if (stored !== have?.stored) requireValid(fields, stored.model);
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
  if (wish.document !== undefined) return edited(documentDefinition(wish.document, have), {}, have?.stored);
  const fields = { ...wish.fields, name };
  return saysAlready(have?.stored, fields) ?? edited(baseXml(have), fields, have?.stored);
}

function baseXml(have: NetworkState | undefined): XmlElement {
  if (have?.stored !== undefined) return treeOf(have.stored);
  return have?.live === undefined ? element('network') : asStored(treeOf(have.live));
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
  if (wish.document === undefined) {
    return saysAlready(have.live, wish.fields) ?? edited(treeOf(have.live), wish.fields, have.live);
  }
  return sameValue(have.live.model, stored.model) ? have.live : stored;
}

/** A definition that says all of these fields in just these words, as it mostly does: its XML need not be looked at. */
function saysAlready(
  have: StoredXml<Network> | undefined,
  fields: NetworkFields,
): StoredXml<Network> | undefined {
  // Items of a list are whole, with what libvirt takes for granted
  const ips = fields.ips?.map((ip) => ({ local_ptr: false, ...ip }));
  const stated = ips ? { ...fields, ips } : fields;
  const says = (path: FieldPath): boolean =>
    isDeepStrictEqual(valueAt(have?.model, path), valueAt(stated, path));
  return have !== undefined && fieldPaths(stated).every(says) ? have : undefined;
}

/** A definition with these fields in it; the one that is there where they change nothing. */
function edited(
  xml: XmlElement,
  fields: NetworkFields,
  have: StoredXml<Network> | undefined,
): StoredXml<Network> {
  const tree = editNetwork(xml, fields);
  if (have !== undefined && tree === treeOf(have)) return have;
  const want = networkXml(tree);
  const model = filledIn(want.model);
  return have !== undefined && sameValue(have.model, model) ? have : { xml: want.xml, model };
}
