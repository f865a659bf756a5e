import { selected } from '../playbook/tags.ts';
import type { Block, Handler, Task, TaskNode } from '../playbook/types.ts';

/**
 * How a task went for the host that walks: it goes on, it failed, or it walks no further; `skip`: on, but without
 * flushing; `leave`: on, but behind the atomic block.
 */
export type Verdict = 'ok' | 'failed' | 'stop' | 'skip' | 'leave';

/** A task as it is next for a host. */
export interface Turn {
  readonly task: Task;
  readonly handler: boolean;
  /** Position in the play, for lockstep: [section or flush, task, handler] */
  readonly order: readonly number[];
  /** Whether an enclosing block would rescue a failure */
  readonly rescuable: boolean;
  /** The task that ends the atomic block it is in; itself, if it is that */
  readonly commit: Task | undefined;
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

/** Where in the play a walk is. */
type Position = Pick<Turn, 'order' | 'rescuable' | 'commit'>;

/** One host's way through a play: sections with handlers flushed after each, blocks with rescue and always. */
export function* walkPlay(walk: Walk): Steps {
  for (const [index, section] of walk.sections.entries()) {
    const verdict = yield* walkNodes(
      section,
      { order: [2 * index], rescuable: false, commit: undefined },
      walk,
    );
    if (verdict === 'stop') return 'stop';
    if (verdict === 'failed' && !walk.forceHandlers()) return 'failed';
    const flushed = yield* flush([2 * index + 1], walk);
    if (flushed !== 'ok' || verdict !== 'ok') return verdict === 'ok' ? flushed : verdict;
  }
  return 'ok';
}

function* walkNodes(nodes: readonly TaskNode[], at: Position, walk: Walk): Steps {
  for (const node of nodes) {
    const verdict = node.kind === 'task' ? yield* walkTask(node, at, walk) : yield* walkBlock(node, at, walk);
    if (verdict !== 'ok') return verdict;
  }
  return 'ok';
}

function* walkTask(task: Task, at: Position, walk: Walk): Steps {
  if (!isSelected(task, walk)) return 'ok';
  const order = [...at.order, task.id];
  const verdict = yield { ...at, task, handler: false, order };
  if (verdict === 'ok' && task.module === 'meta' && metaAction(task) === 'flush_handlers')
    return yield* flush(order, walk);
  return verdict === 'skip' ? 'ok' : verdict;
}

function* walkBlock(block: Block, at: Position, walk: Walk): Steps {
  const mendable = block.rescue.length > 0;
  const inside = { ...at, rescuable: at.rescuable || mendable, commit: block.commit ?? at.commit };
  let verdict = yield* walkNodes(block.block, inside, walk);
  const { commit } = block;
  if (commit && verdict === 'ok' && block.block.some((node) => isSelected(node, walk)))
    verdict = yield { ...inside, task: commit, handler: false, order: [...at.order, commit.id] };
  if (commit && verdict === 'leave') verdict = 'ok';
  if (verdict === 'failed' && mendable) {
    verdict = yield* walkNodes(block.rescue, at, walk);
    if (verdict === 'ok') walk.rescued();
  }
  if (verdict === 'stop') return 'stop';
  const last = yield* walkNodes(block.always, at, walk);
  return last === 'ok' ? verdict : last;
}

/** Whether the tags asked for leave anything of it. */
const isSelected = (node: TaskNode, walk: Walk): boolean =>
  node.kind === 'task'
    ? selected(node.tags, walk.tags, walk.skipTags)
    : node.block.some((inner) => isSelected(inner, walk));

function* flush(order: readonly number[], walk: Walk): Steps {
  for (let handler = walk.takeHandler(); handler; handler = walk.takeHandler()) {
    const verdict = yield {
      ...{ task: handler, handler: true, rescuable: false, commit: undefined },
      order: [...order, handler.id],
    };
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
