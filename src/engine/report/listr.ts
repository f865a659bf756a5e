import type { Recap, Report, RunEvent } from '../run/events.ts';
import { cautions } from './caution.ts';
import { type Palette, palette, type ReportOptions } from './options.ts';
import { formatRecapTable } from './recap-table.ts';
import { TaskView } from './task-view.ts';
import { counted, oneLine, seconds } from './text.ts';
import { formatWarning } from './warning.ts';

/** How often the screen follows, in milliseconds */
const REFRESH_MS = 100;

/** Tasks that are on the screen together: one, but with the free strategy more. */
interface Scene {
  readonly views: TaskView[];
  readonly open: Set<TaskView>;
  /** All of its tasks have ended */
  readonly over: Promise<void>;
  finish(): void;
}

/**
 * The live view of a terminal: the task that runs is redrawn in place by listr2; when it ends its line stays, with what
 * its hosts had to say. Everything is written in the order of the events, one piece after the other.
 */
export class ListrReport implements Report {
  readonly #options: ReportOptions;
  readonly #colors: Palette;
  readonly #columns: number;
  readonly #views = new Map<number, TaskView>();
  readonly #said = new Set<string>();
  #scene: Scene | undefined;
  #written: Promise<void> = Promise.resolve();
  /** The last warning: seen at once below the task that runs, written after it */
  #notice: string | undefined;
  #check = false;

  constructor(options: ReportOptions) {
    this.#options = options;
    this.#colors = palette(options.color);
    this.#columns = options.columns ?? 80;
  }

  on(event: RunEvent): void {
    const now = performance.now();
    switch (event.type) {
      case 'run-start':
        this.#check = event.check;
        break;
      case 'play-start': {
        const hosts = counted(event.hosts.length, 'host');
        const mode = this.#check ? ', check mode' : '';
        this.#print(
          `\n${this.#colors.bold(oneLine(event.play.name))}${this.#colors.dim(`  ${hosts}${mode}`)}`,
        );
        break;
      }
      case 'no-hosts':
        this.#print(this.#colors.skipped('  no hosts matched'));
        break;
      case 'task-start':
        this.#begin(new TaskView(event.task, event.hosts.length, now));
        break;
      case 'host-start':
        this.#views.get(event.task.id)?.hostStarted(event.host, now);
        break;
      case 'retry':
        this.#views.get(event.task.id)?.retrying(event.host, event.left);
        break;
      case 'caution':
        for (const { label, text } of cautions(event, this.#options.verbosity))
          this.#notice = `${label}: [${oneLine(event.host)}] ${text}`;
        break;
      case 'item-result':
        this.#views.get(event.task.id)?.itemEnded(event.host, event.label, event.result);
        break;
      case 'host-result':
        this.#views.get(event.task.id)?.hostEnded(event.host, event.result, this.#options, this.#colors);
        break;
      case 'task-end':
        this.#end(this.#views.get(event.task.id), now);
        break;
      case 'warning':
        this.#warn(formatWarning(event));
        break;
      case 'run-end':
        for (const view of this.#views.values()) {
          view.interrupt();
          this.#end(view, now);
        }
        this.#print(this.#recap(event));
        break;
    }
  }

  async close(): Promise<void> {
    this.#scene?.finish();
    await this.#written;
  }

  #begin(view: TaskView): void {
    this.#views.set(view.task.id, view);
    if (!this.#scene) {
      this.#notice = undefined;
      const scene = newScene();
      this.#scene = scene;
      this.#written = this.#written.then(() => this.#play(scene));
    }
    this.#scene.views.push(view);
    this.#scene.open.add(view);
  }

  #end(view: TaskView | undefined, now: number): void {
    if (!view) return;
    view.end(now);
    this.#views.delete(view.task.id);
    this.#scene?.open.delete(view);
    if (this.#scene?.open.size === 0) {
      this.#scene.finish();
      this.#scene = undefined;
    }
  }

  /** Shows a scene until it is over, then leaves its last lines. */
  async #play(scene: Scene): Promise<void> {
    // A scene that ended before its turn came, as when tasks take a millisecond, is only written down
    await overOrLate(scene);
    if (scene.open.size > 0) await this.#draw(scene);
    const now = performance.now();
    for (const view of scene.views) {
      const icon = {
        ok: this.#colors.ok('✔'),
        changed: this.#colors.changed('✔'),
        skipped: this.#colors.skipped('↓'),
        failed: this.#colors.failed('✖'),
      };
      this.#write(`${icon[view.outcome]} ${view.title(now, this.#columns, this.#colors)}`);
      for (const line of view.remarks(this.#colors)) this.#write(line);
    }
  }

  async #draw(scene: Scene): Promise<void> {
    const { Listr, ListrLogger, ProcessOutput } = await import('listr2');
    const terminal = new ProcessOutput();
    const release = (): void => terminal.release();
    const list = new Listr(
      [
        {
          title: ' ',
          task: async (_, task) => {
            const refresh = (): void => {
              const now = performance.now();
              const [first, ...others] = scene.open;
              if (!first) return;
              const more = others.length > 0 ? ` and ${counted(others.length, 'other task')}` : '';
              task.title =
                first.title(now, this.#columns - 2 - more.length, this.#colors) + this.#colors.dim(more);
              const slow = first.slowest(now, this.#columns);
              task.output = [
                ...(slow === undefined ? [] : [this.#colors.dim(slow)]),
                ...(this.#notice === undefined ? [] : [this.#colors.warning(this.#notice)]),
              ].join('\n');
            };
            refresh();
            const timer = setInterval(refresh, REFRESH_MS);
            await scene.over;
            clearInterval(timer);
          },
        },
      ],
      {
        exitOnError: false,
        // Ctrl-C is the engine's: the run ends at a task boundary and says so
        registerSignalListeners: false,
        // The last lines are ours, written when listr2 has left the screen
        rendererOptions: {
          clearOutput: true,
          logger: new ListrLogger({ useIcons: true, processOutput: terminal }),
        },
      },
    );
    // Whoever ends the process in the middle leaves the terminal with its cursor
    process.once('exit', release);
    await list.run();
    process.off('exit', release);
  }

  #recap({ recap, durationMs, interrupted }: Extract<RunEvent, { type: 'run-end' }>): string {
    const { bold, dim, failed } = this.#colors;
    const checked = this.#check ? ', check mode' : '';
    const end = dim(`${hostCount(recap)} in ${seconds(durationMs)}${checked}`);
    return [
      `\n${bold('Recap')}`,
      ...formatRecapTable(recap, this.#colors),
      '',
      interrupted ? `${failed('interrupted')}${dim(', ')}${end}` : end,
    ].join('\n');
  }

  #warn(text: string): void {
    if (this.#said.has(text)) return;
    this.#said.add(text);
    this.#notice = `warning: ${text}`;
    this.#print(this.#colors.warning(`warning: ${text}`));
  }

  /** Writes when everything before it is written. */
  #print(text: string): void {
    this.#written = this.#written.then(() => this.#write(text));
  }

  #write(text: string): void {
    this.#options.stream.write(`${text}\n`);
  }
}

function newScene(): Scene {
  let finish = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { views: [], open: new Set(), over, finish };
}

/** Resolves when the scene is over, or has lasted long enough to be worth drawing. */
function overOrLate(scene: Scene): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, REFRESH_MS);
    void scene.over.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

const hostCount = (recap: Recap): string => counted(Object.keys(recap).length, 'host');
