import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { renderProblem } from '../../../src/engine/code-frame.ts';
import { EngineError } from '../../../src/engine/errors.ts';
import { readYaml, type SourceNode, UnsafeText } from '../../../src/engine/source.ts';
import { createTemplar, lazyMapping, OMIT } from '../../../src/engine/template/index.ts';
import type { Variables } from '../../../src/engine/template/types.ts';

const directory = mkdtempSync(join(tmpdir(), 'wirebook-template-'));
afterAll(() => rmSync(directory, { recursive: true }));

const templar = createTemplar({
  playbookDir: directory,
  env: { HOME: '/home/me', PATH: '/usr/bin:/bin' },
  now: () => new Date('2026-11-20T15:00:00Z'),
  seed: 'fixed',
});
const written = (values: Record<string, unknown>): Variables => [{ values, templated: true }];
const fromHost = (values: Record<string, unknown>): Variables => [{ values, templated: false }];

function problem(work: () => unknown): EngineError {
  try {
    const value = work();
    throw new Error(`no error, but ${JSON.stringify(value)}`);
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
}

describe('render', () => {
  test('keeps native types, and leaves out what is omitted', () => {
    const variables = written({ port: 22, list: [1, 'a'], name: 'web' });
    const value = {
      a: '{{ port }}',
      b: '{{ list }}',
      c: '{{ name }}:{{ port }}',
      d: '{{ missing | default(omit) }}',
      e: ['{{ omit }}', '{{ none }}', true, 5],
      f: { g: '{{ omit }}' },
    };
    expect(templar.render(value, variables)).toEqual({
      a: 22,
      b: [1, 'a'],
      c: 'web:22',
      e: [null, true, 5],
      f: {},
    });
    expect(templar.render('{{ omit }}', variables)).toBe(OMIT);
  });

  test('later layers win, and locals win over both', () => {
    const variables: Variables = [
      { values: { a: 1, b: '{{ a }}' }, templated: true },
      { values: { a: 2 }, templated: false },
    ];
    expect(templar.render('{{ b }}', variables)).toBe(2);
    expect(templar.render('{% for a in [7] %}{{ a }}{{ b }}{% endfor %}', variables)).toBe('72');
  });

  test('gives the same object where nothing is to be rendered', () => {
    const value = { a: [1, { b: 'x' }] };
    expect(templar.render(value, [])).toBe(value);
    expect(templar.evaluate('v', fromHost({ v: value }))).toBe(value);
  });

  test('renders only the parts of a variable that are named', () => {
    const variables = written({
      cfg: { port: 1, next: '{{ cfg.port + 1 }}', bad: '{{ missing }}', list: ['{{ cfg.next }}'] },
    });
    expect(templar.evaluate('cfg.next', variables)).toBe(2);
    expect(templar.evaluate('cfg.list[0] + cfg["next"]', variables)).toBe(4);
    expect(problem(() => templar.evaluate('cfg', variables)).code).toBe('VAR_UNDEFINED');
  });

  test('a variable that needs itself is an error that shows the way', () => {
    const variables = written({ a: '{{ b }}', b: 'x{{ c.d }}', c: { d: '{{ a }}' } });
    expect(problem(() => templar.evaluate('a', variables)).message).toBe(
      'a needs itself: a → b → c.d → a (in a → b → c.d)',
    );
  });

  test('asks lazy mappings only for what is named', () => {
    const asked: string[] = [];
    const hostvars = lazyMapping(
      () => ['h1', 'h2'],
      (host) => {
        asked.push(host);
        return { mtu: host === 'h1' ? 1500 : 9000 };
      },
    );
    const variables = fromHost({ hostvars, groups: { all: ['h1', 'h2'] } });
    expect(templar.evaluate("hostvars['h2'].mtu + hostvars.h2.mtu", variables)).toBe(18_000);
    expect(templar.evaluate("'h3' in hostvars", variables)).toBe(false);
    expect(asked).toEqual(['h2']);
    expect(templar.evaluate("groups.all | map('extract', hostvars, 'mtu') | list", variables)).toEqual([
      1500, 9000,
    ]);
    expect(templar.evaluate('hostvars', variables)).toEqual({ h1: { mtu: 1500 }, h2: { mtu: 9000 } });
  });

  test('big integers are exact', () => {
    expect(templar.evaluate('9007199254740993 + 1', [])).toBe(9_007_199_254_740_994n);
    expect(templar.evaluate('x * 2', fromHost({ x: 2 ** 53 - 1 }))).toBe(18_014_398_509_481_982n);
    expect(templar.evaluate('(2 ** 70) // (2 ** 60)', [])).toBe(1024);
  });

  test('vars, now, random without a seed', () => {
    const variables = written({ a: '{{ b }}', b: 1 });
    expect(templar.evaluate('vars.a + vars["b"]', variables)).toBe(2);
    expect(templar.evaluate("now(true, '%Y-%m-%d %H:%M')", [])).toBe('2026-11-20 15:00');
    expect(templar.evaluate('now(true).year', [])).toBe(2026);
    expect(templar.evaluate('1000000 | random', [])).toBe(templar.evaluate('1000000 | random', []));
  });
});

describe('trust', () => {
  const attack = `{{ lookup('pipe', 'touch ${directory}/attacked') }}`;
  const variables: Variables = [
    {
      values: {
        seen: '{{ fact }}',
        chain: 'x{{ seen }}',
        literal: new UnsafeText('{{ fact }}'),
        literals: { a: new UnsafeText('{{ fact }}') },
      },
      templated: true,
    },
    {
      values: { fact: attack, facts: { deep: [attack], flag: 'true or lookup("pipe", "x")' } },
      templated: false,
    },
  ];

  test.each([
    ['{{ fact }}', attack],
    ['{{ seen }}', attack],
    ['a{{ chain }}', `ax${attack}`],
    ["{{ lookup('vars', 'seen') }}", attack],
    ['{{ vars.fact }}', attack],
    ['{{ facts.deep | first }}', attack],
    ["{{ [fact, seen] | join('') }}", attack + attack],
    ["{{ facts | combine({'a': fact}) | dict2items | map(attribute='value') | last }}", attack],
    ['{% set x = fact %}{{ x }}', attack],
    ['{{ missing | default(fact) }}', attack],
    ['{{ fact | b64encode | b64decode }}', attack],
    ['{{ literal }}', '{{ fact }}'],
    ['{{ literal | upper }}', '{{ FACT }}'],
    ['{{ literals.a | upper }}', '{{ FACT }}'],
  ])('%s is data', (template, expected) => {
    expect(templar.render(template, variables)).toBe(expected);
  });

  test('an unsafe text in an argument is its text', () => {
    expect(templar.render({ a: [new UnsafeText('{{ fact }}')] }, variables)).toEqual({ a: ['{{ fact }}'] });
  });

  test('what a file or a lookup gives is data too, but for template files', () => {
    mkdirSync(join(directory, 'files'), { recursive: true });
    mkdirSync(join(directory, 'templates'), { recursive: true });
    writeFileSync(join(directory, 'files/raw.txt'), '{{ fact }}\n');
    writeFileSync(join(directory, 'templates/x.j2'), "{{ who }}\\n{{ 'a\\tb' }}{% include 'y.j2' %}\n");
    writeFileSync(join(directory, 'templates/y.j2'), '({{ who }})');
    expect(templar.render("{{ lookup('file', 'raw.txt') }}", variables)).toBe('{{ fact }}');
    const text = templar.render("{{ lookup('template', 'x.j2') }}", written({ who: 'me' }));
    expect(text).toBe('me\\na\tb(me)');
  });

  test('a condition never evaluates text from a host', () => {
    expect(templar.condition('fact', variables)).toBe(true);
    expect(problem(() => templar.condition('{{ facts.flag }}', variables))).toMatchObject({
      code: 'EXPR_FAILED',
      hint: 'write the condition without {{ }}, and compare, or convert with | bool',
    });
    expect(problem(() => templar.condition('"{{ fact }}" == "x"', variables)).code).toBe('EXPR_SYNTAX');
  });
});

describe('sandbox', () => {
  test.each([
    'constructor',
    '{}.constructor',
    '[].constructor',
    "''.constructor.constructor",
    '{}.__proto__',
    "{}['__proto__']",
    'x.hasOwnProperty',
    '(1).toString',
    'range.constructor',
    'lookup.__globals__',
  ])('%s is not defined', (expression) => {
    expect(problem(() => templar.evaluate(expression, fromHost({ x: {} }))).code).toBe('VAR_UNDEFINED');
  });

  test('__proto__ is a key like any other', () => {
    const polluted = templar.evaluate("{'__proto__': {'polluted': 1}} | combine({'constructor': 2})", []);
    expect(Object.keys(polluted as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test.each([
    ['range(1000000000) | list', 'a range of 1000000000 numbers is too long'],
    ["'x' * 1000000000", 'a result of 1000000000 elements is too long'],
    [
      '{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}',
      'the expression takes too long',
    ],
    ['2 ** 100000', '2 ** 100000 is too large'],
  ])('%s ends', (text, message) => {
    const small = createTemplar({ playbookDir: directory, fuel: 50_000 });
    const run = () => (text.startsWith('{%') ? small.render(text, []) : small.evaluate(text, []));
    expect(problem(run).message).toContain(message);
  });

  test('deep nesting is an error, not a crash', () => {
    expect(problem(() => templar.evaluate(`${'('.repeat(50_000)}1${')'.repeat(50_000)}`, [])).message).toBe(
      'the expression nests too deeply',
    );
  });

  test('only what the expression made can be changed in place', () => {
    const list = [1];
    expect(problem(() => templar.render('{% set _ = l.append(2) %}', fromHost({ l: list })))).toMatchObject({
      message: 'l cannot be changed in place',
      hint: 'copy it first: | list, or | combine({})',
    });
    expect(
      templar.render('{% set m = l | list %}{% set _ = m.append(2) %}{{ m }}', fromHost({ l: list })),
    ).toEqual([1, 2]);
    expect(list).toEqual([1]);
  });
});

describe('errors', () => {
  const source = readYaml(
    'site.yml',
    [
      "a: '{{ foo.bar + nope }}'",
      'b: "{{ x | uper }}"',
      'c: {d: ["{{ 1 + }}"]}',
      "e: '{{ cfg.mtuu }}'",
      "f: '{{ indirect }}'",
      'when: vlan.idd == 5',
      'g: |',
      '  {{ 1 }}',
      '  {{ nope }}',
    ].join('\n'),
  );
  const at = (...path: (string | number)[]): SourceNode => ({ source, path });
  const variables = written({
    foo: { bar: 1 },
    x: 'y',
    cfg: { mtu: 1 },
    vlan: { id: 5 },
    indirect: '{{ nope }}',
  });
  const value = source.value as Record<string, unknown>;

  test('point at the part that failed', () => {
    const shown = ['a', 'b', 'c', 'e', 'f', 'g'].map((key) =>
      renderProblem(problem(() => templar.render(value[key], variables, at(key)))),
    );
    shown.push(renderProblem(problem(() => templar.condition(value.when, variables, at('when')))));
    expect(shown.join('\n')).toMatchInlineSnapshot(`
      "site.yml:1:18: error[VAR_UNDEFINED]: nope is not defined
        1 | a: '{{ foo.bar + nope }}'
          |                  ^^^^
      site.yml:2:12: error[FILTER_UNKNOWN]: there is no filter uper
        2 | b: "{{ x | uper }}"
          |            ^^^^
        hint: did you mean upper?
      site.yml:3:17: error[EXPR_SYNTAX]: the expression ends too early
        3 | c: {d: ["{{ 1 + }}"]}
          |                 ^^
      site.yml:4:8: error[VAR_UNDEFINED]: cfg has no key mtuu
        4 | e: '{{ cfg.mtuu }}'
          |        ^^^^^^^^
        hint: did you mean mtu?
      site.yml:5:8: error[VAR_UNDEFINED]: nope is not defined (in indirect)
        5 | f: '{{ indirect }}'
          |        ^^^^^^^^
      site.yml:7:4: error[VAR_UNDEFINED]: nope is not defined
        7 | g: |
          |    ^
      site.yml:6:7: error[VAR_UNDEFINED]: vlan has no key idd
        6 | when: vlan.idd == 5
          |       ^^^^^^^^
        hint: did you mean id?"
    `);
  });

  test('checks find syntax errors, unknown filters and tests, also where they are not reached', () => {
    const text = [
      "a: '{% if false %}{{ x | nofilter }}{% endif %}'",
      'b: \'{{ l | map("upcase") | select("mach", "x") | list }}\'',
      "c: [ '{{ (1 }}', '{{ ok }}' ]",
      "when: [ 'x is defned', 'x == 1', \"x == '{{ y }}'\", 'x | default(1) is version(2 | foo)' ]",
    ].join('\n');
    const bad = readYaml('bad.yml', text);
    const root = (path: (string | number)[]): SourceNode => ({ source: bad, path });
    const { when, ...templates } = bad.value as Record<string, unknown>;
    const found = [
      ...templar.checkTemplates(templates, root([])),
      ...templar.checkExpression(when, root(['when'])),
    ];
    expect(found.map((each) => renderProblem(each)).join('\n')).toMatchInlineSnapshot(`
      "bad.yml:1:26: error[FILTER_UNKNOWN]: there is no filter nofilter
        1 | a: '{% if false %}{{ x | nofilter }}{% endif %}'
          |                          ^^^^^^^^
      bad.yml:2:16: error[FILTER_UNKNOWN]: there is no filter upcase
        2 | b: '{{ l | map("upcase") | select("mach", "x") | list }}'
          |                ^^^^^^^^
      bad.yml:2:35: error[FILTER_UNKNOWN]: there is no test mach
        2 | b: '{{ l | map("upcase") | select("mach", "x") | list }}'
          |                                   ^^^^^^
        hint: did you mean match?
      bad.yml:3:13: error[EXPR_SYNTAX]: unexpected }
        3 | c: [ '{{ (1 }}', '{{ ok }}' ]
          |             ^
      bad.yml:4:15: error[FILTER_UNKNOWN]: there is no test defned
        4 | when: [ 'x is defned', 'x == 1', "x == '{{ y }}'", 'x | default(1) is version(2 | foo)' ]
          |               ^^^^^^
        hint: did you mean defined?
      bad.yml:4:34: error[EXPR_SYNTAX]: a condition is an expression, not a template
        4 | when: [ 'x is defned', 'x == 1', "x == '{{ y }}'", 'x | default(1) is version(2 | foo)' ]
          |                                  ^^^^^^^^^^^^^^^^
        hint: write the names without {{ }}
      bad.yml:4:83: error[FILTER_UNKNOWN]: there is no filter foo
        4 | when: [ 'x is defned', 'x == 1', "x == '{{ y }}'", 'x | default(1) is version(2 | foo)' ]
          |                                                                                   ^^^"
    `);
  });
});

test.each([
  ['expression', 'a.b[c] | default(d) is match(e)', ['a', 'c', 'd', 'e']],
  ['expression', "'a' in b and not c.d(e, f=g)", ['b', 'c', 'e', 'g']],
  ['expression', "lookup('env', x) ~ range(n) ~ omit ~ true ~ none", ['x', 'n']],
  ['expression', '{k: v}[w:x] if y else z', ['y', 'k', 'v', 'w', 'x', 'z']],
  ['expression', '{{ a }}', ['a']],
  ['expression', 'syntax error', []],
  ['template', 'plain', []],
  ['template', '{{ a }}{{ a.b }}{# c #}{% raw %}{{ d }}{% endraw %}', ['a']],
  [
    'template',
    '{% for x, y in list if x > z %}{{ x }}{{ y }}{{ loop.index }}{% else %}{{ x }}{% endfor %}',
    ['list', 'z', 'x'],
  ],
  ['template', '{% set s = t %}{{ s }}{{ u }}', ['t', 'u']],
  ['template', '{% macro m(p, q=r) %}{{ p }}{{ q }}{{ s }}{% endmacro %}{{ m(1) }}', ['r', 's']],
  ['template', '{% with a = b %}{{ a }}{% endwith %}{{ a }}', ['b', 'a']],
  [
    'template',
    '{% set c | upper %}{{ d }}{% endset %}{% filter indent(w) %}{{ c }}{% endfilter %}',
    ['d', 'w'],
  ],
] as const)('names of the %s %s', (kind, text, expected) => {
  expect(templar.names(text, kind)).toEqual(expected);
});

describe('conditions', () => {
  const variables = written({ yes_text: 'no', empty: '', port: 5, flag: '{{ port == 5 }}' });

  test.each([
    [true, true],
    [false, false],
    [null, true],
    ['', true],
    ['port == 5', true],
    ['flag', true],
    ['yes_text', true],
    ['empty', false],
    [['port == 5', 'port == 6'], false],
    [['port == 5', true], true],
    [[], true],
    ['{{ port == 5 }}', true],
    ["{{ 'False' }}", false],
    [0, false],
  ])('%j is %s', (expression, expected) => {
    expect(templar.condition(expression, variables)).toBe(expected);
  });
});
