import { isDeepStrictEqual } from 'node:util';
import { EngineError } from '../errors.ts';
import type { Goal, Settings, SourceRequest } from '../module.ts';
import type { Task } from '../playbook/types.ts';
import { makeChange, type Place, type Planned, planContext } from './change.ts';
import type { HostOutcome } from './host-task.ts';
import type { Machine } from './machine.ts';
import type { Outcome } from './result.ts';

/** What one task wants, whatever state it meets. */
interface Wish {
  readonly requests: readonly SourceRequest[];
  readonly planFor: (state: unknown) => Planned;
}

/** A task of the block whose result stands only once the block is done. */
interface Held {
  readonly task: Task;
  readonly outcome: HostOutcome;
  readonly rescuable: boolean;
}

/**
 * An atomic block on its way through one host: what its tasks want, gathered before anything is done. The state that
 * they would lead to lives here alone, so that nothing is left of it when the block fails.
 */
export class Transaction {
  /** The task that ends the block */
  readonly commit: Task;
  readonly held: Held[] = [];
  readonly #wishes: Wish[] = [];
  #joined: { machine: Machine; settings: Settings } | undefined;
  /** The wishes, one after the other from a state on */
  #replay: { from: unknown; goals: Goal<unknown>[]; state: unknown } | undefined;

  constructor(commit: Task) {
    this.commit = commit;
  }

  /** @throws EngineError ATOMIC_TASK when a task's variables lead it elsewhere than those before it */
  join(machine: Machine, settings: Settings): void {
    this.#joined ??= { machine, settings };
    const { machine: first, settings: agreed } = this.#joined;
    if (first === machine && isDeepStrictEqual(agreed, settings)) return;
    const what =
      first === machine ? 'has other settings' : `goes to ${machine.description}, not ${first.description}`;
    throw new EngineError('ATOMIC_TASK', `this task of an atomic block ${what}`, {
      hint: 'set connection variables, libvirt_uri and network_backend for the whole block',
    });
  }

  add(wish: Wish): void {
    this.#wishes.push(wish);
  }

  get isEmpty(): boolean {
    return this.#wishes.length === 0;
  }

  get requests(): readonly SourceRequest[] {
    return this.#wishes.flatMap(({ requests }) => requests);
  }

  /** The state after all wishes so far, from this one on. @throws EngineError when one is not possible there */
  predict(from: unknown): unknown {
    return this.#played(from).state;
  }

  /** The goals of all wishes from a state on, each made from what the one before leads to. @throws EngineError */
  goals(from: unknown): readonly Goal<unknown>[] {
    return this.#played(from).goals;
  }

  #played(from: unknown): { goals: Goal<unknown>[]; state: unknown } {
    const known = this.#replay?.from === from ? this.#replay : undefined;
    const replay = known ?? { from, goals: [], state: from };
    this.#replay = replay;
    for (const { planFor } of this.#wishes.slice(replay.goals.length)) {
      const { goal, plan } = planFor(replay.state);
      replay.goals.push(goal);
      replay.state = plan.predicted;
    }
    return replay;
  }
}

/** Does what the tasks of an atomic block want, all of it as one change, or nothing. Runs in the machine's turn. */
export async function commitTransaction(transaction: Transaction, place: Place): Promise<Outcome> {
  const { world, machine, shell, settings } = place;
  transaction.join(machine, settings);
  const { requests } = transaction;
  await machine.need(requests, () => [], shell);
  const context = planContext(place, true);
  const outcome = await makeChange({
    ...place,
    requests,
    planFor: (state) => {
      const goal = world.merge(transaction.goals(state));
      return { goal, plan: world.plan(state, goal, context) };
    },
    report: () => ({}),
  });
  // The differences were shown with the tasks
  return { ...outcome, diff: [] };
}
