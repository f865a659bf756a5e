import type { Step } from '../../engine/module.ts';
import { own } from '../own.ts';
import type { Activation, Backend, DefinitionChange, FileChange } from './backends/backend.ts';
import { backends } from './backends/index.ts';
import type { Links } from './link.ts';
import type { Operation } from './operation.ts';
import { type BackendName, type Files, type Profile, profilesOf, type Stored } from './profile.ts';
import { sameProfile } from './stored-compare.ts';

/** What a plan does by way of one backend. */
export interface BackendPlan {
  readonly backend: Backend;
  readonly activation: Activation;
  readonly steps: readonly Step[];
}

export interface LiveChange {
  readonly links: Links;
  readonly goal: Links;
  readonly operations: readonly Operation[];
  readonly start: readonly string[];
  readonly stop: readonly string[];
  readonly active: readonly string[];
}

/**
 * What each backend has to do for the stored side to become as wanted, and for the live side by way of `keeper`, the
 * first of them; undefined: iproute2 changes the live side itself.
 * @throws EngineError REQUIREMENT where a backend cannot store something
 */
export function planStored(
  have: Stored,
  want: Stored,
  live: LiveChange,
  keeper: BackendName | undefined,
): { plans: readonly BackendPlan[]; predicted: Stored } {
  const names = Object.keys(have.backends) as BackendName[];
  const ordered = [...names].sort((a, b) => Number(b === keeper) - Number(a === keeper));
  const none: LiveChange = { ...live, operations: [], start: [], stop: [], active: [] };
  const plans: BackendPlan[] = [];
  let stored = have;
  for (const name of ordered) {
    const backend = backends[name];
    if (!backend) continue;
    const before = profilesOf(have, name);
    const after = profilesOf(want, name);
    const change = changeOf(before, after);
    const acts = name === keeper;
    const defines = change.set.length + change.remove.length > 0;
    if (!defines && !(acts && live.operations.length + live.start.length > 0)) continue;
    const files = defines ? backend.write(stored, change) : [];
    const facts = have.backends[name]!;
    const activation: Activation = {
      stored,
      facts,
      change,
      files,
      before,
      after,
      ...(acts ? live : none),
    };
    plans.push({ backend, activation, steps: backend.activate(activation) });
    stored = { ...stored, files: withChanges(stored.files, files) };
  }
  return { plans, predicted: predict(have, want, stored.files, plans) };
}

function changeOf(
  before: Readonly<Record<string, Profile>>,
  after: Readonly<Record<string, Profile>>,
): DefinitionChange {
  return {
    set: Object.values(after).filter((profile) => {
      const have = own(before, profile.name);
      return !have || !sameProfile(have, profile) || have.ours !== profile.ours;
    }),
    remove: Object.keys(before).filter((name) => !own(after, name)),
  };
}

function withChanges(files: Files, changes: readonly FileChange[]): Files {
  const result = { ...files };
  for (const { path, content, mode } of changes) {
    const have = own(files, path);
    if (content === undefined) delete result[path];
    else result[path] = { uid: 0, gid: 0, ...have, mode: mode ?? have?.mode ?? 0o644, content };
  }
  return result;
}

/** The stored side after the plans: definitions as they will be read from the files. */
function predict(have: Stored, want: Stored, files: Files, plans: readonly BackendPlan[]): Stored {
  const reread = new Map(
    plans
      .filter(({ backend }) => backend.globs.length > 0)
      .map(({ backend, activation }) => [backend.name, backend.parse(files, activation.facts)]),
  );
  if (reread.size === 0) return { ...want, files };
  const profiles: Record<string, Profile[]> = {};
  const kept = Object.values(want.profiles)
    .flat()
    .filter(({ backend }) => !reread.has(backend));
  for (const profile of [...kept, ...[...reread.values()].flat()]) {
    profiles[profile.name] = [...(own(profiles, profile.name) ?? []), profile];
  }
  return { backends: have.backends, files, profiles };
}
