import type { WriteStream } from 'node:tty';
import type { OnProgress } from '../lab/progress.ts';

/** Seconds after which a phase that goes on is shown where lines cannot be redrawn, and how often then. */
const FIRST = 2;
const EVERY = 10;

/**
 * Shows a lab's progress: a line a phase with its seconds; while a phase goes on, a line that is redrawn on a
 * terminal, and one now and then elsewhere.
 */
export function showProgress(stream: WriteStream): OnProgress {
  let timer: NodeJS.Timeout | undefined;
  let start = 0;
  let note = '';
  const seconds = (): number => (performance.now() - start) / 1000;
  const line = (phase: string, time: number): string =>
    `${phase.padEnd(28)} ${time.toFixed(1).padStart(6)} s`;

  return (event) => {
    if (event.type === 'begin') {
      [start, note] = [performance.now(), ''];
      let next = FIRST;
      const show = (): void => {
        const text = `${line(event.phase, seconds())}  ${note}`;
        if (stream.isTTY) stream.write(`\r\x1b[K${text.slice(0, (stream.columns || 80) - 1)}`);
        else if (seconds() >= next) {
          next += EVERY;
          stream.write(`${text.trimEnd()}\n`);
        }
      };
      timer = setInterval(show, 200).unref();
    } else if (event.type === 'note') {
      note = event.text;
    } else {
      clearInterval(timer);
      if (stream.isTTY) stream.write('\r\x1b[K');
      const outcome = event.failed ? '  failed' : stream.isTTY ? '' : '  done';
      stream.write(`${line(event.phase, event.seconds)}${outcome}\n`);
    }
  };
}
