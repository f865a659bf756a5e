import { describe, expect, it } from 'vitest';
import type { ParamProblem, ParamSchema } from '../../src/engine/module.ts';
import { type CheckOptions, checkParams } from '../../src/engine/params.ts';
import { readYaml, UnsafeText } from '../../src/engine/source.ts';
import { isUnknown, UNKNOWN } from '../../src/engine/unknown.ts';

const schema = (properties: Record<string, unknown>, more: object = {}): ParamSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...more,
});

const all = schema({
  text: { type: 'string' },
  whole: { type: 'integer' },
  number: { type: 'number' },
  flag: { type: 'boolean' },
  list: { type: 'array', items: { type: 'string' } },
  numbers: { type: 'array', items: { type: 'integer' } },
  words: { type: 'array', items: { type: 'string' }, 'x-list': 'comma' },
  choice: { enum: ['up', 'down', '802.1q', 'off', '4'] },
  sizes: { enum: [1, 2, 4] },
  either: { anyOf: [{ type: 'boolean' }, { type: 'integer' }, { enum: ['auto', 'off'] }] },
  nested: {
    anyOf: [
      { type: 'boolean' },
      {
        type: 'object',
        additionalProperties: false,
        properties: { id: { type: 'integer' }, name: { type: 'string' } },
      },
    ],
  },
  loose: { description: 'Anything' },
  nullable: { type: ['string', 'null'] },
  mode: { type: ['string', 'integer'] },
  map: { type: 'object', additionalProperties: { type: 'integer' } },
});

const run = (value: unknown, options: Partial<CheckOptions> = {}, of = all) => {
  const { value: read, problems } = checkParams(of, value, { label: 'm', mode: 'runtime', ...options });
  return { value: read, problems: problems.map(({ code, message }) => `${code} ${message}`) };
};

describe('types', () => {
  it.each([
    [{ text: 5 }, { text: '5' }],
    [{ text: true }, { text: 'true' }],
    [{ text: new UnsafeText('{{ x }}') }, { text: '{{ x }}' }],
    [{ whole: '20' }, { whole: 20 }],
    [{ whole: ' -3 ' }, { whole: -3 }],
    [{ number: '1.5' }, { number: 1.5 }],
    [{ flag: 'yes' }, { flag: true }],
    [{ flag: 'False' }, { flag: false }],
    [{ flag: 'off' }, { flag: false }],
    [{ flag: 1 }, { flag: true }],
    [{ list: [1, 'a', true] }, { list: ['1', 'a', 'true'] }],
    [{ numbers: ['1', 2] }, { numbers: [1, 2] }],
    [{ words: 'a, b,c' }, { words: ['a', 'b', 'c'] }],
    [{ words: [1] }, { words: ['1'] }],
    [{ choice: 4 }, { choice: '4' }],
    [{ sizes: '4' }, { sizes: 4 }],
    [{ either: 'yes' }, { either: true }],
    [{ either: '7' }, { either: 7 }],
    [{ either: 'auto' }, { either: 'auto' }],
    [{ either: 'off' }, { either: 'off' }],
    [{ nested: { id: '5', name: 6 } }, { nested: { id: 5, name: '6' } }],
    [{ nested: 'no' }, { nested: false }],
    [{ loose: null }, { loose: null }],
    [{ loose: { a: [null] } }, { loose: { a: [null] } }],
    [{ nullable: null }, { nullable: null }],
    [{ mode: 5 }, { mode: 5 }],
    [{ map: { a: '1' } }, { map: { a: 1 } }],
  ])('%j is read as %j', (given, read) => {
    const before = JSON.stringify(given);
    expect(run(given)).toEqual({ value: read, problems: [] });
    expect(JSON.stringify(given)).toBe(before);
  });

  it.each([
    [{ text: ['a'] }, 'PARAM_TYPE m.text must be text, not a list'],
    [{ text: { a: 1 } }, 'PARAM_TYPE m.text must be text, not a mapping'],
    [{ text: null }, 'PARAM_NULL m.text is null'],
    [{ whole: '1.5' }, 'PARAM_TYPE m.whole must be a whole number, not "1.5"'],
    [{ whole: true }, 'PARAM_TYPE m.whole must be a whole number, not true'],
    [{ whole: '' }, 'PARAM_TYPE m.whole must be a whole number, not ""'],
    [{ number: 'x' }, 'PARAM_TYPE m.number must be a number, not "x"'],
    [{ flag: 2 }, 'PARAM_TYPE m.flag must be true or false, not 2'],
    [{ list: 'a,b' }, 'PARAM_TYPE m.list must be a list, not "a,b"'],
    [{ list: [null] }, 'PARAM_NULL m.list[0] is null'],
    [{ choice: 'sideways' }, 'PARAM_ENUM m.choice must be one of up, down, 802.1q, off, 4, not "sideways"'],
    [{ choice: true }, 'PARAM_ENUM m.choice must be one of up, down, 802.1q, off, 4, not "true"'],
    [
      { either: 'maybe' },
      'PARAM_TYPE m.either must be true or false or a whole number or one of auto, off, not "maybe"',
    ],
    [{ nested: { idd: 5 } }, 'PARAM_UNKNOWN m.nested has no key idd'],
    [{ nested: [] }, 'PARAM_TYPE m.nested must be true or false or a mapping, not a list'],
    [{ map: { a: 'x' } }, 'PARAM_TYPE m.map.a must be a whole number, not "x"'],
    [{ guard: true }, 'PARAM_UNKNOWN m has no parameter guard'],
    [null, 'PARAM_NULL m has null for parameters'],
    [['a'], 'PARAM_TYPE m must be a mapping, not a list'],
  ])('%j is refused', (given, problem) => {
    expect(run(given).problems).toEqual([problem]);
  });
});

describe('identity by one of several parameters', () => {
  const one = schema(
    { mac: { type: 'string' }, alias: { type: 'string' }, index: { type: 'integer' } },
    { oneOf: [{ required: ['mac'] }, { required: ['alias'] }, { required: ['index'] }] },
  );

  it('is there, once', () => {
    expect(run({ mac: 'a' }, {}, one).problems).toEqual([]);
    expect(run({}, {}, one).problems).toEqual(['PARAM_MISSING m needs mac or alias or index']);
    expect(run({ mac: 'a', index: 1 }, {}, one).problems).toEqual([
      'PARAM_CONFLICT m takes only one of mac, index',
    ]);
  });

  it('may come from defaults', () => {
    expect(run({ index: 1 }, { partial: true }, one).problems).toEqual([]);
    expect(run({}, { defaults: { mac: 'a' } }, one)).toEqual({ value: {}, problems: [] });
    expect(run({}, { partial: true }, one).problems).toEqual([]);
  });
});

describe('before the run', () => {
  const source = readYaml(
    'x.yml',
    `text: 0777
whole: "{{ a }}"
list: ["{{ a }}", [no]]
choice: off
flag: no
nested: {id: "{{ b }}", name: 1.10, x: 1}
`,
  );
  const at = { source, path: [] };

  it('plain scalars keep their text, templates are left out, the rest is checked', () => {
    const typed: string[] = [];
    const { value, problems } = checkParams(all, source.value, {
      label: 'm',
      mode: 'static',
      at,
      onTyped: (path) => typed.push(path.join('.')),
    });
    expect(value).toMatchObject({
      text: '0777',
      whole: '{{ a }}',
      choice: 'off',
      flag: false,
      nested: { id: '{{ b }}', name: '1.10' },
    });
    expect(
      problems.map(({ message, location }) => `${location?.line}:${location?.column} ${message}`),
    ).toEqual(['3:19 m.list[1] must be text, not a list', '6:37 m.nested has no key x']);
    expect(typed).toEqual(['text', 'choice', 'flag', 'nested.name']);
  });

  it('a template can stand for all parameters', () => {
    expect(run('{{ everything }}', { mode: 'static' }).problems).toEqual([]);
    expect(run('{{ everything }}').problems).toEqual([
      'PARAM_TYPE m must be a mapping, not "{{ everything }}"',
    ]);
  });

  it('a check sees UNKNOWN for what is open or wrong, and is asked although the schema is not met', () => {
    let seen: Readonly<Record<string, unknown>> = {};
    const check = (params: Readonly<Record<string, unknown>>): ParamProblem[] => {
      seen = params;
      return [{ path: ['flag'], code: 'PARAM_CONFLICT', message: 'no flags today' }];
    };
    const given = { whole: '{{ a }}', flag: true, text: ['x'], list: ['a', '{{ b }}'], nested: { id: 'x' } };
    expect(run(given, { mode: 'static', check }).problems).toEqual([
      'PARAM_TYPE m.text must be text, not a list',
      'PARAM_TYPE m.nested.id must be a whole number, not "x"',
      'PARAM_CONFLICT no flags today',
    ]);
    expect(seen).toEqual({
      whole: UNKNOWN,
      flag: true,
      text: UNKNOWN,
      list: ['a', UNKNOWN],
      nested: { id: UNKNOWN },
    });
    expect(isUnknown(seen.whole)).toBe(true);
  });

  it('lists with templates in them may still have items in common', () => {
    const unique = schema({ ports: { type: 'array', items: { type: 'string' }, uniqueItems: true } });
    expect(run({ ports: ['{{ a }}', '{{ a }}'] }, { mode: 'static' }, unique).problems).toEqual([]);
    expect(run({ ports: ['a', 'b', 'a'] }, { mode: 'static' }, unique).problems).toEqual([
      'PARAM_CONFLICT m.ports has "a" twice',
    ]);
  });
});

describe('in the run', () => {
  it('values that only the host knows are left alone', () => {
    expect(run({ whole: UNKNOWN, nested: UNKNOWN, list: [UNKNOWN] })).toEqual({
      value: { whole: UNKNOWN, nested: UNKNOWN, list: [UNKNOWN] },
      problems: [],
    });
  });

  it('a check is asked only when the schema is met', () => {
    const check = () => [{ path: [], code: 'PARAM_CONFLICT' as const, message: 'asked' }];
    expect(run({ whole: 1 }, { check }).problems).toEqual(['PARAM_CONFLICT asked']);
    expect(run({ whole: 'x' }, { check }).problems).toEqual([
      'PARAM_TYPE m.whole must be a whole number, not "x"',
    ]);
  });

  it('parameters of later versions are refused with their own words', () => {
    const later = schema({ vlans: { type: 'array', 'x-later': 'VLAN filtering comes later' } });
    const { problems } = checkParams(later, { vlans: 5 }, { label: 'bridge', mode: 'runtime' });
    expect(problems.map(({ message, hint }) => `${message}: ${hint}`)).toEqual([
      'bridge.vlans is not supported yet: VLAN filtering comes later',
    ]);
  });
});
