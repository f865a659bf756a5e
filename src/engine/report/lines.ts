import { basename } from 'node:path';
import type { Recap, Report, RunEvent, TaskRef, TaskResult } from '../run/events.ts';
import { escapeControls } from '../transport/escape.ts';
import { cautions } from './caution.ts';
import { formatDiff, formatPending } from './diff-table.ts';
import { type Palette, palette, type ReportOptions } from './options.ts';
import { formatTaskError, hostLog, taskPath } from './problem.ts';
import { formatRecap } from './recap.ts';
import { formatData, isAlwaysVerbose } from './shown-data.ts';
import { counted, oneLine, seconds } from './text.ts';
import { formatWarning } from './warning.ts';

type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;
type Result = Of<'host-result' | 'item-result'>;

/** Ansible's default output: a line a host and task, as they come, and PLAY RECAP. */
export class LinesReport implements Report {
  readonly #options: ReportOptions;
  readonly #colors: Palette;
  /** Tasks that have begun and not ended: more than one with the free strategy */
  readonly #open = new Set<number>();
  /** The task whose banner was printed last */
  #banner: TaskRef | undefined;
  /** Hosts of a loop, by task: their items were printed one by one */
  readonly #looped = new Map<number, Set<string>>();
  /** Errors and warnings that were printed: the same one is not explained twice */
  readonly #said = new Set<string>();
  #check = false;

  constructor(options: ReportOptions) {
    this.#options = options;
    this.#colors = palette(options.color);
  }

  on(event: RunEvent): void {
    switch (event.type) {
      case 'run-start':
        this.#check = event.check;
        if (this.#options.verbosity > 1)
          for (const file of event.playbooks) this.#stars(`PLAYBOOK: ${basename(file)}`);
        break;
      case 'play-start':
        this.#banner = undefined;
        this.#stars(`PLAY [${event.play.name}]`);
        break;
      case 'no-hosts':
        this.#line(this.#colors.skipped('skipping: no hosts matched'));
        break;
      case 'task-start':
        if (this.#open.size === 0) this.#showBanner(event.task);
        this.#open.add(event.task.id);
        break;
      case 'task-end':
        this.#open.delete(event.task.id);
        this.#looped.delete(event.task.id);
        break;
      case 'item-result':
        this.#item(event);
        break;
      case 'host-result':
        this.#host(event);
        break;
      case 'retry':
        this.#retry(event);
        break;
      case 'caution':
        this.#caution(event);
        break;
      case 'warning':
        this.#warn(formatWarning(event));
        break;
      case 'run-end':
        this.#end(event);
        break;
    }
  }

  #item(event: Of<'item-result'>): void {
    const { task, host, result } = event;
    // Told once, for the host
    if (result.status === 'unreachable') return;
    this.#needBanner(task);
    const hosts = this.#looped.get(task.id) ?? new Set();
    this.#looped.set(task.id, hosts.add(host));
    const label = `(item=${task.noLog ? '(censored due to no_log)' : oneLine(event.label)})`;
    const name = hostLabel(event);
    this.#showDiff(event);
    switch (result.status) {
      case 'ok':
      case 'changed':
        this.#result(event, `${result.status}: [${name}] => ${label}`, this.#verbose(event));
        break;
      case 'skipped':
        this.#result(
          event,
          `skipping: [${oneLine(host)}] => ${label} ${undecided(result)}`,
          this.#verbose(event),
        );
        break;
      case 'failed':
        this.#result(event, `failed: [${name}] ${label}`, true);
        break;
    }
    this.#afterResult(event);
  }

  #host(event: Of<'host-result'>): void {
    const { task, host, result } = event;
    this.#needBanner(task);
    const looped = this.#looped.get(task.id)?.has(host) === true;
    const name = hostLabel(event);
    if (!looped) this.#showDiff(event);
    switch (result.status) {
      case 'ok':
      case 'changed':
        if (!looped) this.#result(event, `${result.status}: [${name}]`, this.#verbose(event));
        break;
      case 'skipped':
        this.#result(event, `skipping: [${oneLine(host)}]${undecided(result)}`, this.#verbose(event));
        break;
      case 'failed':
        if (!looped) this.#result(event, `fatal: [${name}]: FAILED!`, true);
        break;
      case 'unreachable':
        this.#result(event, `fatal: [${name}]: UNREACHABLE!`, true);
    }
    if (!looped || result.status === 'unreachable') this.#afterResult(event);
    if (result.ignored && (result.status === 'failed' || result.status === 'unreachable'))
      this.#line(this.#colors.skipped('...ignoring'));
  }

  /** One result: the line, and what it is made of where that is asked for. */
  #result({ task, result }: Result, head: string, withData: boolean): void {
    for (const warning of result.warnings) this.#warn(oneLine(warning));
    const inexact = result.inexact && result.status !== 'skipped' ? ' (inexact)' : '';
    const pending = result.atomic && result.status === 'changed' ? ` (${result.atomic})` : '';
    const data = withData ? ` => ${formatData(task, result, this.#options.verbosity)}` : '';
    const paint = result.status === 'failed' ? this.#colors.failed : this.#colors[result.status];
    this.#line(paint(`${head}${pending}${inexact}${data}`));
  }

  #afterResult({ task, host, result }: Result): void {
    if (this.#options.verbosity > 0)
      for (const step of result.steps) this.#line(this.#colors.debug(`  step: ${oneLine(step)}`));
    for (const pending of result.pending)
      this.#line(this.#colors.warning(`pending: [${oneLine(host)}] ${formatPending(pending)}`));
    const error = formatTaskError(task, result);
    if (error !== undefined && this.#first(`${task.id} ${error}`)) this.#line(this.#colors.failed(error));
    for (const line of hostLog(result)) this.#line(this.#colors.dim(`  log: ${line}`));
  }

  #showDiff({ result }: Result): void {
    if (!this.#options.diff || result.diff.length === 0) return;
    for (const line of formatDiff(result.diff, this.#colors)) this.#line(line);
  }

  #retry({ task, host, left, result }: Of<'retry'>): void {
    this.#needBanner(task);
    const data =
      this.#options.verbosity > 2 ? `Result was: ${formatData(task, result, this.#options.verbosity)}` : '';
    const text = `FAILED - RETRYING: [${oneLine(host)}]: ${oneLine(task.name)} (${left} retries left).${data}`;
    this.#line(this.#colors.debug(text));
  }

  #caution({ task, host, ...caution }: Of<'caution'>): void {
    for (const { label, text } of cautions(caution, this.#options.verbosity)) {
      this.#needBanner(task);
      this.#line(this.#colors.warning(`${label}: [${oneLine(host)}] ${text}`));
    }
  }

  #end({ recap, durationMs, interrupted }: Of<'run-end'>): void {
    this.#stars('PLAY RECAP');
    for (const line of formatRecap(recap, this.#colors)) this.#line(line);
    this.#line('');
    const checked = this.#check ? ', check mode' : '';
    const broken = interrupted ? ', interrupted' : '';
    this.#line(this.#colors.dim(`${hostCount(recap)} in ${seconds(durationMs)}${checked}${broken}`));
  }

  #verbose({ task, result }: Result): boolean {
    return this.#options.verbosity > 0 || isAlwaysVerbose(task, result);
  }

  #needBanner(task: TaskRef): void {
    if (this.#banner !== task && this.#banner?.id !== task.id) this.#showBanner(task);
  }

  #showBanner(task: TaskRef): void {
    this.#banner = task;
    this.#stars(`${task.handler ? 'RUNNING HANDLER' : 'TASK'} [${task.name}]`);
    if (this.#options.verbosity > 1) this.#line(this.#colors.debug(`task path: ${taskPath(task)}`));
  }

  #warn(text: string): void {
    if (this.#first(text)) this.#line(this.#colors.warning(`[WARNING]: ${text}`));
  }

  #first(text: string): boolean {
    if (this.#said.has(text)) return false;
    this.#said.add(text);
    return true;
  }

  #stars(text: string): void {
    const title = oneLine(text).trim();
    const columns = Math.max(79, (this.#options.columns ?? 80) - 1);
    this.#line(`\n${title} ${'*'.repeat(Math.max(3, columns - title.length))}`);
  }

  #line(text: string): void {
    this.#options.stream.write(`${text}\n`);
  }
}

const hostLabel = ({ host, result }: Result): string =>
  oneLine(result.delegatedTo === undefined ? host : `${host} -> ${result.delegatedTo}`);

const undecided = ({ undecided: expression }: TaskResult): string =>
  expression === undefined ? '' : ` (undecided: ${escapeControls(expression)})`;

const hostCount = (recap: Recap): string => counted(Object.keys(recap).length, 'host');
