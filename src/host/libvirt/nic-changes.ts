/** What differs between a NIC and what is wanted of it, and what of that can be changed while the guest runs. */
import type { FieldDiff, Pending } from '../../engine/module.ts';
import { hasField, type NicField, nicFields } from './nic-fields.ts';
import { sourceFields } from './nic-source.ts';
import { configuredModel, isInherited } from './nic-form.ts';
import type { NicPolicy } from './nic-goal.ts';
import { type Nic, type NicFields, nicTitle } from './nic.ts';
import { wantedFields } from './nic-xml.ts';

/** Fields of a stored NIC that are not as wanted. */
export const storedDifferences = (have: Nic, want: NicFields): readonly NicField[] =>
  wantedFields(want).filter((field) => !hasField(have, field, want[field]!));

/** Fields of a live NIC that are not as wanted; what it has from its network does not count as its own. */
export const liveDifferences = (live: Nic, want: NicFields): readonly NicField[] =>
  storedDifferences(configuredModel(live), want).filter((field) => !isInherited(live, field, want[field]));

/** Fields that say which card this is to libvirt: with another value, it finds no card to update. */
export const identifies = (field: NicField): boolean => field === 'alias' || field === 'address';

export const isSource = (field: NicField): boolean => (sourceFields as readonly string[]).includes(field);

/** A NIC in both definitions. */
interface Found {
  readonly stored: { readonly model: Nic } | undefined;
  readonly live: { readonly model: Nic } | undefined;
}

/** One difference, with what either definition has. */
export function fieldDiff(policy: NicPolicy, field: NicField, { stored, live }: Found): FieldDiff {
  const inStored = stored?.model[field];
  const inLive = live && configuredModel(live.model)[field];
  return {
    object: nicTitle(policy.domain, policy.mac ?? ''),
    field,
    want: policy.want[field],
    ...(inStored !== undefined && { stored: inStored }),
    ...(inLive !== undefined && { live: inLive }),
  };
}

/** Whether the NIC is there at all: `present` or `absent`. */
export function presenceDiff(policy: NicPolicy, want: string, { stored, live }: Found): FieldDiff {
  const word = (nic: unknown): string => (nic === undefined ? 'absent' : 'present');
  return {
    object: nicTitle(policy.domain, policy.mac ?? ''),
    field: 'state',
    want,
    stored: word(stored),
    live: word(live),
  };
}

/** Found only by what libvirt gives, or compared by nothing else. */
const incomparable = new Set<NicField>(['mac', 'alias', 'target', 'address']);

/** What a task does not state, and is stored otherwise than it is live: it comes with the next boot. */
export function unstatedDifferences(policy: NicPolicy, found: Found): readonly FieldDiff[] {
  const { stored, live } = found;
  if (stored === undefined || live === undefined) return [];
  const config: NicFields = { ...stored.model, link: stored.model.link ?? 'up' };
  const want = Object.fromEntries(
    nicFields
      .filter((field) => !incomparable.has(field) && policy.want[field] === undefined)
      .map((field) => [field, config[field]]),
  ) as NicFields;
  return liveDifferences(live.model, want).map((field) => fieldDiff({ ...policy, want }, field, found));
}

export const untilBoot = (policy: NicPolicy, diffs: readonly FieldDiff[]): readonly Pending[] =>
  diffs.map((diff) => ({ ...diff, until: `next boot of ${policy.domain}` }));

/** What plugging the card anew would bring at once. */
export const untilPlugged = (
  { domain }: NicPolicy,
  diffs: readonly FieldDiff[],
  persistent: boolean,
): readonly Pending[] =>
  diffs.map((diff) => ({
    ...diff,
    until: persistent ? `next boot of ${domain}, or replug: allow` : 'replug: allow',
  }));
