import { isDeepStrictEqual } from 'node:util';
import type { Claim, FieldDiff } from '../../engine/module.ts';
import { own } from '../own.ts';
import { hasRoute, meets } from './compare.ts';
import { describeLink, type Route } from './link.ts';
import { BACKENDS, type BackendName, type Profile, type Stored } from './profile.ts';

/** Whether two definitions say the same, wherever they stand and whoever wrote them. */
export const sameProfile = (a: Profile, b: Profile): boolean => isDeepStrictEqual(meaning(a), meaning(b));

/** Without what has no meaning: empty lists, their order, the kernel's defaults. */
function meaning({ at: _, ours: __, ...profile }: Profile): unknown {
  return tidy(profile);
}

function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, UNORDERED.has(key) ? sorted(item) : tidy(item)] as const)
    .filter(([key, item]) => item !== undefined && !isEmptyValue(item) && !(key === 'dhcp' && item === false))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

const UNORDERED = new Set(['routes', 'rules']);

const sorted = (items: unknown): unknown =>
  Array.isArray(items)
    ? items.map(tidy).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    : tidy(items);

const isEmptyValue = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** Which backend keeps the definition that is wanted of an interface: the first that has one, else that had one. */
function definition(stored: Stored, name: string, like?: BackendName): Profile | undefined {
  const all = own(stored.profiles, name) ?? [];
  if (like !== undefined) return all.find(({ backend }) => backend === like);
  return BACKENDS.map((backend) => all.find((profile) => profile.backend === backend)).find(Boolean);
}

/** Where stored definitions are not as claimed in `want`, in the words of the parameters. `backend` is whose they are. */
export function storedDifferences(
  claims: readonly Claim[],
  want: Stored,
  have: Stored,
  backend: BackendName,
): FieldDiff[] {
  const found = claims
    .filter(([part]) => part === 'stored')
    .flatMap((claim) => difference(claim.map(String), want, have, backend));
  return found.filter(
    (diff, index) =>
      found.findIndex((other) => other.object === diff.object && other.field === diff.field) === index,
  );
}

function difference(
  [, name = '', field, key]: readonly string[],
  wants: Stored,
  haves: Stored,
  backend: BackendName,
): FieldDiff[] {
  const want = definition(wants, name, backend);
  const have = definition(haves, name, backend);
  const profile = want ?? have;
  if (!profile) return [];
  const object = describeLink({ name, kind: profile.kind });
  if (field === undefined || field === 'kind') {
    if ((want === undefined) === (have === undefined) && want?.kind === have?.kind) return [];
    const state = (one: Profile | undefined): string => (one ? 'defined' : 'absent');
    const stored = have && want && have.kind !== want.kind ? `${have.kind}, defined` : state(have);
    return [{ object, field: 'state', want: state(want), stored }];
  }
  if (field === 'controller') return portsDifference(want, have, wants, haves, backend);
  const [wish, value] = [valueAt(want, field, key), valueAt(have, field, key)];
  if (sameValue(key ?? field, wish, value)) return [];
  const label = field === 'ipv4' || field === 'ipv6' ? `${field}.${key}` : (key ?? field);
  return [{ object, field: label, want: wish ?? 'none', ...(value !== undefined && { stored: value }) }];
}

/** The value that a claim speaks of. */
export function valueAt(profile: Profile | undefined, field: string, key: string | undefined): unknown {
  const value = (profile as unknown as Record<string, unknown> | undefined)?.[field];
  return key === undefined ? value : (value as Record<string, unknown> | undefined)?.[key];
}

/** Whether two values of a field mean the same: nothing stated is an empty list, and no DHCP. */
export function sameValue(key: string, want: unknown, have: unknown): boolean {
  if (key === 'routes') {
    const [a, b] = [(want ?? []) as Route[], (have ?? []) as Route[]];
    return a.length === b.length && a.every((route) => hasRoute(b, route));
  }
  if (key === 'addresses') return meets(want ?? [], have ?? []);
  if (key === 'dns' || key === 'rules') return isDeepStrictEqual(tidy({ x: want }), tidy({ x: have }));
  if (key === 'dhcp') return (want ?? false) === (have ?? false);
  return meets(want, have);
}

/** Shown as the list of the controller that a port joins, else of the one that it leaves. */
function portsDifference(
  want: Profile | undefined,
  have: Profile | undefined,
  wants: Stored,
  haves: Stored,
  backend: BackendName,
): FieldDiff[] {
  if (want?.controller === have?.controller) return [];
  const name = want?.controller ?? have?.controller ?? '';
  const controller = definition(wants, name, backend) ?? definition(haves, name, backend);
  if (!controller) return [];
  const stored = storedPorts(haves, name, backend);
  return [
    {
      object: describeLink(controller),
      field: 'ports',
      want: storedPorts(wants, name, backend),
      ...(definition(haves, name, backend) && { stored }),
    },
  ];
}

/** Names of the ports that definitions give to a controller. */
export const storedPorts = (stored: Stored, controller: string, backend: BackendName): string[] =>
  Object.values(stored.profiles)
    .flat()
    .filter((profile) => profile.controller === controller && profile.backend === backend)
    .map(({ name }) => name);
