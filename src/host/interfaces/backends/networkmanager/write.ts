import { EngineError } from '../../../../engine/errors.ts';
import { own } from '../../../own.ts';
import { type BackendFacts, type Profile, profilesOf, type Stored } from '../../profile.ts';
import type { DefinitionChange, FileChange } from '../backend.ts';
import { refuseBroken } from './broken.ts';
import { ownPath } from './connections.ts';
import { dispatcherChange } from './dispatcher.ts';
import { IFUPDOWN_HOOK } from './facts.ts';
import { render } from './render.ts';
import { unmanagedAt } from './unmanaged.ts';

const NAME = 'networkmanager';
const READ_ONLY = '/usr/';

/**
 * Files that make the definitions those of the change; a definition taken over is one of ours then.
 * @throws EngineError REQUIREMENT
 */
export function write(stored: Stored, change: DefinitionChange): readonly FileChange[] {
  const before = profilesOf(stored, NAME);
  const facts = stored.backends[NAME] ?? { active: false, facts: {} };
  const after = afterChange(before, change);
  const written = withFollowers(before, after, change).map((profile): FileChange => {
    refuseBroken(stored.files, profile.name);
    refuseUnmanaged(stored, facts, profile);
    refuseIfenslave(facts, profile);
    const controller = profile.controller === undefined ? undefined : own(after, profile.controller);
    return { path: ownPath(profile.name), content: render(profile, controller), mode: 0o600 };
  });
  const kept = new Set(written.map(({ path }) => path));
  const named = [...change.set.map(({ name }) => name), ...change.remove];
  const removed = named
    .flatMap((name) => own(before, name)?.at ?? [])
    .filter(({ file }) => !kept.has(file) && !isShadowed(file, kept.size > 0))
    .map(({ file }): FileChange => ({ path: file }));
  return [
    ...written.filter(({ path, content }) => differs(stored, path, content)),
    ...removed,
    ...dispatcherChange(stored.files, Object.values(after)),
  ];
}

function afterChange(
  before: Readonly<Record<string, Profile>>,
  { set, remove }: DefinitionChange,
): Readonly<Record<string, Profile>> {
  const kept = Object.entries(before).filter(([name]) => !remove.includes(name));
  return Object.fromEntries([...kept, ...set.map((profile): [string, Profile] => [profile.name, profile])]);
}

/** A port that started as its controller did goes on to do so. */
function withFollowers(
  before: Readonly<Record<string, Profile>>,
  after: Readonly<Record<string, Profile>>,
  { set }: DefinitionChange,
): readonly Profile[] {
  const followers = Object.values(after).filter(({ name, controller = '', ours, onboot }) => {
    const [old, now] = [own(before, controller)?.onboot, own(after, controller)?.onboot];
    return ours && !set.some((one) => one.name === name) && old !== now && old === onboot;
  });
  return [...set, ...followers.map(({ onboot: _, ...rest }): Profile => rest)];
}

function differs({ files }: Stored, path: string, content: string | undefined): boolean {
  const have = own(files, path);
  return have?.content !== content || have?.mode !== 0o600 || have.uid !== 0;
}

/** What a package brought stays; a file of ours with the same UUID hides it. */
function isShadowed(file: string, hidden: boolean): boolean {
  if (!file.startsWith(READ_ONLY)) return false;
  if (hidden) return true;
  throw new EngineError('REQUIREMENT', `${file} belongs to a package, and cannot be removed`, {
    hint: 'use state inactive with onboot: false, or remove the package',
  });
}

function refuseIfenslave({ facts }: BackendFacts, { name, kind }: Profile): void {
  if (kind !== 'bond' || facts.ifenslave !== 'yes') return;
  throw new EngineError(
    'REQUIREMENT',
    `NetworkManager runs the hooks of ifenslave, which would take bond ${name} apart`,
    { hint: `remove the package ifenslave, or make ${IFUPDOWN_HOOK} not executable` },
  );
}

function refuseUnmanaged({ files }: Stored, facts: BackendFacts, profile: Profile): void {
  const place = unmanagedAt(files, facts, profile);
  if (!place) return;
  throw new EngineError(
    'REQUIREMENT',
    `NetworkManager is told to leave ${profile.name} alone, in ${place.file}:${place.line}`,
    { hint: 'take it out there, or use another backend for it' },
  );
}
