import type { Backend } from '../../../../src/host/interfaces/backends/backend.ts';
import type { BackendFacts, Files, Profile, Stored } from '../../../../src/host/interfaces/profile.ts';

/** A host that is nothing but a backend's files. */
export const filesOf = (contents: Readonly<Record<string, string>>): Files =>
  Object.fromEntries(
    Object.entries(contents).map(([name, content]) => [name, { content, mode: 0o644, uid: 0, gid: 0 }]),
  );

export const contentsOf = (files: Files): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, { content }]) => [name, content]));

export function storedOf(backend: Backend, files: Files, facts: BackendFacts): Stored {
  const profiles: Record<string, Profile[]> = {};
  for (const profile of backend.parse(files, facts)) profiles[profile.name] = [profile];
  return { backends: { [backend.name]: facts }, files, profiles };
}

/** The files after a change of definitions. */
export function writeTo(
  backend: Backend,
  files: Files,
  facts: BackendFacts,
  set: readonly Profile[],
  remove: readonly string[] = [],
): Files {
  const next = { ...files };
  for (const { path, content, mode } of backend.write(storedOf(backend, files, facts), { set, remove })) {
    if (content === undefined) delete next[path];
    else next[path] = { content, mode: mode ?? next[path]?.mode ?? 0o644, uid: 0, gid: 0 };
  }
  return next;
}

/** What a definition says, wherever it stands. */
const meaning = ({ at: _, ours: __, ...rest }: Profile): Omit<Profile, 'at' | 'ours'> => rest;

export const byName = (profiles: readonly Profile[]): Record<string, unknown> =>
  Object.fromEntries(profiles.map((profile) => [profile.name, meaning(profile)]));
