import type { Step } from '../../../engine/module.ts';
import type { Links } from '../link.ts';
import type { Operation } from '../operation.ts';
import type { BackendFacts, BackendName, Files, Profile, Stored } from '../profile.ts';

/** One way in which a host persists the configuration of its interfaces. Pure: it never touches a host. */
export interface Backend {
  readonly name: BackendName;
  /** Shell globs of the files it keeps definitions in, absolute, without white space */
  readonly globs: readonly string[];
  /**
   * POSIX sh that prints `key value` lines: nothing where the backend is not installed, else at least `active yes` or
   * `active no`. Few processes, only builtins where it is not there; it must not fail. `$services` holds the output of
   * `systemctl is-active` by service (see observe/profiles.ts).
   */
  readonly probe: string;
  /**
   * Definitions in these files, those written by people too; what it cannot understand of one goes into `extra`.
   * A port that only its controller lists is a profile of its own, too.
   */
  parse(files: Files, facts: BackendFacts): readonly Profile[];
  /**
   * Changes of files that make the stored definitions those of `change`, and touch no other definition: what is not
   * in `change` keeps every byte. A definition that is ours has files of its own (or its part of ours).
   * @throws EngineError REQUIREMENT where this backend has no words for something, with what to do instead
   */
  write(stored: Stored, change: DefinitionChange): readonly FileChange[];
  /**
   * Steps that write the files, and bring the live links where the definitions (and the goal) want them, in whatever
   * way disturbs least; none for files that are as they should be and links that need nothing. Idempotent
   * where it can be, in the order that is safe.
   */
  activate(activation: Activation): readonly Step[];
  /**
   * What must be done after the old files are back in place, for the backend to take note: run by the guard on the
   * host, best effort (a step that fails does not stop the others). Live links are then restored with iproute2.
   */
  restore(activation: Activation): readonly Step[];
  /** Steps at boot, after only files were put back, before any network service starts: `netplan generate` */
  restoreAtBoot?(): readonly Step[];
  /** Prints the last log lines about these interfaces, for a person whose change did not come about */
  evidence?(names: readonly string[]): readonly string[];
}

/** Definitions to have (`set`) and not to have (`remove`) of one backend. */
export interface DefinitionChange {
  readonly set: readonly Profile[];
  readonly remove: readonly string[];
}

/** A file as it is to be; without content it is to be gone. */
export interface FileChange {
  readonly path: string;
  readonly content?: string;
  /** Default: as it is, 0644 for a new one */
  readonly mode?: number;
}

/** A change of the host, stored and live. */
export interface Activation {
  readonly stored: Stored;
  readonly facts: BackendFacts;
  readonly change: DefinitionChange;
  readonly files: readonly FileChange[];
  /** This backend's definitions, by interface, as they were and as they will be */
  readonly before: Readonly<Record<string, Profile>>;
  readonly after: Readonly<Record<string, Profile>>;
  /** Live links as they are, and as they are to be */
  readonly links: Links;
  readonly goal: Links;
  /** iproute2 operations that lead from `links` to `goal`; empty when the live side is not to be touched */
  readonly operations: readonly Operation[];
  /**
   * Interfaces to bring up as defined (active) or down (inactive, absent), even though no operation says so: DHCP
   * that has no lease yet, or ends. Empty when the live side is not to be touched (state: defined)
   */
  readonly start: readonly string[];
  readonly stop: readonly string[];
  /**
   * Interfaces that tasks want up as defined (state: active), whether or not something live is to change: of what
   * only the definition says (name servers), a backend may have to take note. Left out: none
   */
  readonly active?: readonly string[];
}
