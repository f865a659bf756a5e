import * as fc from '../../fast-check.ts';
import { expect, test } from 'vitest';
import { Capture } from '../../../src/engine/transport/capture.ts';
import { escapeControls } from '../../../src/engine/transport/escape.ts';

const NONCE = 'wb00';

/** `text` in pieces that end where `cuts` say. */
function pieces(text: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((a, b) => a - b);
  return ends.map((end, index) => text.subarray(index === 0 ? 0 : ends[index - 1], end));
}

test('what lies between the markers, however it arrives', () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom(NONCE, `${NONCE}<`, `${NONCE}>1`, `${NONCE}>1 9\n`, '\n'),
  );
  const text = fc.array(part).map((parts) => parts.join('').replaceAll(`${NONCE}>2 `, ''));
  fc.assert(
    fc.property(text, text, fc.array(fc.nat()), (before, output, cuts) => {
      const noise = before.replaceAll(`${NONCE}<2`, '');
      const capture = new Capture(NONCE, 2, 1000);
      for (const chunk of pieces(Buffer.from(`${noise}${NONCE}<2\n${output}${NONCE}>2 17\n`), cuts))
        capture.push(chunk);
      expect([capture.text(), capture.end]).toEqual([output, '17']);
    }),
  );
});

test('more than the limit is dropped, and the end still seen', () => {
  const capture = new Capture(NONCE, 1, 10);
  for (const chunk of [`${NONCE}<1\n`, '12345678901', '2'.repeat(1000), `${NONCE}>1 0\n`])
    capture.push(Buffer.from(chunk));
  expect([capture.overflow, capture.end, capture.text()]).toEqual([true, '0', '']);
});

test.each([
  ['plain\nlines ü 漢', 'plain\nlines ü 漢'],
  ['\u001b[31mred\u0007\r\t', '\\e[31mred\\u0007\\r\\t'],
  ['a\u0000b\u009bc\u007f', 'a\\u0000b\\u009bc\\u007f'],
  ['evil\u202etxt.exe', 'evil\\u202etxt.exe'],
])('control characters of %j are shown as %j', (text, shown) => {
  expect(escapeControls(text)).toBe(shown);
});
