import type { EngineError } from './errors.ts';

const WIDTH = 100;

/**
 * An error as a user sees it: position, code, message, the source line with a caret, hint.
 * ```
 * site.yml:7:13: error[PARAM_RANGE]: vlan.id must be <= 4094
 *   7 |         id: 5000
 *     |             ^^^^
 *   hint: VLAN IDs run from 1 to 4094
 * ```
 */
export function renderProblem(problem: EngineError, severity: 'error' | 'warning' = 'error'): string {
  const at = problem.location;
  const head = `${severity}[${problem.code}]: ${problem.message}`;
  const hint = problem.hint ? [`  hint: ${problem.hint}`] : [];
  if (!at) return [head, ...hint].join('\n');
  const gutter = String(at.line);
  const cut = Math.max(0, Math.min(at.column - 1 - WIDTH / 2, at.text.length - WIDTH));
  const shown = at.text.slice(cut, cut + WIDTH).replaceAll('\t', ' ');
  const caret =
    ' '.repeat(at.column - 1 - cut) +
    '^'.repeat(Math.max(1, Math.min(at.length, WIDTH - (at.column - 1 - cut))));
  return [
    `${at.file}:${at.line}:${at.column}: ${head}`,
    `  ${gutter} | ${shown}`,
    `  ${' '.repeat(gutter.length)} | ${caret}`,
    ...hint,
  ].join('\n');
}
