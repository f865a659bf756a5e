import { EXIT } from '../engine/run/exit.ts';

/**
 * The first Ctrl-C (or SIGTERM, SIGHUP) stops at the next task boundary and says so; the second leaves at once.
 * When nobody reads the output any more, it stops at the boundary too.
 */
export function stopOnInterrupt(tell: (message: string) => void): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    tell('interrupted: ends with the tasks under way; again to end now');
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, stop);
  const unheard = (): void => controller.abort();
  process.stdout.on('error', unheard);
  return {
    signal: controller.signal,
    end: () => {
      for (const name of signals) process.off(name, stop);
      process.stdout.off('error', unheard);
    },
  };
}
