import type { Readable, Writable } from 'node:stream';

/** A running `sh`, as a transport yields it. */
export interface ShellStream {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when it is over, with why; never rejects */
  readonly closed: Promise<Error>;
  /** Lets go of it at once */
  destroy(): void;
}

export type Output = (from: 'stdout' | 'stderr', chunk: Buffer) => void;

/** One shell stream and whoever listens to it at the moment. Nested shells share it, so it has the queue. */
export class Wire {
  readonly closed: Promise<Error>;
  readonly #stream: ShellStream;
  #output: Output = () => {};
  #queue: Promise<unknown> = Promise.resolve();
  #over: Error | undefined;
  readonly #onOver = new Set<(reason: Error) => void>();

  constructor(stream: ShellStream) {
    this.#stream = stream;
    stream.stdout.on('data', (chunk: Buffer) => this.#output('stdout', chunk));
    stream.stderr.on('data', (chunk: Buffer) => this.#output('stderr', chunk));
    // Whatever breaks ends in `closed`; a write after the end has no other meaning
    for (const part of [stream.stdin, stream.stdout, stream.stderr]) part.on('error', () => {});
    this.closed = stream.closed.then((reason) => {
      this.#over = reason;
      for (const listener of this.#onOver) listener(reason);
      return reason;
    });
  }

  write(text: string): void {
    this.#stream.stdin.write(text);
  }

  /**
   * Gives the stream's output to the listener that `output` makes, until that settles or the stream is over;
   * `start` is called once it listens.
   * @throws what `wrap` makes of the reason when the stream is over
   */
  listen<T>(
    output: (resolve: (value: T) => void, reject: (reason: Error) => void) => Output,
    wrap: (reason: Error) => Error,
    start: () => void = () => {},
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const over = (reason: Error) => reject(wrap(reason));
      if (this.#over) return over(this.#over);
      this.#onOver.add(over);
      const settle = () => {
        this.#onOver.delete(over);
        this.#output = () => {};
      };
      this.#output = output(
        (value) => {
          settle();
          resolve(value);
        },
        (reason) => {
          settle();
          reject(reason);
        },
      );
      start();
    });
  }

  /** One at a time, in order. */
  exclusive<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(job);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** The shell sees the end of its input, tidies up and exits. */
  end(): void {
    this.#stream.stdin.end();
  }

  destroy(): void {
    this.#stream.destroy();
  }
}
