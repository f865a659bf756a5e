import type { SourceNode } from '../source.ts';

/** A playbook, loaded and checked. Values of keywords are as written: templates are rendered when they are needed. */
export interface Playbook {
  readonly file: string;
  readonly plays: readonly Play[];
}

/** Keywords of plays, blocks and tasks that inner ones inherit. Undefined: not given at any level. */
export interface Inherited {
  /**
   * Outermost first. Those of a play rank lower than facts and registered variables, those of blocks and tasks higher:
   * a play has its own (and its import's), a block or task only those of blocks, imports and tasks.
   */
  readonly vars: readonly Readonly<Record<string, unknown>>[];
  readonly environment: readonly unknown[];
  readonly tags: readonly string[];
  /** Conditions from the outermost block inwards, with where they stand */
  readonly when: readonly Condition[];
  readonly become?: unknown;
  readonly becomeUser?: unknown;
  readonly becomeMethod?: unknown;
  readonly connection?: unknown;
  readonly port?: unknown;
  readonly remoteUser?: unknown;
  readonly ignoreErrors?: unknown;
  readonly ignoreUnreachable?: unknown;
  readonly noLog?: unknown;
  readonly checkMode?: unknown;
  readonly diff?: unknown;
  readonly anyErrorsFatal?: unknown;
  readonly throttle?: unknown;
  readonly timeout?: unknown;
  readonly runOnce?: unknown;
  readonly delegateTo?: unknown;
  /** Maps from module name to default parameters, outermost first */
  readonly moduleDefaults: readonly Readonly<Record<string, unknown>>[];
}

export interface Condition {
  readonly expression: unknown;
  readonly at: SourceNode;
}

export interface Play extends Inherited {
  readonly name: string | undefined;
  /** A pattern, or a list of them */
  readonly hosts: unknown;
  readonly order: 'inventory' | 'reverse_inventory' | 'sorted' | 'reverse_sorted' | 'shuffle';
  readonly serial: readonly unknown[];
  readonly strategy: 'linear' | 'free' | 'host_pinned';
  readonly maxFailPercentage: unknown;
  readonly gatherFacts: unknown;
  readonly varsFiles: readonly { readonly file: unknown; readonly at: SourceNode }[];
  readonly forceHandlers: unknown;
  /** pre_tasks, tasks, post_tasks, in this order; handlers are flushed after each */
  readonly sections: readonly (readonly TaskNode[])[];
  readonly handlers: readonly Handler[];
  readonly at: SourceNode;
}

export type TaskNode = Task | Block;

export interface Block extends Inherited {
  readonly kind: 'block';
  readonly name: string | undefined;
  readonly block: readonly TaskNode[];
  /** Ends an atomic block: what its tasks want is done here, as one change. Undefined: each task is done for itself */
  readonly commit: Task | undefined;
  readonly rescue: readonly TaskNode[];
  readonly always: readonly TaskNode[];
  readonly at: SourceNode;
}

export interface Task extends Inherited {
  readonly kind: 'task';
  /** Unique in the run, in document order */
  readonly id: number;
  readonly name: string | undefined;
  /** Canonical module name: `command`, not `ansible.builtin.command` */
  readonly module: string;
  /** Parameters as written; a bare string for free-form modules */
  readonly args: Readonly<Record<string, unknown>> | string;
  /** Where the parameters stand */
  readonly argsAt: SourceNode;
  readonly loop: Loop | undefined;
  readonly until: Condition | undefined;
  readonly retries: unknown;
  readonly delay: unknown;
  readonly register: string | undefined;
  readonly changedWhen: Condition | undefined;
  readonly failedWhen: Condition | undefined;
  readonly notify: readonly string[];
  readonly delegateFacts: unknown;
  readonly at: SourceNode;
}

/** A task that runs when notified. */
export interface Handler extends Task {
  readonly listen: readonly string[];
}

export interface Loop {
  /** `loop`, or the name behind `with_` */
  readonly kind: string;
  readonly items: unknown;
  readonly at: SourceNode;
  readonly loopVar: string;
  readonly indexVar: string | undefined;
  readonly label: unknown;
  readonly pause: unknown;
  readonly extended: boolean;
}
