/**
 * The contracts between the engine, which knows neither modules nor networks, and what is plugged into it:
 * resource modules (describe a goal), action modules (do something) and the world (observes and plans).
 * Types only.
 */
import type { EngineError, ErrorCode } from './errors.ts';
import type { NodePath } from './source.ts';

/** JSON schema of a module's parameters: one object, `additionalProperties: false`, every property described. */
export interface ParamSchema {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, unknown>>;
  readonly [keyword: string]: unknown;
}

/** A mistake in parameters that a schema cannot express. */
export interface ParamProblem {
  /** From the parameters' root to the value at fault */
  readonly path: NodePath;
  /** Point at the key rather than the value */
  readonly at?: 'key' | 'value';
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

/** Host variables that modules obey. */
export interface Settings {
  /** libvirt connection URI: `libvirt_uri`, default `qemu:///system` */
  readonly libvirtUri: string;
  /** `network_backend`: who persists host interfaces; undefined = detect */
  readonly networkBackend: string | undefined;
}

/** Something that can be read from a host, such as all links, or the networks of a libvirt connection. */
export interface SourceRequest {
  readonly source: 'links' | 'profiles' | 'networks' | 'domains' | 'leases' | 'agents';
  /** libvirt connection, for networks and domains, and for the stored definitions that libvirt keeps */
  readonly uri?: string;
  /** Only these domains, by name; all of them if left out. The other sources are always read whole */
  readonly names?: readonly string[];
}

/** A path into the state: what a task speaks of, and verification looks at. */
export type Claim = NodePath;

/** The state a task wants, made from the state there is. `S` is the world's state. */
export interface Goal<S> {
  /** Which planner takes it */
  readonly part: 'interfaces' | 'networks' | 'domains';
  /** The whole state with the task's wish in it */
  readonly state: S;
  readonly claims: readonly Claim[];
  /** What the planner may do and whom it acts on (`restart`, `force`, `scope`, the object's name, …), each planner's own */
  readonly policy?: Readonly<Record<string, unknown>>;
  readonly warnings?: readonly string[];
}

/** One difference, in the words of the parameters. */
export interface FieldDiff {
  /** What it is about: `bridge br0`, `network lan`, `web1 NIC 52:54:00:aa:00:01` */
  readonly object: string;
  /** Parameter path, dotted: `mtu`, `ipv4.addresses`, `state` */
  readonly field: string;
  readonly want: unknown;
  /** What is stored on the host; left out where nothing is stored or it does not apply */
  readonly stored?: unknown;
  /** What is live; left out where it does not apply */
  readonly live?: unknown;
}

/** A difference that is left for later on purpose. */
export interface Pending extends FieldDiff {
  /** What it waits for: `restart of network lan`, `next boot of web1` */
  readonly until: string;
}

/** One command on the host. */
export interface Step {
  /** What it does, as a person would say it: `add bridge br0` */
  readonly title: string;
  /** Quoted by the engine, once. Never a spliced shell text: `['sh', '-c', CONSTANT, 'sh', value…]` at most */
  readonly argv: readonly string[];
  readonly stdin?: string;
  /** Exit statuses that are success, default [0] */
  readonly success?: readonly number[];
  /** Seconds it may take, default 60 */
  readonly timeout?: number;
  /** Writes stored configuration. A guard on a host without systemd does such steps only after confirmation */
  readonly persists?: boolean;
}

/** A step that puts back something of a host. */
export interface RestoreStep extends Step {
  /** Command that is run before anything is changed; what it prints is the step's stdin. One that fails stops the change */
  readonly note?: readonly string[];
}

/**
 * What it takes to run steps guarded: the host puts itself back unless the change is confirmed over a new
 * connection (DESIGN.md, Guard).
 */
export interface GuardPlan {
  /** Why: `delete link eth1 touches the path of this SSH connection (10.0.0.1 on br0 over eth1)` */
  readonly reason: string;
  /** Commands that look whether all could be put back; one that fails says why not, and nothing is changed */
  readonly require?: readonly (readonly string[])[];
  /** Absolute paths of files the steps may write or remove: saved before, put back by a rollback */
  readonly files: readonly string[];
  /** Put the host back, from whatever state, after the files are back. Idempotent; one that fails does not stop the rest */
  readonly restore: readonly RestoreStep[];
  /** Steps after a reboot in the middle, when only files were put back and no network service has started: `netplan generate` */
  readonly restoreAtBoot: readonly Step[];
  /**
   * Where the host answers afterwards: the address dialled before (`same`), or these, in order, when the goal takes
   * that one away
   */
  readonly dial: 'same' | readonly string[];
  /** Seconds after the last step until the host puts itself back */
  readonly timeout: number;
}

/** How to get from the state there is to the goal. */
export interface Plan<S> {
  /** In order. None: the task is ok */
  readonly steps: readonly Step[];
  readonly diff: readonly FieldDiff[];
  readonly pending: readonly Pending[];
  /** Why the goal must not be pursued; nothing is run then, in check mode neither */
  readonly refused?: EngineError | undefined;
  /** The state after the steps, consequences included; what only the host can know is UNKNOWN */
  readonly predicted: S;
  /** What the steps make stale, and so is read again after them */
  readonly touches: readonly SourceRequest[];
  readonly warnings?: readonly string[];
  /** The steps touch the path of the very connection they are run over: how, in one sentence. Said before they run, in check mode too */
  readonly lifeline?: string | undefined;
  /** Left out: the steps are run without a guard */
  readonly guard?: GuardPlan | undefined;
  /** Seconds that the host may take after the last step to get where the goal wants it (carrier, DHCP, duplicate address detection); default 0 */
  readonly settle?: number;
  /** Command that prints the log of whoever was to bring it about, for a change that did not come about */
  readonly evidence?: readonly string[];
}

/** What planners must know about the connection. */
export interface PlanContext {
  readonly settings: Settings;
  /** Address on the host that this very connection goes to (from SSH_CONNECTION); undefined for local and command */
  readonly sshAddress: string | undefined;
  readonly check: boolean;
  /** The goals of an atomic block: always guarded */
  readonly atomic?: boolean;
}

/** A script to run on the host, and how to read what it prints. */
export interface Observation<S> {
  /** POSIX sh, read-only */
  readonly script: string;
  /** A source that could not be read is remembered as failed in the state, it does not throw */
  parse(output: ShellOutput): S;
}

export interface ShellOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/** What the engine needs to know of what it manages. Pure: never touches a host itself. */
export interface World<S> {
  /** Nothing read yet */
  readonly empty: S;
  /** How to read what of these requests `state` does not hold yet; undefined when it holds all */
  observe(state: S, requests: readonly SourceRequest[]): Observation<S> | undefined;
  /** `state` with these sources unread; all of them when no requests are given */
  forget(state: S, requests?: readonly SourceRequest[]): S;
  /** Why one of these sources could not be read */
  failure(state: S, requests: readonly SourceRequest[]): EngineError | undefined;
  /** Whether two readings agree in these sources (counters and other movement aside) */
  same(a: S, b: S, requests: readonly SourceRequest[]): boolean;
  plan(state: S, goal: Goal<S>, context: PlanContext): Plan<S>;
  /**
   * One goal of several of one part, each made from the state that the one before wants: the last one's state, and
   * the claims of all (an atomic block)
   */
  merge(goals: readonly Goal<S>[]): Goal<S>;
  /** Claims of the goal that `after` does not meet, less what the plan left pending */
  verify(goal: Goal<S>, plan: Plan<S>, after: S): readonly FieldDiff[];
}

interface ModuleBase {
  readonly name: string;
  /** One line, imperative */
  readonly summary: string;
  readonly schema: ParamSchema;
  /** Mistakes the schema cannot express. Sees literal parameters before the run (templates are Unknown) and all of them in it */
  readonly check?: (params: Readonly<Record<string, unknown>>) => readonly ParamProblem[];
  /** More about it for `wirebook doc`, Markdown */
  readonly notes?: string;
}

/** Describes what a host should have. Pure: never sees a connection, check mode or a report. */
export interface ResourceModule<P, S> extends ModuleBase {
  readonly kind: 'resource';
  /** It wants nothing, and is asked for its result: `wirebook do` shows it */
  readonly readOnly?: true;
  /** Its tasks can be part of an atomic block: their goals are of one part, and the world merges them */
  readonly atomic?: true;
  /** What must have been read before `goal` is asked */
  sources(params: P, settings: Settings): readonly SourceRequest[];
  /** May throw EngineError (REQUIREMENT, REFUSED, PARAM_CONFLICT) */
  goal(params: P, state: S, settings: Settings): Goal<S>;
  /** What the task manages, as it is in a state: `before` and `after` of the result */
  view(params: P, state: S, settings: Settings): unknown;
  /** More keys for the result, from the state after the task (`nic`, `xml`) */
  result?(params: P, state: S, settings: Settings): Record<string, unknown>;
}

/** What an action gets to work with. */
export interface ActionContext {
  readonly host: string;
  readonly check: boolean;
  readonly diff: boolean;
  /** Runs a command on the host, as the task's user, in its environment */
  exec(command: ExecRequest): Promise<ShellOutput>;
  /** Evaluates a bare expression (`that`, `var`) with the task's variables */
  evaluate(expression: string): unknown;
  /** Evaluates a condition to true or false, or Unknown in check mode */
  condition(expression: unknown): unknown;
  /** Closes the machine's connection and makes a new one */
  reconnect(deadline: number): Promise<void>;
  readonly verbosity: number;
}

export type ExecRequest = {
  readonly stdin?: string;
  /** Directory to run in */
  readonly chdir?: string;
  /** Shell to use for `script`, default /bin/sh */
  readonly executable?: string;
  readonly timeout?: number;
} & ({ readonly argv: readonly string[] } | { readonly script: string });

/** What an action did. */
export interface ActionResult {
  readonly changed?: boolean;
  readonly failed?: boolean;
  readonly skipped?: boolean;
  readonly unreachable?: boolean;
  readonly msg?: string;
  /** More keys of the result, as `register` shows them */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Variables for the host, from now on (set_fact, setup) */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** What decided, where it could not be decided: the task is skipped as undecided */
  readonly undecided?: string;
}

/** Acts rather than describes. */
export interface ActionModule<P> extends ModuleBase {
  readonly kind: 'action';
  /** Parameter that takes a bare string: `command: ls /` */
  readonly freeForm?: string;
  /** Whether it may change the host, so that its state is read again afterwards */
  readonly mutates: boolean;
  /** `run`: harmless in check mode, or knows what to do. `skip`: not run there, and the host is inexact from then on */
  readonly inCheckMode: 'run' | 'skip';
  /** Needs no connection */
  readonly local?: boolean;
  /** Parameters given to `run` unrendered, since they are expressions or hold them: debug's `var`, assert's `that` */
  readonly raw?: readonly string[];
  run(params: P, context: ActionContext): Promise<ActionResult>;
}

// biome-ignore lint/suspicious/noExplicitAny: a registry holds modules of any parameters
export type AnyModule<S = any> = ResourceModule<any, S> | ActionModule<any>;

/** Modules by name. */
export type Registry = ReadonlyMap<string, AnyModule>;
