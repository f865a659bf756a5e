import { randomBytes } from 'node:crypto';
import { type EngineError, UnreachableError } from '../errors.ts';
import type { Observation, Plan, ShellOutput, SourceRequest, Step, World } from '../module.ts';
import type { Become, Connection, Dial, Shell, Transport } from '../transport/types.ts';
import { checkLock, lockScript, putBack, unlockScript } from './lock.ts';
import { readStepsOutput, stepsScript, stepsTimeout } from './steps.ts';

/** Effect of a task on the state, to be replayed on a newer reading. */
type Fold = (state: unknown) => unknown;

/**
 * One real machine, whatever inventory names lead to it: its connection, shells, state, lock and queue.
 */
export class Machine {
  readonly description: string;
  /** Who has its lock, for others that wait */
  readonly holder: string;
  readonly #transport: Transport;
  readonly #world: World<unknown>;
  readonly #becomes = new WeakMap<Shell, Become | undefined>();
  #connection: Promise<Connection> | undefined;
  /** Where it is found, when a change took it to another address than it is known by */
  #moved: Dial | undefined;
  #lost: UnreachableError | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #base: unknown;
  #predicted: unknown;
  #folds: Fold[] = [];
  #locked: Shell | undefined;
  readonly #warnings: string[] = [];

  constructor(transport: Transport, world: World<unknown>, holder: string) {
    this.description = transport.description;
    this.#transport = transport;
    this.#world = world;
    this.holder = holder;
    this.#base = this.#predicted = world.empty;
  }

  /** Runs work when all that was queued before it has ended, and nothing else meanwhile. */
  turn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#tail.then(work);
    this.#tail = mine.catch(() => undefined);
    return mine;
  }

  /** @throws UnreachableError */
  async shell(become: Become | undefined): Promise<Shell> {
    return this.#shellOf(await this.connection(), become);
  }

  /** The connection that there is, or a new one. @throws UnreachableError */
  connection(): Promise<Connection> {
    if (this.#lost) throw this.#lost;
    this.#connection ??= this.#keep(this.#transport.connect(this.#moved));
    return this.#connection;
  }

  async #shellOf(connection: Connection, become: Become | undefined): Promise<Shell> {
    let shell = await connection.shell();
    if (become && become.user !== shell.info.user) shell = await connection.shell(become);
    this.#becomes.set(shell, become);
    return shell;
  }

  /** A second connection, beside the one that there is. @throws UnreachableError */
  dial(to: Dial): Promise<Connection> {
    return this.#transport.connect({ ...this.#moved, ...to });
  }

  /** On another connection, the shell of whom this one is for. */
  shellLike(shell: Shell, connection: Connection): Promise<Shell> {
    return this.#shellOf(connection, this.#becomes.get(shell));
  }

  /** Ends the connection that there is: another one is to be adopted. */
  async hangUp(): Promise<void> {
    (await this.#connection?.catch(() => undefined))?.close();
  }

  /**
   * Goes on with another connection from now on.
   * @param locked its shell that has the lock
   * @param moved how the machine is reached again later
   */
  async adopt(connection: Connection, locked: Shell | undefined, moved?: Dial): Promise<void> {
    const old = await this.#connection?.catch(() => undefined);
    if (old !== connection) {
      this.#connection = Promise.resolve(connection);
      this.#keep(this.#connection);
      old?.close();
    }
    this.#lost = undefined;
    this.#locked = locked;
    this.#moved = moved ?? this.#moved;
  }

  /** Nobody knows how it is, and later tasks are not to try. */
  abandon(reason: UnreachableError): void {
    this.hangUp();
    this.#connection = undefined;
    this.#locked = undefined;
    this.#lost = reason;
    this.forget();
  }

  /** A connection that could not be made is tried again by the next task; one that broke is not. */
  #keep(opening: Promise<Connection>): Promise<Connection> {
    opening
      .then((connection) => connection.lost)
      .then(
        (reason) => {
          if (this.#connection !== opening) return;
          this.#lost = new UnreachableError('CONNECTION_LOST', reason.message, { cause: reason });
        },
        () => {
          if (this.#connection === opening) this.#connection = undefined;
        },
      );
    return opening;
  }

  /** Gives up the connection, so that the next request makes a new one. */
  async disconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#lost = undefined;
    this.#locked = undefined;
    this.forget();
    await connection?.then(
      (open) => open.close(),
      () => undefined,
    );
  }

  /** The state as tasks see it: what was read, with the goals of a check run so far in it. */
  get state(): unknown {
    return this.#predicted;
  }

  /** Reads what is not known yet. Hints are read along, and may fail. @throws EngineError when a needed source cannot be read */
  async need(
    requests: readonly SourceRequest[],
    hints: () => readonly SourceRequest[],
    shell: Shell,
  ): Promise<void> {
    if (this.#world.failure(this.#base, requests)) this.#base = this.#world.forget(this.#base, requests);
    if (this.#world.observe(this.#base, requests)) {
      const observation = this.#world.observe(this.#base, [...requests, ...hints()]);
      if (observation) {
        const output = await shell.run({ script: observation.script });
        this.#rebase(observation.parse(output));
      }
    }
    const failure = this.#world.failure(this.#base, requests);
    if (failure) throw failure;
  }

  /** How to read again what a plan touches. */
  reading(plan: Plan<unknown>): Observation<unknown> | undefined {
    return this.#world.observe(this.#world.forget(this.#base, plan.touches), plan.touches);
  }

  /** Takes what such a reading printed as the state. @returns why a source could not be read */
  take(
    plan: Plan<unknown>,
    reading: Observation<unknown> | undefined,
    output: ShellOutput,
  ): EngineError | undefined {
    if (reading) this.#rebase(reading.parse(output));
    return this.#world.failure(this.#base, plan.touches);
  }

  #rebase(base: unknown): void {
    this.#base = base;
    this.#predicted = this.#folds.reduce((state, fold) => fold(state), base);
  }

  /** Check mode: goes on as if the task had been done. */
  fold(effect: Fold): void {
    this.#folds.push(effect);
    this.#predicted = effect(this.#predicted);
  }

  /** The host may have changed behind our back: everything is read again when next needed. */
  forget(): void {
    this.#base = this.#world.empty;
    this.#predicted = this.#base;
  }

  /**
   * Takes the lock before the first change of a play, reading the sources again under it.
   * @returns whether what was known still holds, so that a plan made from it does
   * @throws EngineError LOCKED
   */
  async lock(shell: Shell, requests: readonly SourceRequest[]): Promise<boolean> {
    if (this.#locked) return true;
    const before = this.#base;
    const observation = this.#world.observe(this.#world.forget(before, requests), requests);
    const said = await shell.run({
      script: `${lockScript(this.holder)} && {\n${observation?.script ?? ':'}\n} 9>&-`,
      inPlace: true,
    });
    if (said.status === 75 || said.status === 77) checkLock(said);
    const { warnings, output } = putBack(said);
    this.#warnings.push(...warnings);
    this.#locked = shell;
    if (!observation) return true;
    this.#rebase(observation.parse(output));
    return this.#world.same(before, this.#base, requests);
  }

  /** What is to be said of the host, once: what was put back there before this run changed anything. */
  warnings(): readonly string[] {
    return this.#warnings.splice(0);
  }

  /** At the end of a play. */
  async unlock(): Promise<void> {
    const shell = this.#locked;
    this.#locked = undefined;
    if (!shell || this.#lost) return;
    await shell.run({ script: unlockScript, inPlace: true, timeout: 10 }).catch(() => undefined);
  }

  /** Runs a plan's steps and reads what they touched, in one round trip. @returns titles of the steps that were done */
  async apply(
    shell: Shell,
    plan: Plan<unknown>,
  ): Promise<{ done: readonly Step[]; error: EngineError | undefined }> {
    const marker = `@wb-${randomBytes(8).toString('hex')}`;
    const observation = this.reading(plan);
    this.#base = this.#world.forget(this.#base, plan.touches);
    const output = await shell.run({
      script: stepsScript(plan.steps, observation?.script ?? ':', marker),
      timeout: stepsTimeout(plan.steps),
      survive: true,
    });
    const outcome = readStepsOutput(plan.steps, output, marker);
    if (observation) this.#rebase(observation.parse(outcome.reading));
    return { done: plan.steps.slice(0, outcome.done), error: outcome.error };
  }

  async close(): Promise<void> {
    await this.unlock();
    await this.disconnect();
  }
}
