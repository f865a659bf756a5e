import type { TaskRef, TaskResult, TaskStatus } from '../run/events.ts';
import { escapeControls } from '../transport/escape.ts';
import { cautions } from './caution.ts';
import { formatDiff, formatPending } from './diff-table.ts';
import { byName, foldHosts } from './fold-hosts.ts';
import type { Palette, ReportOptions } from './options.ts';
import { formatTaskError, hostLog } from './problem.ts';
import { formatData, isAlwaysVerbose } from './shown-data.ts';
import { counted, oneLine, seconds } from './text.ts';

const STATUSES: readonly TaskStatus[] = ['ok', 'changed', 'skipped', 'failed', 'unreachable'];
/** Hosts named while a task runs, and how long they must have run for that */
const SLOWEST = 3;
const SLOW_MS = 1000;
/** Lines shown of what a failed command printed */
const LAST_LINES = 8;
/** Different things said that are shown of each status */
const MOST_GROUPS = 8;

/** Hosts that had the same to say. */
interface Group {
  readonly label: string;
  readonly status: TaskStatus;
  readonly details: readonly string[];
  readonly hosts: string[];
}

/** One task on all its hosts: counts while it runs, and the outcomes folded when it has ended. Pure but for the clock. */
export class TaskView {
  readonly task: TaskRef;
  readonly #total: number;
  readonly #started: number;
  readonly #counts = new Map<TaskStatus, number>();
  readonly #running = new Map<string, { since: number; retriesLeft: number | undefined }>();
  /** Results that say something, by what they say */
  readonly #groups = new Map<string, Group>();
  /** Why items of a loop failed, by host */
  readonly #failedItems = new Map<string, string[]>();
  #ignored = 0;
  #isPrediction = false;
  #ended: number | undefined;
  #interrupted = false;

  constructor(task: TaskRef, total: number, now: number) {
    this.task = task;
    this.#total = total;
    this.#started = now;
  }

  hostStarted(host: string, now: number): void {
    this.#running.set(host, { since: now, retriesLeft: undefined });
  }

  retrying(host: string, left: number): void {
    const running = this.#running.get(host);
    if (running) running.retriesLeft = left;
  }

  itemEnded(host: string, label: string, { status, msg, data }: TaskResult): void {
    if (status !== 'failed') return;
    const item = this.task.noLog ? '(censored due to no_log)' : label;
    const reason = msg ?? (typeof data.msg === 'string' ? data.msg : 'failed');
    const lines = this.#failedItems.get(host) ?? [];
    this.#failedItems.set(host, [...lines, oneLine(`item=${item}: ${reason}`)]);
  }

  hostEnded(host: string, result: TaskResult, options: ReportOptions, colors: Palette): void {
    this.#running.delete(host);
    this.#counts.set(result.status, (this.#counts.get(result.status) ?? 0) + 1);
    if (result.ignored) this.#ignored++;
    if (result.atomic) this.#isPrediction = true;
    const name = result.delegatedTo === undefined ? host : `${host} -> ${result.delegatedTo}`;
    for (const { label, details } of remarks(
      ...([this.task, result, this.#failedItems.get(host) ?? [], options, colors] as const),
    )) {
      const key = `${label}\0${details.join('\n')}`;
      const group = this.#groups.get(key);
      if (group) group.hosts.push(name);
      else this.#groups.set(key, { label, status: result.status, details, hosts: [name] });
    }
  }

  /** The run ended before the task did: how far it came stays in its line. */
  interrupt(): void {
    this.#interrupted = true;
  }

  end(now: number): void {
    this.#ended ??= now;
  }

  /** How the task came out over all hosts: the worst there is. */
  get outcome(): 'failed' | 'changed' | 'ok' | 'skipped' {
    const has = (status: TaskStatus): boolean => this.#counts.has(status);
    if (has('failed') || has('unreachable')) return 'failed';
    if (has('changed')) return 'changed';
    return has('ok') ? 'ok' : 'skipped';
  }

  /** `Create br0   12/50   9 ok  3 changed   1.2 s` */
  title(now: number, columns: number, colors: Palette): string {
    const done = [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
    const counts: [string, (text: string) => string][] = STATUSES.flatMap((status) => {
      const count = this.#counts.get(status);
      const pending = status === 'changed' && this.#isPrediction ? ' (pending commit)' : '';
      return count === undefined ? [] : [[`${count} ${status}${pending}`, colors[status]]];
    });
    if (this.#ignored > 0) counts.push([`${this.#ignored} ignored`, colors.warning]);
    if (this.#ended === undefined || this.#interrupted)
      counts.unshift([`${done}/${this.#total}`, colors.dim]);
    const duration = (this.#ended ?? now) - this.#started;
    const time = duration < 50 ? '' : `  ${seconds(duration)}`;
    const room = columns - 4 - counts.reduce((sum, [text]) => sum + text.length + 2, time.length);
    const prefix = this.task.handler ? 'handler: ' : '';
    const name = cut(oneLine(prefix + this.task.name), Math.max(12, room));
    const gap = ' '.repeat(Math.max(2, Math.min(room, 44) - name.length + 2));
    return `${name}${gap}${counts.map(([text, paint]) => paint(text)).join('  ')}${colors.dim(time)}`;
  }

  /** The hosts that have taken longest so far; undefined while none is slow. */
  slowest(now: number, columns: number): string | undefined {
    const slow = [...this.#running]
      .sort(([, a], [, b]) => a.since - b.since)
      .filter(([, { since }]) => now - since >= SLOW_MS);
    if (slow.length === 0) return undefined;
    const named = slow.slice(0, SLOWEST).map(([host, { since, retriesLeft }]) => {
      const retries = retriesLeft === undefined ? '' : `, ${retriesLeft} retries left`;
      return `${oneLine(host)} (${seconds(now - since)}${retries})`;
    });
    const rest = this.#running.size - named.length;
    return cut(`waiting for ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`, columns - 6);
  }

  /** What the hosts had to say, those that said the same in one: failures last, nearest to the eye. */
  remarks(colors: Palette): string[] {
    const groups = [...this.#groups.values()].map((group) => ({ ...group, hosts: group.hosts.sort(byName) }));
    const lines = STATUSES.flatMap((status) => {
      const all = groups.filter((group) => group.status === status);
      const rest = all.slice(MOST_GROUPS);
      const hosts = new Set(rest.flatMap((group) => group.hosts));
      return [
        ...all.slice(0, MOST_GROUPS).flatMap((group) => describe(group, colors)),
        ...(rest.length > 0
          ? [colors.dim(`${status}: ${counted(hosts.size, 'more host')} (--output lines shows all)`)]
          : []),
      ];
    });
    return lines.map((line) => `    ${line}`);
  }
}

function describe({ label, status, details, hosts }: Group, colors: Palette): string[] {
  const count = hosts.length > 1 ? ` (${counted(hosts.length, 'host')})` : '';
  const most = status === 'failed' || status === 'unreachable' ? 20 : 6;
  return [
    `${colors[status](label)} ${foldHosts(hosts, most)}${count}`,
    ...details.map((line) => `  ${line}`),
  ];
}

/** What is worth telling of a result beyond its count. */
function remarks(
  task: TaskRef,
  result: TaskResult,
  failedItems: readonly string[],
  options: ReportOptions,
  colors: Palette,
): { label: string; details: string[] }[] {
  const found: { label: string; details: string[] }[] = [];
  const { status, diff, pending, undecided, inexact, warnings } = result;
  if (status === 'failed' || status === 'unreachable') {
    const error = formatTaskError(task, result)?.split('\n') ?? [];
    const said = [...failedItems, ...error, ...hostLog(result).map((line) => `  log: ${line}`)];
    const details = said.length > 0 ? said : failureText(task, result, options.verbosity);
    const label = result.ignored ? `${status}, ignored:` : `${status}:`;
    found.push({ label, details: details.map(colors[status]) });
  } else if (options.verbosity > 0 || isAlwaysVerbose(task, result)) {
    const { msg } = result.data;
    const text = task.module === 'debug' && typeof msg === 'string';
    const said = text ? escapeControls(msg) : formatData(task, result, options.verbosity);
    if (said !== '{}') found.push({ label: `${status}:`, details: said.split('\n') });
  }
  if (options.diff && diff.length > 0) found.push({ label: `${status}:`, details: formatDiff(diff, colors) });
  for (const { label, text } of cautions(result, options.verbosity))
    found.push({ label: `${label}:`, details: [text] });
  if (pending.length > 0) found.push({ label: 'pending:', details: pending.map(formatPending) });
  if (undecided !== undefined) found.push({ label: 'undecided:', details: [oneLine(undecided)] });
  if (inexact && status === 'changed') found.push({ label: 'inexact:', details: [] });
  if (options.verbosity > 0 && result.steps.length > 0)
    found.push({ label: 'steps:', details: result.steps.map(oneLine) });
  for (const warning of warnings) found.push({ label: 'warning:', details: [oneLine(warning)] });
  return found;
}

/** A failure that has no error of ours, such as a command's: its message, and the end of what it printed. */
function failureText(task: TaskRef, result: TaskResult, verbosity: number): string[] {
  const { msg, stderr, stdout } = result.data;
  if (typeof msg !== 'string' || verbosity > 0) return formatData(task, result, verbosity).split('\n');
  const printed = [stderr, stdout].find((text) => typeof text === 'string' && text.trim() !== '') ?? '';
  const last = String(printed).trimEnd().split('\n').slice(-LAST_LINES);
  return [...escapeControls(msg).split('\n'), ...last.filter((line) => line !== '').map(oneLine)];
}

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
