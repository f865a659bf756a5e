import { selected } from '../playbook/tags.ts';
import type { Block, Handler, Task, TaskNode } from '../playbook/types.ts';

/** How a task went for the host that walks: it goes on, it failed, or it walks no further; `skip`: on, but without flushing. */
export type Verdict = 'ok' | 'failed' | 'stop' | 'skip';

/** A task as it is next for a host. */
export interface Turn {
  readonly task: Task;
  readonly handler: boolean;
  /** Position in the play, for lockstep: [section or flush, task, handler] */
  readonly order: readonly number[];
  /** Whether an enclosing block would rescue a failure */
  readonly rescuable: boolean;
}

/** What a walk needs to know from outside. */
export interface Walk {
  readonly sections: readonly (readonly TaskNode[])[];
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  /** Handlers the host has been notified of, in definition order; taking one un-notifies it */
  takeHandler(): Handler | undefined;
  /** Whether handlers run although the host has failed */
  readonly forceHandlers: () => boolean;
  /** Told when a block's rescue takes over, and when it has mended the failure */
  readonly rescued: () => void;
}

type Steps = Generator<Turn, Verdict, Verdict>;

/** One host's way through a play: sections with handlers flushed after each, blocks with rescue and always. */
export function* walkPlay(walk: Walk): Steps {
  for (const [index, section] of walk.sections.entries()) {
    const verdict = yield* walkNodes(section, [2 * index], 0, walk);
    if (verdict === 'stop') return 'stop';
    if (verdict === 'failed' && !walk.forceHandlers()) return 'failed';
    const flushed = yield* flush([2 * index + 1], walk);
    if (flushed !== 'ok' || verdict !== 'ok') return verdict === 'ok' ? flushed : verdict;
  }
  return 'ok';
}

function* walkNodes(
  nodes: readonly TaskNode[],
  order: readonly number[],
  rescues: number,
  walk: Walk,
): Steps {
  for (const node of nodes) {
    const verdict =
      node.kind === 'task'
        ? yield* walkTask(node, order, rescues, walk)
        : yield* walkBlock(node, order, rescues, walk);
    if (verdict !== 'ok') return verdict;
  }
  return 'ok';
}

function* walkTask(task: Task, order: readonly number[], rescues: number, walk: Walk): Steps {
  if (!selected(task.tags, walk.tags, walk.skipTags)) return 'ok';
  const here = [...order, task.id];
  const verdict = yield { task, handler: false, order: here, rescuable: rescues > 0 };
  if (verdict === 'ok' && task.module === 'meta' && metaAction(task) === 'flush_handlers')
    return yield* flush(here, walk);
  return verdict === 'skip' ? 'ok' : verdict;
}

function* walkBlock(block: Block, order: readonly number[], rescues: number, walk: Walk): Steps {
  const mendable = block.rescue.length > 0;
  let verdict = yield* walkNodes(block.block, order, rescues + (mendable ? 1 : 0), walk);
  if (verdict === 'failed' && mendable) {
    verdict = yield* walkNodes(block.rescue, order, rescues, walk);
    if (verdict === 'ok') walk.rescued();
  }
  if (verdict === 'stop') return 'stop';
  const last = yield* walkNodes(block.always, order, rescues, walk);
  return last === 'ok' ? verdict : last;
}

function* flush(order: readonly number[], walk: Walk): Steps {
  for (let handler = walk.takeHandler(); handler; handler = walk.takeHandler()) {
    const verdict = yield { task: handler, handler: true, order: [...order, handler.id], rescuable: false };
    if (verdict !== 'ok') return verdict;
  }
  return 'ok';
}

/** The word behind `meta:`. */
export const metaAction = (task: Task): string =>
  typeof task.args === 'string'
    ? task.args.trim()
    : String(task.args.free_form ?? task.args._raw_params ?? '');

/** Which of two turns comes first in the play. */
export function compareOrder(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? -1) - (b[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
