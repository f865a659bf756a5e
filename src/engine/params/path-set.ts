import type { NodePath } from '../source.ts';

/** Paths in a value, to ask what is at, above or below them. */
export class PathSet {
  readonly #paths: readonly NodePath[];

  constructor(paths: Iterable<NodePath>) {
    this.#paths = [...paths];
  }

  /** Whether a path is one of them, or below one */
  covers(path: NodePath): boolean {
    return this.#paths.some((one) => startsWith(path, one));
  }

  /** Whether one of them is at or below a path */
  below(path: NodePath): boolean {
    return this.#paths.some((one) => startsWith(one, path));
  }
}

const startsWith = (path: NodePath, start: NodePath) =>
  start.length <= path.length && start.every((step, index) => String(step) === String(path[index]));
