import type { Writable } from 'node:stream';
import pc from 'picocolors';

export type ReportKind = 'auto' | 'lines' | 'listr' | 'json' | 'jsonl';

export interface ReportOptions {
  /** Where the report goes; usually stdout */
  readonly stream: Writable;
  /** The stream is a terminal that can move its cursor */
  readonly isTTY: boolean;
  readonly color: boolean;
  /** Number of -v */
  readonly verbosity: number;
  /** Show wanted against found */
  readonly diff: boolean;
  /** Width of the terminal, default 80 */
  readonly columns?: number | undefined;
}

/** Ansible's colours, by what they mean. */
export function palette(color: boolean) {
  const colors = pc.createColors(color);
  /** Line by line, so that a pager or a cut line never bleeds */
  const lines = (paint: (text: string) => string) => (text: string) => text.split('\n').map(paint).join('\n');
  return {
    ok: lines(colors.green),
    changed: lines(colors.yellow),
    failed: lines(colors.red),
    unreachable: lines(colors.redBright),
    skipped: lines(colors.cyan),
    debug: lines(colors.gray),
    warning: lines(colors.magentaBright),
    bold: lines(colors.bold),
    dim: lines(colors.dim),
  };
}

export type Palette = ReturnType<typeof palette>;
