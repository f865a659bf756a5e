import type { Play } from '../playbook/types.ts';
import { compareOrder } from './cursor.ts';
import type { HostWalk } from './host-walk.ts';
import type { RunOptions } from './options.ts';
import { eachInParallel } from './parallel.ts';
import type { TaskRunner } from './task-runner.ts';

/** `abort`: any_errors_fatal or max_fail_percentage ends the run. */
export type StrategyEnd = 'go-on' | 'abort';

type Strategy = (walks: readonly HostWalk[], runner: TaskRunner, options: RunOptions) => Promise<StrategyEnd>;

/** All hosts do a task before any host does the next. */
const linear: Strategy = async (walks, runner, options) => {
  for (;;) {
    const active = walks.filter(({ turn }) => turn);
    const first = active.reduce<HostWalk | undefined>(
      (least, walk) => (least && compareOrder(least.turn!.order, walk.turn!.order) <= 0 ? least : walk),
      undefined,
    );
    if (!first || options.signal.aborted) return 'go-on';
    const order = first.turn!.order;
    const group = active.filter(({ turn }) => compareOrder(turn!.order, order) === 0);
    if ((await runner.runGroup(group, first.turn!)) === 'abort') return 'abort';
  }
};

/** Every host goes at its own pace. */
const free: Strategy = async (walks, runner, options) => {
  let end: StrategyEnd = 'go-on';
  await eachInParallel(walks, options.forks, async (walk) => {
    while (walk.turn && end === 'go-on' && !options.signal.aborted) {
      if ((await runner.runGroup([walk], walk.turn)) === 'abort') end = 'abort';
    }
  });
  return end;
};

export const strategies: Readonly<Record<Play['strategy'], Strategy>> = { linear, free, host_pinned: free };
