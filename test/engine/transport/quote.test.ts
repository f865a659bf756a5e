import { spawnSync } from 'node:child_process';
import * as fc from '../../fast-check.ts';
import { describe, expect, test } from 'vitest';
import { quoteAll } from '../../../src/engine/transport/quote.ts';
import { SHELLS } from './shells.ts';

/** What a real shell makes of the words. */
function readBack(argv: readonly string[], words: readonly string[]): string[] {
  const script = `printf '%s\\0' ${quoteAll(words)}\n`;
  const { stdout } = spawnSync(argv[0]!, argv.slice(1), {
    input: script,
    env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' },
  });
  return stdout.toString('utf8').split('\0').slice(0, -1);
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom("'", '"', '\\', '\n', '$', '(', ')', '`', ' ', '~', '!', '#', '=', '-', 'a'),
  }),
);

describe.each(SHELLS)('quote through $name', ({ argv }) => {
  test('any words arrive as they are', () => {
    const words = fc.array(
      hostile.map((word) => word.replaceAll('\0', '')),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(words, (list) => {
        expect(readBack(argv, list)).toEqual(list);
      }),
      { numRuns: 60 },
    );
  });

  test('every character but NUL, and what would run', () => {
    const everyByte = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join('');
    const words = [
      everyByte,
      '$(id)',
      '`id`',
      'eth0; reboot',
      "it's",
      "'",
      '',
      '-n',
      '~root',
      '*',
      'a=b',
      'x\ny\n',
    ];
    expect(readBack(argv, words)).toEqual(words);
  });
});

test('a NUL is refused', () => {
  expect(() => quoteAll(['a\0b'])).toThrow(expect.objectContaining({ code: 'PARAM_FORMAT' }));
});
