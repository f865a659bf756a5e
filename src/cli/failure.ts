import { renderProblem } from '../engine/code-frame.ts';
import { EngineError, SourceErrors } from '../engine/errors.ts';
import { EXIT } from '../engine/run/exit.ts';

/** Prints what went wrong before or outside a run, and says with what to exit: 4 for mistakes in files, as ansible-playbook. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof SourceErrors) {
    printProblems(error.problems);
    return EXIT.unreachable;
  }
  if (error instanceof EngineError) {
    printProblems([error]);
    if (error.code === 'INTERRUPTED') return EXIT.interrupted;
    return error.location === undefined ? EXIT.error : EXIT.unreachable;
  }
  console.error('This is a bug in Wirebook; please report it with what follows.');
  console.error(error instanceof Error ? error.stack : error);
  return EXIT.bug;
}

export function printProblems(
  problems: readonly EngineError[],
  severity: 'error' | 'warning' = 'error',
): void {
  for (const problem of problems) console.error(renderProblem(problem, severity));
  if (severity === 'error' && problems.length > 1) console.error(`${problems.length} errors`);
}
