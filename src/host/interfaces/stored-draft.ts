import { EngineError } from '../../engine/errors.ts';
import type { Claim } from '../../engine/module.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import { describeOwner } from './owner.ts';
import { type BackendName, type Profile, profileOf, profilesOf, type Stored } from './profile.ts';
import { sameProfile } from './stored-compare.ts';

/** A definition in the making; what is undefined is not stated. */
export type Draftable = { -readonly [K in keyof Profile]?: Profile[K] | undefined };

/** The definitions of one backend as a task wants them, in the making. */
export class StoredDraft {
  readonly host: HostState;
  readonly backend: BackendName;
  readonly claims: Claim[] = [];
  readonly warnings: string[] = [];
  readonly #adopt: boolean;
  readonly #changed = new Map<string, Profile | undefined>();

  constructor(host: HostState, backend: BackendName, adopt: boolean) {
    this.host = host;
    this.backend = backend;
    this.#adopt = adopt;
  }

  get(name: string): Profile | undefined {
    return this.#changed.has(name)
      ? this.#changed.get(name)
      : profileOf(this.host.stored, name, this.backend);
  }

  all(): Profile[] {
    const names = new Set([
      ...Object.keys(profilesOf(this.host.stored, this.backend)),
      ...this.#changed.keys(),
    ]);
    return [...names].flatMap((name) => this.get(name) ?? []);
  }

  /** A definition with what is left of fields that are undefined taken out; nothing changes if it is as it was. */
  put(name: string, fields: Draftable & Pick<Profile, 'kind'>): void {
    const have = this.get(name);
    const stated = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    const profile = {
      at: [],
      ...stated,
      name,
      backend: this.backend,
      ours: true,
    } as unknown as Profile;
    if (have && sameProfile(have, profile)) return;
    this.#claimOwnership(name, have);
    this.#changed.set(name, profile);
  }

  remove(name: string): void {
    const have = this.get(name);
    this.#claimOwnership(name, have);
    if (have) this.#changed.set(name, undefined);
  }

  claim(...path: string[]): void {
    this.claims.push(['stored', ...path]);
  }

  stored(): Stored {
    const { stored } = this.host;
    if (this.#changed.size === 0) return stored;
    const profiles: Record<string, readonly Profile[]> = { ...stored.profiles };
    for (const [name, profile] of this.#changed) {
      const others = (own(profiles, name) ?? []).filter(
        (other) => other.backend !== this.backend && !stored.backends[other.backend]?.active,
      );
      const definitions = profile ? [...others, profile] : others;
      if (definitions.length > 0) profiles[name] = definitions;
      else delete profiles[name];
    }
    return { ...stored, profiles };
  }

  /** Before a definition is changed: it must be ours, and nobody else may have one. */
  #claimOwnership(name: string, have: Profile | undefined): void {
    const { stored } = this.host;
    const others = (own(stored.profiles, name) ?? []).filter(
      ({ backend }) =>
        backend !== this.backend && stored.backends[backend]?.active && !isWriter(this.backend, backend),
    );
    const foreign = [...(have && !have.ours && !this.#changed.has(name) ? [have] : []), ...others];
    const [first] = foreign;
    if (!first) return;
    const where = foreign.map(describeOwner).join(', and ');
    if (!this.#adopt) {
      const { controller } = first;
      const role = controller === undefined ? '' : `, where it is a port of ${controller}`;
      throw new EngineError('FOREIGN', `the definition of ${name} belongs to ${where}${role}`, {
        hint: 'adopt: true takes it over, or change it there',
      });
    }
    const warning = `the definition of ${name} is taken over from ${where}`;
    if (!this.warnings.includes(warning)) this.warnings.push(warning);
  }
}

/** The definitions of netplan, and of libvirt, show up in what they write for. */
const isWriter = (backend: BackendName, other: BackendName): boolean =>
  (backend === 'netplan' && (other === 'networkd' || other === 'networkmanager')) ||
  (backend === 'libvirt' && (other === 'ifcfg' || other === 'ifupdown'));
