/** `npm test` tries the same cases each time; WIREBOOK_SEED has it try others. */
export const SEED = Number(process.env.WIREBOOK_SEED ?? 1);

/** The seeds of random cases, and what they are called in a test's name. */
export interface Seeds {
  readonly title: string;
  /** Milliseconds within which they are all done, on a machine that has other things to do too */
  readonly timeout: number;
  readonly each: Iterable<number>;
}

/**
 * So many seeds from WIREBOOK_SEED on; or, to explore, as many as there is time for, from WIREBOOK_SEED or anywhere.
 * @param seconds What an environment variable says of the time for exploration
 */
export function seeds(count: number, seconds: string | undefined): Seeds {
  if (seconds === undefined) {
    return {
      title: `seeds ${SEED} to ${SEED + count - 1}`,
      timeout: count * 120_000,
      each: Array.from({ length: count }, (_, index) => SEED + index),
    };
  }
  const first = process.env.WIREBOOK_SEED === undefined ? Date.now() % 1_000_000 : SEED;
  return {
    title: `${seconds} s from seed ${first}`,
    timeout: (Number(seconds) + 120) * 1000,
    each: within(first, 1000 * Number(seconds)),
  };
}

function* within(first: number, milliseconds: number): Generator<number> {
  const end = performance.now() + milliseconds;
  for (let seed = first; performance.now() < end; seed++) yield seed;
}
