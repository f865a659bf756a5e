import type { Handler, Play } from '../playbook/types.ts';
import { type Turn, type Verdict, walkPlay } from './cursor.ts';
import type { RunOptions } from './options.ts';
import type { Transaction } from './transaction.ts';

/** One host on its way through a play. */
export class HostWalk {
  readonly host: string;
  /** What comes next; undefined at the end */
  turn: Turn | undefined;
  failed = false;
  unreachable = false;
  /** The atomic block it is in, from the block's first task to its commit */
  transaction: Transaction | undefined;
  readonly #notified = new Set<Handler>();
  readonly #steps: Generator<Turn, Verdict, Verdict>;

  constructor(host: string, play: Play, options: RunOptions, forceHandlers: boolean) {
    this.host = host;
    this.#steps = walkPlay({
      sections: play.sections,
      tags: options.tags,
      skipTags: options.skipTags,
      takeHandler: () => {
        const next = play.handlers.find((handler) => this.#notified.has(handler));
        if (next) this.#notified.delete(next);
        return next;
      },
      forceHandlers: () => forceHandlers,
      rescued: () => {
        this.failed = false;
      },
    });
    this.#take(this.#steps.next());
  }

  notify(handler: Handler): void {
    this.#notified.add(handler);
  }

  /** Goes on after the current turn. */
  advance(verdict: Verdict): void {
    if (verdict === 'failed') this.failed = true;
    this.#take(this.#steps.next(verdict));
  }

  /** Walks no further, whatever was to come. */
  stop(): void {
    this.#take(this.#steps.return('stop'));
  }

  #take(step: IteratorResult<Turn, Verdict>): void {
    this.turn = step.done ? undefined : step.value;
  }
}
