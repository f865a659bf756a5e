import type { FieldDiff, Goal } from '../../engine/module.ts';
import type { HostState } from '../state.ts';
import { differences } from './compare.ts';
import { type BackendName, profileOf, type Stored } from './profile.ts';
import { storedDifferences, storedPorts, valueAt } from './stored-compare.ts';

/**
 * Where a host is not as a goal wants it: what is wanted, stored and live of each field. A side that a field has
 * no difference on, but that the goal speaks of, is shown as wanted.
 */
export function threeColumns(
  goal: Goal<HostState>,
  state: HostState,
  keeper: BackendName | undefined,
): FieldDiff[] {
  const claims = goal.claims.filter(([part]) => part === 'links');
  const live = differences(claims, goal.state.links, state.links);
  if (keeper === undefined) return live;
  const stored = storedDifferences(goal.claims, goal.state.stored, state.stored, keeper);
  const has = (list: readonly FieldDiff[], { object, field }: FieldDiff): FieldDiff | undefined =>
    list.find((other) => other.object === object && other.field === field);
  const [speaksLive, speaksStored] = [claimed(goal, 'links'), claimed(goal, 'stored')];
  const both = live.map((diff): FieldDiff => {
    const other = has(stored, diff);
    const same = !other && diff.field !== 'state' && speaksStored.has(keyOf(diff));
    const value = same ? diff.want : (other?.stored ?? storedValue(diff, state.stored, keeper));
    const gone = diff.field === 'state' && other?.want === 'absent';
    return { ...diff, ...(gone && { want: 'absent' }), ...(value !== undefined && { stored: value }) };
  });
  const only = stored
    .filter((diff) => !has(live, diff))
    .map((diff): FieldDiff => {
      const same = diff.field !== 'state' && speaksLive.has(keyOf(diff));
      return { ...diff, ...(same && { live: diff.want }) };
    });
  return [...both, ...only];
}

/** What a definition says of a field that a task does not change in it. */
function storedValue({ object, field }: FieldDiff, stored: Stored, keeper: BackendName): unknown {
  const name = object.split(' ').at(-1)!;
  const profile = profileOf(stored, name, keeper);
  if (!profile) return undefined;
  if (field === 'state') return 'defined';
  if (field === 'ports') return storedPorts(stored, name, keeper);
  const [first = '', key] = field.split('.');
  return valueAt(profile, first, key) ?? valueAt(profile, profile.kind, first);
}

/** Name and field; the object of a diff ends in the name. */
const keyOf = ({ object, field }: FieldDiff): string => `${object.split(' ').at(-1)} ${field}`;

/** Fields that a goal's claims on one side speak of, as diffs name them. */
function claimed(goal: Goal<HostState>, side: 'links' | 'stored'): ReadonlySet<string> {
  const fields = goal.claims
    .filter(([part]) => part === side)
    .map(([, name, field, key]) => {
      if (field === 'ipv4' || field === 'ipv6') return `${name} ${field}.${String(key)}`;
      return `${name} ${String(key ?? field)}`;
    });
  return new Set(fields);
}
