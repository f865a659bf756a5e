/** What is done about each of a guest's two definitions to get a NIC to where it shall be. */
import { EngineError } from '../../engine/errors.ts';
import { UNKNOWN } from '../../engine/unknown.ts';
import type { DomainState, HostState, StoredXml } from '../state.ts';
import { inPlace, liveDifferences, storedDifferences } from './nic-changes.ts';
import { type Drift, driftOf } from './nic-drift.ts';
import type { NicField } from './nic-fields.ts';
import { sourceFields } from './nic-source.ts';
import { completed, configuredForm } from './nic-form.ts';
import type { NicPolicy } from './nic-goal.ts';
import { effectiveNic, isBridged, plugProblem, targetProblem } from './nic-plug.ts';
import { type Nic, type NicFields, nicTitle } from './nic.ts';
import { editNic, readNic } from './nic-xml.ts';
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
  readonly change: 'none' | 'attach' | 'detach' | 'update';
  /** Fields that the change brings */
  readonly fields: readonly NicField[];
  /** Fields that differ and are left as they are */
  readonly left: readonly NicField[];
  /** Definition that libvirt is given */
  readonly xml: string;
  /** The NIC afterwards */
  readonly after: StoredXml<Nic> | undefined;
  readonly refused?: EngineError | undefined;
  readonly drift?: Drift | undefined;
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
    const plan: HalfPlan = { ...unchanged(undefined), change: 'detach', xml: configuredXml(nic) };
    return domain.state === 'paused' ? { ...plan, refused: paused(policy) } : plan;
  }
  if (have.live !== undefined) return updateLive(nic, have.live.model);
  const { xml, model } = want.live!;
  const unpluggable = plugProblem(state, policy.uri, model) ?? targetProblem(state, policy.uri, model);
  const device = model.type === 'user' ? {} : { target: UNKNOWN };
  const given = { model: UNKNOWN, address: UNKNOWN, alias: UNKNOWN, ...device };
  const after = { xml, model: { ...given, ...effectiveNic(state, policy.uri, completed(model)) } };
  return { ...unchanged(after), change: 'attach', xml, refused: unpluggable };
}

/** In place, or not at all: a card that goes and comes back is seen by the guest. */
function updateLive(nic: NicCase, live: Nic): HalfPlan {
  const { policy, state, have } = nic;
  const differing = liveDifferences(live, policy.want);
  const base = parseXml(configuredXml(nic));
  const elsewhere = differing.some((field) => (sourceFields as readonly string[]).includes(field));
  const movable = elsewhere && isMovable(nic, live, base);
  const fields = inPlace(differing, movable);
  const left = differing.filter((field) => !fields.includes(field));
  const drift = elsewhere ? undefined : driftOf(state, policy, live);
  const fixed = left.length > 0 && policy.stored !== 'present' ? notLive(nic, left) : undefined;
  const stays = { ...unchanged(have.live), left, drift, refused: fixed };
  if (fields.length === 0 && (drift === undefined || drift.tap !== undefined)) return stays;
  const next = editNic(base, pick(policy.want, fields.includes('link') ? ['link'] : []));
  const moved = movable ? editNic(next, pick(policy.want, sourceFields)) : next;
  const config = readNic(moved);
  const { network: _, portgroup: __, bridge: ___, ...card } = live;
  const model = {
    ...(movable ? { ...card, ...pick(effectiveNic(state, policy.uri, config), sourceFields) } : live),
    ...(config.link !== undefined && { link: config.link }),
    ...(drift && { bridge: drift.bridge }),
  };
  const xml = formatXml(moved);
  const refused = fixed ?? (movable ? plugProblem(state, policy.uri, config) : undefined);
  return { ...stays, change: 'update', fields, xml, after: { xml, model }, refused };
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

function configuredXml({ have }: NicCase): string {
  return formatXml(configuredForm(parseXml(have.live!.xml), have.stored && parseXml(have.stored.xml)));
}

const pick = <T extends NicFields>(nic: T, fields: readonly NicField[]): T =>
  Object.fromEntries(
    fields.filter((field) => nic[field] !== undefined).map((field) => [field, nic[field]]),
  ) as T;

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
        ? 'with scope: both it is stored, and comes with the next boot'
        : 'unplug the NIC first (state: absent), then plug it as wanted',
    },
  );
