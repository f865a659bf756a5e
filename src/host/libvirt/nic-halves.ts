/** What is done about each of a guest's two definitions to get a NIC to where it shall be. */
import { EngineError } from '../../engine/errors.ts';
import { UNKNOWN } from '../../engine/unknown.ts';
import { own } from '../own.ts';
import type { DomainState, HostState, StoredXml } from '../state.ts';
import { isSource, liveDifferences, storedDifferences } from './nic-changes.ts';
import { type Drift, driftOf } from './nic-drift.ts';
import type { NicField } from './nic-fields.ts';
import { sourceFields } from './nic-source.ts';
import { completed, configuredForm, inheritedFields, plugForm } from './nic-form.ts';
import type { NicPolicy } from './nic-goal.ts';
import { changesInPlace } from './nic-in-place.ts';
import { effectiveNic, isBridged, isHotpluggable, plugProblem, targetProblem } from './nic-plug.ts';
import { type Nic, type NicFields, nicTitle } from './nic.ts';
import { editNic, readNic } from './nic-xml.ts';
import { atLeast } from './virsh.ts';
import { formatXml, parseXml, type XmlElement } from './xml.ts';

/** One NIC as it is (`have`) and as it shall be (`want`), in both definitions. */
export interface NicCase {
  readonly state: HostState;
  readonly policy: NicPolicy;
  readonly domain: DomainState;
  readonly have: Halves;
  readonly want: Halves;
}

interface Halves {
  readonly stored: StoredXml<Nic> | undefined;
  readonly live: StoredXml<Nic> | undefined;
}

export interface HalfPlan {
  /** replug: detach and attach again, the guest running */
  readonly change: 'none' | 'attach' | 'detach' | 'update' | 'replug';
  /** Fields that the change brings */
  readonly fields: readonly NicField[];
  /** Fields that differ and are left as they are */
  readonly left: readonly NicField[];
  /** Definition that libvirt is given */
  readonly xml: string;
  /** The NIC afterwards */
  readonly after: StoredXml<Nic> | undefined;
  readonly refused?: EngineError | undefined;
  /** Mended by the change, or by a step of its own */
  readonly drift?: Drift | undefined;
  /** Found, and left as it is */
  readonly driftLeft?: Drift | undefined;
}

const unchanged = (nic: StoredXml<Nic> | undefined): HalfPlan => ({
  change: 'none',
  fields: [],
  left: [],
  xml: '',
  after: nic,
});

export function planStored({ policy, have, want }: NicCase): HalfPlan {
  if (policy.stored === 'keep') return unchanged(have.stored);
  if (policy.stored === 'absent') {
    if (have.stored === undefined) return unchanged(undefined);
    return { ...unchanged(undefined), change: 'detach', xml: have.stored.xml };
  }
  const { xml } = want.stored!;
  const model = completed(want.stored!.model);
  if (have.stored === undefined) {
    const after = { xml, model: { model: UNKNOWN, address: UNKNOWN, ...model } };
    return { ...unchanged(after), change: 'attach', xml };
  }
  const fields = storedDifferences(have.stored.model, policy.want);
  if (fields.length === 0) return unchanged(have.stored);
  return { ...unchanged({ xml, model }), change: 'update', fields, xml };
}

export function planLive(nic: NicCase): HalfPlan {
  const { policy, have, want, state, domain } = nic;
  if (policy.live === 'keep') return unchanged(have.live);
  if (policy.live === 'absent') {
    if (have.live === undefined) return unchanged(undefined);
    const plan: HalfPlan = { ...unchanged(undefined), change: 'detach', xml: formatXml(configuredNic(nic)) };
    return domain.state === 'paused' ? { ...plan, refused: paused(policy) } : plan;
  }
  if (have.live !== undefined) return updateLive(nic, have.live.model);
  const { xml, model } = want.live!;
  const refused = plugProblem(state, policy.uri, model) ?? targetProblem(state, policy.uri, model);
  return { ...unchanged({ xml, model: pluggedModel(nic, model) }), change: 'attach', xml, refused };
}

/** What a NIC is known to be once it is plugged in. */
function pluggedModel({ state, policy }: NicCase, config: Nic): Nic {
  const tap = withoutTap.has(config.type) ? {} : { target: UNKNOWN };
  const card = config.type === 'hostdev' ? {} : { model: UNKNOWN };
  return {
    ...{ ...card, address: UNKNOWN, alias: UNKNOWN, ...tap },
    ...effectiveNic(state, policy.uri, completed(config)),
  };
}

const withoutTap = new Set(['user', 'vhostuser', 'hostdev', 'vdpa']);

/** In place as far as libvirt can; the rest by a replug if that is allowed, or not now. */
function updateLive(nic: NicCase, live: Nic): HalfPlan {
  const { policy, state, have } = nic;
  const { uri } = policy;
  const differing = liveDifferences(live, policy.want);
  const elsewhere = differing.some(isSource);
  const drift = elsewhere ? undefined : driftOf(state, policy, live, have.stored?.model);
  if (differing.length === 0 && drift === undefined) return unchanged(have.live);
  const base = configuredNic(nic);
  const movable = elsewhere && isMovable(nic, live, base);
  const fields = differing.filter((field) =>
    isSource(field) ? movable : changesInPlace(state, uri, live, field),
  );
  const left = differing.filter((field) => !fields.includes(field));
  const isStuck = left.length > 0 || drift?.how === 'replug';
  if (isStuck && policy.replug) {
    const replug = replugLive(nic, editNic(base, policy.want), differing, drift);
    if (replug !== undefined) return replug;
  }
  const fixed = left.length > 0 && policy.stored !== 'present' ? notLive(nic, left) : undefined;
  const stays: HalfPlan = {
    ...unchanged(have.live),
    left,
    refused: fixed,
    ...(drift?.how === 'replug' ? { driftLeft: drift } : { drift }),
  };
  if (fields.length === 0 && drift?.how !== 'update') return stays;
  const stated = movable ? [...fields, ...sourceFields] : fields;
  const moved = editNic(base, pick(policy.want, stated));
  const config = readNic(moved);
  const renewed = isRenewed(state, uri, live) ? [...fields, ...sourceFields, ...inheritedFields] : fields;
  const model = {
    ...omit(live, renewed),
    ...pick(effectiveNic(state, uri, completed(config)), renewed),
  } as Nic;
  const xml = formatXml(moved);
  const refused = fixed ?? (movable ? plugProblem(state, uri, config) : undefined);
  return { ...stays, change: 'update', fields, xml, after: { xml, model }, refused };
}

/**
 * Whether an update takes anew what the network gives, and what the NIC has of its own instead: always on a bridge; on a
 * network of devices before libvirt 10.8 (LIBVIRT.md 3.4).
 */
const isRenewed = (state: HostState, uri: string, { bridge, network }: Nic): boolean =>
  bridge !== undefined || (network !== undefined && !atLeast(own(state.libvirt, uri)?.version ?? '', 10, 8));

/** Undefined: libvirt cannot plug such a NIC into a running guest, so that it waits for the next boot. */
function replugLive(
  nic: NicCase,
  next: XmlElement,
  fields: readonly NicField[],
  drift: Drift | undefined,
): HalfPlan | undefined {
  const { policy, state, domain } = nic;
  const xml = formatXml(plugForm(next));
  const config = readNic(parseXml(xml));
  if (!isHotpluggable(config)) return undefined;
  const isRenamed = fields.includes('target');
  const refused =
    plugProblem(state, policy.uri, config) ??
    (isRenamed ? targetProblem(state, policy.uri, config) : undefined) ??
    (domain.state === 'paused' ? paused(policy) : undefined);
  const after = { xml, model: pluggedModel(nic, config) };
  return { ...unchanged(after), change: 'replug', fields, xml, refused, drift };
}

/** Whether libvirt can move a running guest's NIC to where it is wanted: from bridge to bridge. */
function isMovable({ policy, state }: NicCase, live: Nic, base: XmlElement): boolean {
  if (live.bridge === undefined) return false;
  const from = readNic(base);
  const to = readNic(editNic(base, pick(policy.want, sourceFields)));
  // A network that is not there or not active is no reason to wait for the next boot: it is refused
  if (to.type === 'network' && plugProblem(state, policy.uri, to) !== undefined) return true;
  const onNetworks = from.type === 'network' && to.type === 'network';
  return isBridged(state, policy.uri, to) && !(onNetworks && from.portgroup !== to.portgroup);
}

/** The live NIC as it would be configured. */
export const configuredNic = ({ have }: NicCase): XmlElement =>
  configuredForm(parseXml(have.live!.xml), have.stored && parseXml(have.stored.xml));

const pick = <T extends NicFields>(nic: T, fields: readonly NicField[]): T =>
  Object.fromEntries(
    fields.filter((field) => nic[field] !== undefined).map((field) => [field, nic[field]]),
  ) as T;

const omit = (nic: Nic, fields: readonly NicField[]): NicFields =>
  Object.fromEntries(Object.entries(nic).filter(([field]) => !fields.includes(field as NicField)));

const paused = ({ domain, mac }: NicPolicy): EngineError =>
  new EngineError('REFUSED', `${nicTitle(domain, mac ?? '')} cannot be unplugged while the guest is paused`, {
    hint: 'a paused guest never lets go of a card: resume it first, or use scope: config',
  });

/** What is neither changed now nor stored would never come. */
const notLive = ({ policy, domain }: NicCase, fields: readonly NicField[]): EngineError =>
  new EngineError(
    'REFUSED',
    `${fields.join(', ')} of ${nicTitle(policy.domain, policy.mac ?? '')} cannot be changed while the guest runs`,
    {
      hint: domain.persistent
        ? 'with scope: both it is stored, and comes with the next boot; replug: allow unplugs the card and plugs it as wanted'
        : 'replug: allow unplugs the card and plugs it as wanted',
    },
  );
