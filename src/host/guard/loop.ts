import type { Step } from '../../engine/module.ts';

/** One step for all links; none for none. */
export function loop(
  title: string,
  script: string,
  values: readonly string[],
  ...first: readonly string[]
): Step[] {
  return values.length === 0 ? [] : [{ title, argv: ['sh', '-c', script, 'sh', ...first, ...values] }];
}
