import { randomBytes } from 'node:crypto';
import { EngineError } from '../errors.ts';
import type { FieldDiff, GuardPlan, Observation, Plan } from '../module.ts';
import type { Dial, Shell } from '../transport/types.ts';
import { restoreLimit, type Transaction } from './guard/begin.ts';
import { failed, type GuardedOutcome, inVain, rolledBack, unreachable, whereNow } from './guard/outcome.ts';
import { Attempts, pause, type Reached } from './guard/reach.ts';
import {
  abort,
  begin,
  confirm,
  heard,
  type Progress,
  rollBack,
  takeOver,
  waitFor,
} from './guard/requests.ts';
import { settled, type Verify } from './guard/settled.ts';
import type { Machine } from './machine.ts';

/** Milliseconds that the old connection has to say that the steps are over, before a new one is tried anyway. */
const FIRST_TRY = 2000;

/** Milliseconds at most that a host is looked for beyond the time in which it was to put itself back. */
const PATIENCE = 120_000;

/**
 * Runs a plan with a `guard`: under a supervisor on the host, verified and confirmed over a new connection.
 * The machine must be locked. Afterwards it has the new connection: shells are to be asked for again.
 */
export async function runGuarded(
  machine: Machine,
  shell: Shell,
  plan: Plan<unknown>,
  verify: Verify,
): Promise<GuardedOutcome> {
  const { guard } = plan;
  if (!guard) throw new TypeError('not a guarded plan');
  const { hostKey, asked } = await machine.connection();
  if (asked !== undefined) {
    const why = `the login asked "${asked}", which cannot be answered again to confirm the change`;
    const hint = 'log in with a key, or with a password alone';
    return failed(new EngineError('GUARD_LOGIN', `${machine.description}: ${why}`, { hint }));
  }
  const id = `${Date.now().toString(36)}${randomBytes(4).toString('hex')}`;
  const marker = `@wb-${randomBytes(8).toString('hex')}`;
  const transaction = { id, marker, guard, holder: machine.holder, steps: plan.steps };
  return new GuardedRun({ machine, shell, plan, guard, verify, transaction, hostKey }).run();
}

interface Parts {
  readonly machine: Machine;
  /** The shell of before */
  readonly shell: Shell;
  readonly plan: Plan<unknown>;
  readonly guard: GuardPlan;
  readonly verify: Verify;
  readonly transaction: Transaction;
  readonly hostKey: Buffer | undefined;
}

/** One guarded change, from the side of the controller. */
class GuardedRun {
  readonly #parts: Parts;
  readonly #reading: Observation<unknown> | undefined;
  /** When the host puts itself back (performance.now), as far as is known */
  #end = 0;
  /** What the old connection said of the steps, if it lived to say it */
  #heard: Progress | undefined;
  /** Why the change is not to be */
  #reason: EngineError | undefined;
  #aborted = false;
  /** What went wrong in reaching it, once each */
  readonly #notes = new Set<string>();
  #mismatches: readonly FieldDiff[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#reading = parts.machine.reading(parts.plan);
  }

  async run(): Promise<GuardedOutcome> {
    const { shell, transaction, guard } = this.#parts;
    try {
      await begin(shell, transaction);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (error.code === 'REQUIREMENT' || error.code === 'COMMAND_FAILED') return failed(error);
      // Otherwise nobody knows how far it came: the host does
    }
    this.#end = performance.now() + FIRST_TRY + 1000 * guard.timeout;
    await this.#listen();
    return (await this.#confirmed()) ?? this.#putBack();
  }

  /** The steps are best waited for on the old connection: one made before they are over proves nothing. */
  async #listen(): Promise<void> {
    const { shell, transaction } = this.#parts;
    const heard = waitFor(shell, transaction).then(
      (progress) => {
        this.#heard = progress;
        if (progress.phase === 'open') this.#endsIn(progress.left);
      },
      (error) => {
        if (!(error instanceof EngineError)) throw error;
      },
    );
    // Without a network between there is nothing that could be cut
    await (shell.info.sshConnection ? Promise.race([heard, pause(FIRST_TRY)]) : heard);
  }

  #endsIn(seconds: number): void {
    this.#end = performance.now() + 1000 * seconds;
  }

  /** @returns undefined when the host is to be put back, for `#reason` */
  async #confirmed(): Promise<GuardedOutcome | undefined> {
    const { machine, shell, guard, hostKey } = this.#parts;
    const dials: readonly Dial[] =
      guard.dial === 'same' ? [{ hostKey }] : guard.dial.map((address) => ({ address, hostKey }));
    const attempts = new Attempts(machine, shell, dials, this.#notes);
    for (;;) {
      const reached = await attempts.reach(
        () => this.#end,
        () => this.#heard?.phase === 'rolledback',
      );
      if (this.#heard?.phase === 'rolledback') {
        // On the old connection, which therefore is there
        reached?.connection.close();
        await heard(shell, this.#parts.transaction);
        machine.forget();
        return this.#rolledBack(this.#heard);
      }
      if (!reached) return undefined;
      try {
        const outcome = await this.#over(reached);
        if (outcome !== 'again') return outcome;
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        this.#notes.add(error.message);
      }
      reached.connection.close();
    }
  }

  /** Over a new connection: verifies and confirms. */
  async #over(reached: Reached): Promise<GuardedOutcome | 'again' | undefined> {
    const { machine, plan, transaction, verify } = this.#parts;
    const progress = await waitFor(reached.shell, transaction, this.#reading?.script);
    if (progress.phase === 'rolledback') return this.#putBackOn(reached, progress);
    if (progress.phase === 'confirmed')
      return this.#holds(reached, await takeOver(reached.shell, transaction));
    if (progress.phase !== 'open' || progress.left <= 0) return undefined;
    this.#endsIn(progress.left);
    if (progress.early || !progress.reading) return 'again';

    const bare = progress.mode !== 'systemd' && plan.steps.some(({ persists }) => persists);
    const read = { ...this.#parts, shell: reached.shell, reading: this.#reading, end: this.#end };
    const found = await settled(read, progress, bare);
    if (found.error) {
      this.#reason = found.error;
      this.#mismatches = found.mismatches;
      this.#aborted = true;
      await abort(reached.shell, transaction);
      reached.connection.close();
      return undefined;
    }
    // So that the shell with the lock goes by itself, where it can
    await machine.hangUp();
    const said = await confirm(reached.shell, transaction);
    if (said.phase === 'rolledback') return this.#putBackOn(reached, said);
    if (said.phase !== 'confirmed') return 'again';
    if (bare) {
      const after = await waitFor(reached.shell, transaction, this.#reading?.script);
      if (after.reading) machine.take(plan, this.#reading, after.reading);
      this.#mismatches = verify(machine.state);
    }
    return this.#holds(reached, said.locked);
  }

  async #holds({ connection, shell, address }: Reached, locked: boolean): Promise<GuardedOutcome> {
    const { machine, plan, hostKey } = this.#parts;
    const warnings = address === undefined ? [] : whereNow(machine.description, address, connection);
    const moved = address === undefined ? undefined : { address, hostKey };
    await machine.adopt(connection, locked ? shell : undefined, moved);
    return { done: plan.steps, error: undefined, mismatches: this.#mismatches, warnings };
  }

  /** Finds the host as it was before, and hears how that came. */
  async #putBack(): Promise<GuardedOutcome> {
    const { machine, shell, guard, transaction, hostKey } = this.#parts;
    if (!this.#aborted) await pause(this.#end - performance.now());
    const notes = new Set<string>();
    const end = performance.now() + Math.min(1000 * restoreLimit(transaction), PATIENCE);
    const attempts = new Attempts(machine, shell, [{ hostKey }], notes);
    for (;;) {
      const reached = await attempts.reach(() => end);
      if (!reached) break;
      try {
        const progress = await rollBack(reached.shell, transaction);
        if (progress.phase === 'rolledback') return await this.#putBackOn(reached, progress);
        const locked = await takeOver(reached.shell, transaction);
        if (progress.phase === 'confirmed') return await this.#holds(reached, locked);
        if (progress.phase === 'none') {
          await machine.adopt(reached.connection, undefined);
          machine.forget();
          return failed(
            new EngineError(
              'CONNECTION_LOST',
              'the connection broke before the change was begun; nothing was changed',
            ),
          );
        }
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        notes.add(error.message);
      }
      reached.connection.close();
    }
    const reason = this.#reason ?? inVain(guard, this.#notes);
    const error = unreachable(machine.description, reason, notes, transaction);
    machine.abandon(error);
    return failed(error);
  }

  async #putBackOn({ connection, shell }: Reached, progress: Progress): Promise<GuardedOutcome> {
    const { machine, transaction } = this.#parts;
    const locked = await takeOver(shell, transaction);
    await machine.adopt(connection, locked ? shell : undefined);
    machine.forget();
    return this.#rolledBack(progress);
  }

  #rolledBack(progress: Progress): GuardedOutcome {
    const { transaction, guard } = this.#parts;
    const reason = this.#reason ?? inVain(guard, this.#notes);
    return rolledBack(progress, transaction, { reason, mismatches: this.#mismatches });
  }
}
