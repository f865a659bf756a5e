import type { RestoreStep, Step } from '../../engine/module.ts';

/** One step for all links; none for none. */
export function loop(
  title: string,
  script: string,
  values: readonly string[],
  ...first: readonly string[]
): Step[] {
  return values.length === 0 ? [] : [{ title, argv: ['sh', '-c', script, 'sh', ...first, ...values] }];
}

/** One step for all links, from what a script notes of them before the change; none for none. */
export function noted(title: string, note: string, script: string, links: readonly string[]): RestoreStep[] {
  const run = (text: string): string[] => ['sh', '-c', text, 'sh', ...links];
  return links.length === 0 ? [] : [{ title, argv: run(script), note: run(note) }];
}
