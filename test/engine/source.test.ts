import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../src/engine/source.ts';

const scalars = `yes Yes YES yEs no No on off ON Off y Y n N true True TRUE tRue false ~ null Null NULL nUll
0 1 -1 +1 00 07 08 09 0777 0o17 0x1F 0xfg 0b101 0b2 1_000 1__0 _1 1_ 1e3 1.0e3 1.0e+3 1.e+3 e1 E5 e12 .5 -.5 +.5 5. -5.
. .. ._5 1.2.3 1.10 -1.5 .inf -.inf .Inf .nan .NaN nan inf 52:54 eth0 802.3ad 802.1q 0x 0b 1-2 12e 12e+3 1.5e-3 .5e+3 -.5e+3
192.0.2.1 fe80::1 '1' "yes"`.split(/\s+/);

describe('plain scalars', () => {
  const python = spawnSync(
    'python3',
    [
      '-c',
      'import yaml,json,sys\nprint(json.dumps([[repr(type(v).__name__), str(v)] for v in yaml.safe_load(sys.stdin)]))',
    ],
    {
      input: scalars
        .filter((text) => !text.includes(':'))
        .map((text) => `- ${text}\n`)
        .join(''),
      encoding: 'utf8',
    },
  );

  it.skipIf(python.status !== 0)('are read as PyYAML reads them', () => {
    const theirs = (JSON.parse(python.stdout) as [string, string][]).map(([type, text]) => {
      const name = type.replaceAll("'", '');
      if (name === 'bool') return text === 'True';
      if (name === 'NoneType') return null;
      if (name === 'int') return Number(text);
      return name === 'float' ? Number(text.replace('inf', 'Infinity')) : text;
    });
    const tested = scalars.filter((text) => !text.includes(':'));
    const ours = tested.map((text) => readYaml('x.yml', text).value);
    expect(tested.map((text, i) => [text, ours[i]])).toEqual(tested.map((text, i) => [text, theirs[i]]));
  });

  it('are text where PyYAML makes base-60 numbers and dates of them', () => {
    for (const text of ['52:54:00:12:34:56', '1:30', '0000:04:00.1', '2026-11-20', '2026-11-20 10:00:00'])
      expect(readYaml('x.yml', text).value).toBe(text);
  });
});

describe('positions', () => {
  const source = readYaml(
    'x.yml',
    `base: &base
  mtu: 9000
  ports: [eth1]
one:
  <<: *base
  name: a
two:
  <<: [{stp: true}, *base]
three: *base
20: number
empty:
`,
  );
  const at = (path: (string | number)[], which?: 'key' | 'value') => {
    const { line, column } = source.locate(path, which);
    return `${line}:${column}`;
  };

  it('are those of the value, or of its key', () => {
    expect(at(['one', 'name'])).toBe('6:9');
    expect(at(['one', 'name'], 'key')).toBe('6:3');
    expect(at(['20'])).toBe('10:5');
    expect(at(['empty'], 'key')).toBe('11:1');
  });

  it('go through merges and aliases', () => {
    expect(at(['one', 'mtu'])).toBe('2:8');
    expect(at(['one', 'ports', 0])).toBe('3:11');
    expect(at(['two', 'mtu'], 'key')).toBe('2:3');
    expect(at(['two', 'stp'])).toBe('8:14');
    expect(at(['three'])).toBe('9:8');
    expect(at(['three', 'mtu'])).toBe('2:8');
    expect(source.scalarText(['one', 'mtu'])).toBe('9000');
  });

  it('fall back to what is there', () => {
    expect(at(['one', 'gone', 'deeper'])).toBe('5:3');
    expect(at(['nothing'])).toBe('1:1');
  });
});

describe('files of other editors', () => {
  it('may begin with a byte order mark, and end their lines as Windows does', () => {
    const source = readYaml('x.yml', '\uFEFFa: 1\r\nb: two\r\n');
    expect(source.problems).toEqual([]);
    expect(source.value).toEqual({ a: 1, b: 'two' });
    expect(source.locate(['b'], 'key')).toMatchObject({ line: 2, column: 1 });
  });
});

describe('syntax errors', () => {
  const errors = (text: string) =>
    readYaml('x.yml', text).problems.map(({ message, location }) => `${location?.line}: ${message}`);

  it('are told once, not again for each word that follows', () => {
    expect(errors('- hosts: all\n\ttasks:\n  - ping:\n  - debug: {msg: x}\n')).toEqual([
      '2: Unexpected scalar at node end',
    ]);
  });

  it('are told together where each stands alone', () => {
    expect(errors('a: "x\nb: [1\n')).toHaveLength(1);
    expect(errors('a: {b: 1, , c: 2}\nd: [1, , 2]\n')).toHaveLength(2);
  });
});
