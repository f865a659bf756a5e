import { EngineError } from '../../errors.ts';
import type { Connection, Dial, Shell } from '../../transport/types.ts';
import type { Machine } from '../machine.ts';

/** Tries at most: a host may count connections against whoever makes many. */
const TRIES = 8;

/** Milliseconds for a TCP connection, so that a try does not outlast what makes it fail. */
const CONNECT = 3000;

/** A connection made anew. */
export interface Reached {
  readonly connection: Connection;
  readonly shell: Shell;
  readonly address: string | undefined;
}

/** Tries to reach a machine anew within a time, at ever longer distances. */
export class Attempts {
  readonly #machine: Machine;
  readonly #like: Shell;
  readonly #dials: readonly Dial[];
  readonly #notes: Set<string>;
  #tried = 0;
  #next = 0;

  /**
   * @param like a shell of the user that the new ones are to be of
   * @param notes gets what went wrong
   */
  constructor(machine: Machine, like: Shell, dials: readonly Dial[], notes: Set<string>) {
    this.#machine = machine;
    this.#like = like;
    this.#dials = dials;
    this.#notes = notes;
  }

  /**
   * @param end time (performance.now) when there is no point any more
   * @param stop turns true when there is none before that
   * @returns undefined when all was in vain
   */
  async reach(end: () => number, stop: () => boolean = () => false): Promise<Reached | undefined> {
    while (this.#tried < TRIES && !stop()) {
      const wait = Math.min(this.#next, end()) - performance.now();
      if (wait > 0) {
        await pause(Math.min(wait, 200));
        continue;
      }
      if (performance.now() >= end()) return undefined;
      const started = performance.now();
      const reached = await before(end, this.#try());
      this.#tried++;
      this.#next = 0;
      if (reached) return reached;
      // 8 tries spread over the time: at 1/36 of it, 3/36, 6/36, …
      this.#next = Math.max(started + ((end() - started) * this.#tried) / 36, performance.now() + 100);
    }
    return undefined;
  }

  async #try(): Promise<Reached | undefined> {
    const dial = this.#dials[this.#tried % this.#dials.length] ?? {};
    let connection: Connection | undefined;
    try {
      connection = await this.#machine.dial({ ...dial, timeout: CONNECT });
      const shell = await this.#machine.shellLike(this.#like, connection);
      return { connection, shell, address: dial.address };
    } catch (error) {
      connection?.close();
      if (!(error instanceof EngineError)) throw error;
      this.#notes.add(error.message);
      return undefined;
    }
  }
}

/** What a try came to, if it did in time; one that comes too late is closed. */
async function before(end: () => number, work: Promise<Reached | undefined>): Promise<Reached | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let late = false;
  const over = new Promise<undefined>((resolve) => {
    const check = (): void => {
      const left = end() - performance.now();
      if (left > 0) timer = setTimeout(check, Math.min(left, 1000));
      else {
        late = true;
        resolve(undefined);
      }
    };
    check();
  });
  work.then(
    (reached) => late && reached?.connection.close(),
    () => undefined,
  );
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
