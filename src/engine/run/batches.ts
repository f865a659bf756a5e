import { EngineError } from '../errors.ts';
import type { Play } from '../playbook/types.ts';
import { locationOf } from '../source.ts';

/** Hosts of a play in the order it asks for. Shuffling takes a source of numbers from 0 to 1. */
export function ordered(
  hosts: readonly string[],
  order: Play['order'],
  random: () => number,
): readonly string[] {
  switch (order) {
    case 'inventory':
      return hosts;
    case 'reverse_inventory':
      return hosts.toReversed();
    case 'sorted':
      return hosts.toSorted();
    case 'reverse_sorted':
      return hosts.toSorted().reverse();
    case 'shuffle':
      return hosts
        .map((host) => ({ host, key: random() }))
        .sort((a, b) => a.key - b.key)
        .map(({ host }) => host);
  }
}

/** `serial`: batches of so many hosts, or so many per cent of all; the last size repeats. @throws EngineError KEYWORD_VALUE */
export function batches(
  hosts: readonly string[],
  sizes: readonly unknown[],
  play: Play,
): readonly string[][] {
  if (sizes.length === 0) return [[...hosts]];
  const result: string[][] = [];
  let start = 0;
  for (let index = 0; start < hosts.length; index++) {
    const size = batchSize(sizes[Math.min(index, sizes.length - 1)], hosts.length, play);
    result.push(hosts.slice(start, start + size));
    start += size;
  }
  return result;
}

function batchSize(value: unknown, total: number, play: Play): number {
  const text = String(value).trim();
  const match = /^(\d+)(%?)$/.exec(text);
  if (!match) {
    throw new EngineError('KEYWORD_VALUE', `serial takes a number or a percentage, not ${text}`, {
      location: locationOf(play.at, 'serial'),
    });
  }
  const size = match[2] ? Math.max(1, Math.floor((Number(match[1]) * total) / 100)) : Number(match[1]);
  return size === 0 ? total : size;
}
