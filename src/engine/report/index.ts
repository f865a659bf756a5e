import type { Report } from '../run/events.ts';
import { JsonReport } from './json.ts';
import { JsonLinesReport } from './jsonl.ts';
import { LinesReport } from './lines.ts';
import { ListrReport } from './listr.ts';
import type { ReportKind, ReportOptions } from './options.ts';

export type { ReportKind } from './options.ts';

/**
 * The report of a run. `auto` is the live view on a terminal, else lines; with -vv and more, lines on a terminal too,
 * for they then say too much to be folded.
 */
export function createReport(kind: ReportKind, options: ReportOptions): Report {
  switch (kind) {
    case 'auto':
      return createReport(options.isTTY && options.verbosity < 2 ? 'listr' : 'lines', options);
    case 'lines':
      return new LinesReport(options);
    case 'listr':
      return new ListrReport(options);
    case 'json':
      return new JsonReport(options);
    case 'jsonl':
      return new JsonLinesReport(options);
  }
}
