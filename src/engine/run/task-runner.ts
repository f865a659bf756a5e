import type { SourceRequest } from '../module.ts';
import type { Task } from '../playbook/types.ts';
import { locationOf } from '../source.ts';
import { truthy } from './connection.ts';
import { metaAction, type Turn, type Verdict } from './cursor.ts';
import type { PlayRef, TaskRef } from './events.ts';
import { type HostOutcome, runOnHost } from './host-task.ts';
import type { HostWalk } from './host-walk.ts';
import { renderKeyword } from './keyword.ts';
import { runMeta } from './meta.ts';
import { eachInParallel } from './parallel.ts';
import type { RunState } from './play.ts';
import { toResult } from './result.ts';
import type { StrategyEnd } from './strategy.ts';
import type { TaskContext } from './task.ts';
import { TaskGate } from './task-gate.ts';
import { Transaction } from './transaction.ts';
import type { PlayScope } from './variables.ts';

/** Runs the turns of a play's hosts, and tells what comes of them. */
export class TaskRunner {
  readonly #ref: PlayRef;
  readonly #scope: PlayScope;
  readonly #walks: readonly HostWalk[];
  readonly #hints: (host: string) => readonly SourceRequest[];
  readonly #run: RunState;
  readonly #refs = new Map<Task, TaskRef>();
  readonly #inexact = new Set<string>();
  readonly #gate: TaskGate;

  constructor(
    ref: PlayRef,
    scope: PlayScope,
    walks: readonly HostWalk[],
    hints: (host: string) => readonly SourceRequest[],
    run: RunState,
  ) {
    this.#ref = ref;
    this.#scope = scope;
    this.#walks = walks;
    this.#hints = hints;
    this.#run = run;
    this.#gate = new TaskGate(run);
  }

  /** Runs one task on the hosts whose turn it is, and moves them on. */
  async runGroup(group: readonly HostWalk[], turn: Turn): Promise<StrategyEnd> {
    const { task } = turn;
    if (!this.#gate.reached(task)) return passOver(group);
    if (task.module === 'meta') return this.#meta(group, task);
    if (!(await this.#gate.wanted(() => this.#nameOf(task, group)))) return passOver(group);
    const { options } = this.#run;
    const ref = this.#announce(task, turn, group);
    const variables = this.#run.store.layers(group[0]!.host, this.#scope, task);
    const keyword = (value: unknown): unknown => renderKeyword(value, task, variables, options);
    const runOnce = truthy(keyword(task.runOnce));
    const throttle = Number(keyword(task.throttle) ?? 0);
    const verdicts = new Map<HostWalk, Verdict>();
    await eachInParallel(runOnce ? group.slice(0, 1) : group, throttle || options.forks, async (walk) => {
      const outcome = await this.#runOne(walk, turn, ref);
      const verdict = this.#settle(walk, turn, outcome);
      verdicts.set(walk, verdict);
      if (runOnce)
        for (const other of group.slice(1)) verdicts.set(other, this.#share(other, task, outcome, verdict));
    });
    if (this.#scope.play.strategy === 'linear') options.emit({ type: 'task-end', task: ref });

    const failing = [...verdicts.values()].some((verdict) => verdict === 'failed' || verdict === 'stop');
    const fatal = failing && truthy(keyword(task.anyErrorsFatal));
    for (const walk of group)
      walk.advance(fatal && verdicts.get(walk) === 'ok' ? 'failed' : verdicts.get(walk)!);
    if (fatal) for (const walk of this.#walks) if (walk.turn && !group.includes(walk)) walk.advance('failed');
    for (const walk of this.#walks) this.#note(walk);
    if (failing && !fatal && this.#tooManyFailed(keyword)) {
      for (const walk of this.#walks) walk.stop();
      return 'abort';
    }
    return 'go-on';
  }

  /** Everything that is still open is told to have ended. */
  async end(): Promise<void> {
    for (const walk of this.#walks) this.#endTransaction(walk, false);
    if (this.#scope.play.strategy === 'linear') return;
    for (const ref of this.#refs.values()) this.#run.options.emit({ type: 'task-end', task: ref });
  }

  #nameOf(task: Task, [first]: readonly HostWalk[]): string {
    const { options, store } = this.#run;
    return taskName(task, () =>
      options.templar.render(task.name, store.layers(first!.host, this.#scope, task)),
    );
  }

  #announce(task: Task, turn: Turn, group: readonly HostWalk[]): TaskRef {
    const { options } = this.#run;
    const hosts = group.map(({ host }) => host);
    const known = this.#refs.get(task);
    if (known && this.#scope.play.strategy !== 'linear') return known;
    const ref: TaskRef = {
      id: task.id,
      name: this.#nameOf(task, group),
      module: task.module,
      play: this.#ref,
      handler: turn.handler,
      location: locationOf(task.at),
      noLog: task.noLog === true,
    };
    this.#refs.set(task, ref);
    options.emit({ type: 'task-start', task: ref, hosts });
    return ref;
  }

  async #runOne(walk: HostWalk, turn: Turn, ref: TaskRef): Promise<HostOutcome> {
    const { options, store, fleet } = this.#run;
    const { host } = walk;
    if (turn.commit) walk.transaction ??= new Transaction(turn.commit);
    options.emit({ type: 'host-start', task: ref, host });
    const context: TaskContext = {
      options,
      store,
      fleet,
      scope: this.#scope,
      hints: this.#hints,
      transaction: walk.transaction,
      onCaution: (caution) => options.emit({ type: 'caution', task: ref, host, ...caution }),
      onRetry: (left, outcome, data) => {
        const plain = {
          noLog: ref.noLog,
          ignored: false,
          inexact: false,
          delegatedTo: undefined,
          durationMs: 0,
        };
        options.emit({ type: 'retry', task: ref, host, left, result: toResult(outcome, data, plain) });
      },
    };
    const outcome = await runOnHost(turn.task, ref, host, context, this.#inexact.has(host));
    options.emit({ type: 'host-result', task: ref, host, result: outcome.result });
    if (outcome.result.atomic) walk.transaction?.held.push({ ...turn, outcome });
    else this.#run.stats.count(host, outcome.result, turn.rescuable);
    return outcome;
  }

  /** Takes a result over into the host's variables, handlers and fate. */
  #settle(walk: HostWalk, turn: Turn, outcome: HostOutcome): Verdict {
    const { task } = turn;
    const { result } = outcome;
    this.#remember(walk.host, task, outcome);
    if (outcome.inexact) this.#inexact.add(walk.host);
    if (result.status === 'changed' && !result.atomic)
      for (const name of task.notify) this.#notify(walk, task, name);
    const failed = result.status === 'failed' || result.status === 'unreachable';
    if (turn.commit === task) this.#endTransaction(walk, !failed);
    if (result.ignored) return failed && turn.commit !== undefined && turn.commit !== task ? 'leave' : 'ok';
    if (result.status === 'unreachable') {
      walk.unreachable = true;
      return 'stop';
    }
    if (result.status !== 'failed') return 'ok';
    this.#run.store.register(walk.host, {
      ansible_failed_task: { name: task.name ?? task.module, action: task.module },
      ansible_failed_result: outcome.data,
    });
    return 'failed';
  }

  /** The tasks of an atomic block stand when its commit is done; else nothing has come of them. */
  #endTransaction(walk: HostWalk, done: boolean): void {
    for (const { task, outcome, rescuable } of walk.transaction?.held ?? []) {
      const { result } = outcome;
      const isUndone = !done && result.status === 'changed';
      this.#run.stats.count(walk.host, isUndone ? { ...result, status: 'skipped' } : result, rescuable);
      if (task.register !== undefined)
        this.#run.store.register(walk.host, { [task.register]: outcome.committed(done) });
      if (done && result.status === 'changed') for (const name of task.notify) this.#notify(walk, task, name);
    }
    walk.transaction = undefined;
  }

  #share(walk: HostWalk, task: Task, outcome: HostOutcome, verdict: Verdict): Verdict {
    this.#remember(walk.host, task, outcome);
    if (outcome.result.status === 'changed') for (const name of task.notify) this.#notify(walk, task, name);
    return verdict;
  }

  #remember(host: string, task: Task, outcome: HostOutcome): void {
    const { store } = this.#run;
    if (task.register !== undefined) store.register(host, { [task.register]: outcome.data });
    if (outcome.facts) store.learn(task.module, host, outcome.facts);
    for (const away of outcome.delegatedFacts) store.learn(task.module, away.host, away.facts);
  }

  #notify(walk: HostWalk, task: Task, written: string): void {
    const { options, store } = this.#run;
    const name = renderKeyword(written, task, store.layers(walk.host, this.#scope, task), options);
    const { handlers: all } = this.#scope.play;
    // Of several with one name, the first is meant; all that listen are.
    const named = all.find((handler) => handler.name === name);
    const handlers = all.filter((handler) => handler === named || handler.listen.includes(String(name)));
    for (const handler of handlers) walk.notify(handler);
    if (handlers.length === 0) {
      const message = `no handler is called ${String(name)}, nor listens to it`;
      options.emit({ type: 'warning', message, host: walk.host, location: locationOf(task.at) });
    }
  }

  async #meta(group: readonly HostWalk[], task: Task): Promise<StrategyEnd> {
    for (const walk of group)
      await runMeta(metaAction(task), walk, this.#walks, task, this.#scope, this.#run);
    return 'go-on';
  }

  #note(walk: HostWalk): void {
    if (walk.transaction && walk.turn?.commit !== walk.transaction.commit) this.#endTransaction(walk, false);
    if (walk.unreachable || (walk.failed && !walk.turn)) this.#run.lost.add(walk.host);
  }

  #tooManyFailed(keyword: (value: unknown) => unknown): boolean {
    const limit = keyword(this.#scope.play.maxFailPercentage);
    if (limit === undefined) return false;
    const failed = this.#walks.filter((walk) => walk.failed || walk.unreachable).length;
    return (100 * failed) / this.#walks.length > Number(limit);
  }
}

function passOver(group: readonly HostWalk[]): StrategyEnd {
  for (const walk of group) walk.advance('ok');
  return 'go-on';
}

function taskName(task: Task, render: () => unknown): string {
  if (task.name === undefined) return task.module;
  try {
    return String(render());
  } catch {
    return task.name;
  }
}
