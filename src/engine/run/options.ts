import type { Inventory } from '../inventory/types.ts';
import type { Registry, World } from '../module.ts';
import type { Playbook } from '../playbook/types.ts';
import type { Templar } from '../template/types.ts';
import type { Transport } from '../transport/types.ts';
import type { RunEvent } from './events.ts';

/** Everything a run needs, handed in: the engine reads no environment and no files of its own accord. */
export interface RunOptions {
  readonly playbooks: readonly Playbook[];
  readonly inventory: Inventory;
  readonly registry: Registry;
  // biome-ignore lint/suspicious/noExplicitAny: the engine never looks into the world's state
  readonly world: World<any>;
  readonly templar: Templar;
  /** How to reach a host, from its variables; hosts with the same key share one machine */
  readonly reach: (
    host: string,
    variables: Readonly<Record<string, unknown>>,
  ) => { key: string; transport: Transport };
  /** Reads a vars file to a mapping. @throws SourceErrors */
  readonly readVars: (file: string) => Readonly<Record<string, unknown>>;
  readonly emit: (event: RunEvent) => void;
  readonly extraVars: Readonly<Record<string, unknown>>;
  readonly limit: string | undefined;
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  readonly startAtTask: string | undefined;
  /** Asked before each task, with its name; undefined: run all */
  readonly step?: ((task: string) => Promise<StepAnswer>) | undefined;
  readonly check: boolean;
  readonly diff: boolean;
  /** Hosts worked on at once */
  readonly forks: number;
  readonly forceHandlers: boolean;
  /** Changes, pending or undecided differences exit with 3 */
  readonly detailedExitCode: boolean;
  readonly become: BecomeOptions;
  readonly verbosity: number;
  /** Who runs this, for the lock: `ann@admin1 pid 4711` */
  readonly holder: string;
  readonly version: string;
  /** Aborted once: stop at the next task boundary */
  readonly signal: AbortSignal;
}

/** `continue`: run this one and all others */
type StepAnswer = 'yes' | 'no' | 'continue';

interface BecomeOptions {
  readonly become: boolean;
  readonly user: string | undefined;
  readonly method: string | undefined;
  readonly password: string | undefined;
}
