import { oneLine } from './text.ts';

const collator = new Intl.Collator('en', { numeric: true });

/** Orders names as people do: kvm2 before kvm10. */
export const byName = (a: string, b: string): number => collator.compare(a, b);

/**
 * Host names for a line: those that differ only in a running number become `kvm1…kvm48`.
 * In the order given; with more than `most` pieces the rest is counted.
 */
export function foldHosts(hosts: readonly string[], most: number): string {
  const runs: { first: string; last: string; count: number }[] = [];
  for (const host of hosts) {
    const run = runs.at(-1);
    if (run && follows(run.last, host)) {
      run.last = host;
      run.count++;
    } else runs.push({ first: host, last: host, count: 1 });
  }
  const pieces = runs.flatMap(({ first, last, count }) =>
    count === 1
      ? [{ text: first, count }]
      : count === 2
        ? [
            { text: first, count: 1 },
            { text: last, count: 1 },
          ]
        : [{ text: `${first}…${last}`, count }],
  );
  const shown = pieces.slice(0, most);
  const rest = pieces.slice(most).reduce((sum, piece) => sum + piece.count, 0);
  return oneLine(shown.map(({ text }) => text).join(', ')) + (rest > 0 ? ` and ${rest} more` : '');
}

/** Whether `next` is `name` with its last number one higher. */
function follows(name: string, next: string): boolean {
  const [, head, digits, tail] = /^(.*?)(\d+)(\D*)$/s.exec(name) ?? [];
  if (head === undefined || digits === undefined) return false;
  return next === head + String(Number(digits) + 1).padStart(digits.length, '0') + tail;
}
