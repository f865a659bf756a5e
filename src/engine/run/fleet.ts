import type { World } from '../module.ts';
import type { Transport } from '../transport/types.ts';
import { Machine } from './machine.ts';

/** The machines of a run, each made when first named. */
export class Fleet {
  readonly #machines = new Map<string, Machine>();
  readonly #world: World<unknown>;
  readonly #holder: string;

  constructor(world: World<unknown>, holder: string) {
    this.#world = world;
    this.#holder = holder;
  }

  machine(key: string, transport: () => Transport): Machine {
    let machine = this.#machines.get(key);
    if (!machine) {
      machine = new Machine(transport(), this.#world, this.#holder);
      this.#machines.set(key, machine);
    }
    return machine;
  }

  /** At the end of a play. */
  async unlock(): Promise<void> {
    await Promise.all([...this.#machines.values()].map((machine) => machine.unlock()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#machines.values()].map((machine) => machine.close()));
  }
}
