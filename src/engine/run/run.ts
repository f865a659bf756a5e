import type { HostStats, Recap } from './events.ts';
import { EXIT } from './exit.ts';
import { Fleet } from './fleet.ts';
import type { RunOptions } from './options.ts';
import { playName, type RunState, runPlay } from './play.ts';
import { Stats } from './stats.ts';
import { VariableStore } from './variables.ts';

/** Runs playbooks from the first play to the last. @returns what became of each host, and the exit code */
export async function runPlaybooks(options: RunOptions): Promise<{ recap: Recap; exitCode: number }> {
  const started = performance.now();
  const run: RunState = {
    options,
    store: new VariableStore(options),
    fleet: new Fleet(options.world, options.holder),
    stats: new Stats(),
    lost: new Set(),
    ended: new Set(),
    reachedStart: false,
    stepping: options.step !== undefined,
  };
  const { emit } = options;
  emit({
    type: 'run-start',
    playbooks: options.playbooks.map(({ file }) => file),
    check: options.check,
    diff: options.diff,
  });
  try {
    const plays = options.playbooks.flatMap((playbook) => playbook.plays);
    for (const [id, play] of plays.entries()) {
      if (!(await runPlay(play, play.at.source.file, { id, name: playName(play) }, run))) break;
    }
  } finally {
    await run.fleet.close();
  }
  const recap = run.stats.recap();
  const interrupted = options.signal.aborted;
  const exitCode = exitCodeOf(recap, interrupted, options.detailedExitCode);
  emit({ type: 'run-end', recap, exitCode, interrupted, durationMs: performance.now() - started });
  return { recap, exitCode };
}

function exitCodeOf(recap: Recap, interrupted: boolean, detailed: boolean): number {
  const any = (test: (stats: HostStats) => unknown): boolean => Object.values(recap).some(test);
  if (interrupted) return EXIT.interrupted;
  if (any(({ unreachable }) => unreachable)) return EXIT.unreachable;
  if (any(({ failed }) => failed)) return EXIT.failed;
  if (detailed && any(({ changed, pending, undecided }) => changed + pending + undecided))
    return EXIT.differs;
  return EXIT.ok;
}
