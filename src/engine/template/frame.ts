import type { Target } from './ast.ts';
import { fail } from './failure.ts';
import { isMapping, iterate, type Mapping } from './value.ts';

/** Names that a template itself sets: loop variables, `set`, macro parameters. */
export class Frame {
  readonly #values = new Map<string, unknown>();
  readonly #outer: Frame | undefined;

  constructor(outer?: Frame) {
    this.#outer = outer;
  }

  has(name: string): boolean {
    return this.#values.has(name) || (this.#outer?.has(name) ?? false);
  }

  get(name: string): unknown {
    return this.#values.has(name) ? this.#values.get(name) : this.#outer?.get(name);
  }

  assign(target: Target, value: unknown): void {
    if (typeof target === 'string') this.#values.set(target, value);
    else if ('namespace' in target) {
      const space = this.get(target.namespace);
      if (!(space instanceof Namespace))
        fail(`${target.namespace} is not a namespace`, 'make it with namespace()');
      else space.values[target.attribute] = value;
    } else {
      const parts = iterate(value);
      if (parts.length !== target.length) fail(`${parts.length} values for ${target.length} names`);
      for (const [index, each] of target.entries()) this.assign(each, parts[index]);
    }
  }
}

/** `namespace()`: what a `set` inside a loop can change outside of it. */
export class Namespace {
  readonly values: Mapping;
  constructor(values: unknown) {
    this.values = Object.assign(Object.create(null) as Mapping, isMapping(values) ? values : {});
  }
}
