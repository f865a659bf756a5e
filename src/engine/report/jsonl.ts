import type { Report, RunEvent } from '../run/events.ts';
import type { Location } from '../source.ts';
import type { ReportOptions } from './options.ts';
import { escapeUnicodeControls, jsonText } from './text.ts';

/** Every event of the run as one line of JSON, with the time it came. */
export class JsonLinesReport implements Report {
  readonly #options: ReportOptions;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  on(event: RunEvent): void {
    // A place is told by file, line and column; its source line would repeat in every event of a task.
    const line = jsonText({ time: new Date().toISOString(), ...event }, (key, value) =>
      key === 'location' ? { ...(value as Location), text: undefined } : value,
    );
    this.#options.stream.write(`${escapeUnicodeControls(line)}\n`);
  }
}
