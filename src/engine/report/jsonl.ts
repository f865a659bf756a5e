import type { Report, RunEvent } from '../run/events.ts';
import type { ReportOptions } from './options.ts';
import { escapeUnicodeControls, jsonText } from './text.ts';

/** Every event of the run as one line of JSON, with the time it came. */
export class JsonLinesReport implements Report {
  readonly #options: ReportOptions;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  on(event: RunEvent): void {
    const line = jsonText({ time: new Date().toISOString(), ...event });
    this.#options.stream.write(`${escapeUnicodeControls(line)}\n`);
  }
}
