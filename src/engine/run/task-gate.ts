import type { Task } from '../playbook/types.ts';
import type { RunState } from './play.ts';

/** Lets tasks through to the hosts of a play: not those before `--start-at-task`, nor those `--step` is told no to. */
export class TaskGate {
  readonly #run: RunState;

  constructor(run: RunState) {
    this.#run = run;
  }

  reached({ name }: Task): boolean {
    const { startAtTask } = this.#run.options;
    if (startAtTask === undefined || (name !== undefined && name === startAtTask))
      this.#run.reachedStart = true;
    return this.#run.reachedStart;
  }

  /** @param name the task's, for the question */
  async wanted(name: () => string): Promise<boolean> {
    const { options, stepping } = this.#run;
    if (!stepping || !options.step) return true;
    const answer = await options.step(name());
    if (answer === 'continue') this.#run.stepping = false;
    return answer !== 'no';
  }
}
