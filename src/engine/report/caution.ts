import type { TaskResult } from '../run/events.ts';
import { oneLine } from './text.ts';

/** What is said before steps run, by what it is about; the guard with -v only. */
export function cautions(
  { lifeline, guarded }: Pick<TaskResult, 'lifeline' | 'guarded'>,
  verbosity: number,
): { label: 'lifeline' | 'guarded'; text: string }[] {
  return [
    ...(lifeline === undefined ? [] : [{ label: 'lifeline' as const, text: oneLine(lifeline) }]),
    ...(guarded === undefined || verbosity === 0
      ? []
      : [{ label: 'guarded' as const, text: `puts itself back unless confirmed within ${guarded} s` }]),
  ];
}
