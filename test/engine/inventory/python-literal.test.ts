import { describe, expect, test } from 'vitest';
import { readPythonLiteral } from '../../../src/engine/inventory/python-literal.ts';
import { askAnsible, hasAnsible } from './oracle.ts';

const texts = [
  ...[
    '1',
    '0',
    '-7',
    '+7',
    '007',
    '00',
    '0x1f',
    '0o17',
    '0b101',
    '1_000',
    '1__0',
    '1.5',
    '.5',
    '1.',
    '1e3',
    '-1.5E-2',
  ],
  ...[
    '1.10',
    '10.0.0.1',
    '52:54:00:12:34:56',
    '08',
    '1e',
    'e1',
    '0x',
    '1a',
    '1 # c',
    '1# c',
    '- 5',
    '--5',
    '5 5',
  ],
  ...[
    'True',
    'False',
    'None',
    'true',
    'none',
    'Trueish',
    'True # yes',
    'yes',
    '',
    ' ',
    'text',
    'a b',
    'a # b',
    '#',
  ],
  ...[
    "'a'",
    '"a"',
    "'a",
    "'a' 'b'",
    "'a'b",
    '"it\'s"',
    "'\\n\\t\\x41\\u00e9\\101\\q'",
    "r'\\n'",
    "R'\\''",
    "u'x'",
  ],
  ...[
    "'''a'''",
    '"""a"b"""',
    "''",
    "'a' # c",
    "'\\N{DASH}'",
    "'\\x4'",
    "f'a'",
    "b'abc'",
    "br'abc'",
    "'a' + 'b'",
  ],
  ...[
    '[]',
    '[1]',
    '[1,]',
    '[,]',
    '[1, 2',
    '[\'a\', "b", [3, None]]',
    '[a]',
    '[1] # c',
    '[1 2]',
    '(1)',
    '(1,)',
    '()',
  ],
  ...[
    '1,2',
    '1,',
    ',1',
    "'a', 'b'",
    '{}',
    '{1}',
    "{'a': 1}",
    "{'a': {'b': [True]}, }",
    "{'a' 1}",
    '{a: 1}',
    '{,}',
  ],
  ...[
    '{1: 2}',
    "{'a': 1, 'a': 2}",
    '{{ x }}',
    '"{{ x }}"',
    '[1, -2, +3]',
    '(1, (2, 3))',
    'x=1',
    '/dev/sda',
    '*',
    'é',
    "'é'",
  ],
  ...['[[]]', '[(), {}]', "['a' 'b', 'c']", '1.e5', '1..2', '0_1', '1e+5', '1L', '\t1', "'a\\\\'", "'\\'"],
];

test.skipIf(!hasAnsible)(
  'as ansible reads INI values (skipped where ansible-core is not installed)',
  { timeout: 30_000 },
  () => {
    const theirs = askAnsible({ literals: texts }, '/').literals;
    expect(texts.map((text) => [text, readPythonLiteral(text)])).toEqual(
      texts.map((text, index) => [text, theirs[index]]),
    );
  },
);

describe('on purpose not as Python', () => {
  test.each([
    ['an integer that a double cannot hold', '12345678901234567890'],
    ['an imaginary number', '1j'],
    ['infinity', '1e999'],
  ])('%s stays text', (_, text) => {
    expect(readPythonLiteral(text)).toBe(text);
  });
});
