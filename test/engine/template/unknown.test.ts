import { expect, test } from 'vitest';
import { createTemplar, lazyMapping } from '../../../src/engine/template/index.ts';
import { UNKNOWN } from '../../../src/engine/unknown.ts';

const templar = createTemplar({ playbookDir: '/' });
const nic = { mac: '52:54:00:00:00:01', portid: UNKNOWN, list: [1, UNKNOWN] };
const variables = [
  {
    values: {
      u: UNKNOWN,
      nic,
      reg: { changed: true },
      yes: true,
      no: false,
      one: 1,
      nics: [nic, { ...nic, mac: 'x' }],
    },
    templated: false,
  },
  {
    values: { tap: 'tap-{{ nic.portid }}', ports: { mac: '{{ nic.mac }}', tap: '{{ tap }}' } },
    templated: true,
  },
  {
    values: {
      hostvars: lazyMapping(
        () => ['a'],
        () => ({ x: UNKNOWN, y: 2 }),
      ),
    },
    templated: false,
  },
];

test.each([
  // What does not touch the Unknown is decided
  ["nic.mac == '52:54:00:00:00:01'", true],
  ['nic.mac | upper', '52:54:00:00:00:01'],
  ['nic | length', 3],
  ["nics | map(attribute='mac') | list", ['52:54:00:00:00:01', 'x']],
  ["nics | selectattr('mac', 'eq', 'x') | map(attribute='mac') | list", ['x']],
  ["nics | sort(attribute='mac') | map(attribute='mac') | first", '52:54:00:00:00:01'],
  ['nic.list[0]', 1],
  ['nic.list | length', 2],
  ['1 in nic.list', true],
  ['ports.mac', '52:54:00:00:00:01'],
  ['hostvars.a.y', 2],
  ["(nic | combine({'portid': 5})).portid", 5],
  ["nic == {'mac': 'other', 'portid': 1, 'list': []}", false],
  ['[1, u] == [2, 3]', false],
  ['[1, u] == [1]', false],
  // Tests that ask about knowing
  ['u is known', false],
  ['u is not known', true],
  ['nic is known', false],
  ['nic.mac is known', true],
  ['missing is known', false],
  ['u is defined', true],
  ['u is undefined', false],
  ['nic.portid is defined', true],
  // One side decides
  ['yes or u', true],
  ['no and u', false],
  ['(u and no) is true', UNKNOWN],
  ['1 if yes else u', 1],
  // What depends on it is Unknown
  ['u', UNKNOWN],
  ['u.a.b[0]', UNKNOWN],
  ['nic.portid', UNKNOWN],
  ['u + 1', UNKNOWN],
  ['-u', UNKNOWN],
  ["u ~ 'x'", UNKNOWN],
  ["nic ~ 'x'", UNKNOWN],
  ['u == 1', UNKNOWN],
  ['u == u', UNKNOWN],
  ['u != 1', UNKNOWN],
  ['u < 1', UNKNOWN],
  ['not u', UNKNOWN],
  ['5 in nic.list', UNKNOWN],
  ['1 in u', UNKNOWN],
  ['u in [1]', UNKNOWN],
  ['[1, u] == [1, 2]', UNKNOWN],
  ['u | upper', UNKNOWN],
  ['one | int(u)', UNKNOWN],
  ["u | default('x')", UNKNOWN],
  ['missing | default(u)', UNKNOWN],
  ['one | default(u)', 1],
  ['u | bool', UNKNOWN],
  ["u | ternary('a', 'b')", UNKNOWN],
  ['nic | to_json', UNKNOWN],
  ['nic.list | sum', UNKNOWN],
  ['nic.list | max', UNKNOWN],
  ["nic.list | join(',')", UNKNOWN],
  ["nics | selectattr('portid', 'eq', 1) | list", UNKNOWN],
  ['u is match("x")', UNKNOWN],
  ['u is none', UNKNOWN],
  ['u.items()', UNKNOWN],
  ["'a,b'.split(u)", UNKNOWN],
  ['range(u)', UNKNOWN],
  ['[1, 2][u]', UNKNOWN],
  ['[1, 2][:u]', UNKNOWN],
  ["'%s' % u", UNKNOWN],
  ['1 if u else 2', UNKNOWN],
  ['tap', UNKNOWN],
  ['hostvars.a.x', UNKNOWN],
  // Containers keep it inside
  ['[1, u]', [1, UNKNOWN]],
  ["{'a': u}", { a: UNKNOWN }],
  ['nic', nic],
  ['nic.list + [2]', [1, UNKNOWN, 2]],
  ['nic.list | reverse', [UNKNOWN, 1]],
  ['nic.list | first', 1],
  ['nic.list | last', UNKNOWN],
  ["nics | map(attribute='portid') | list", [UNKNOWN, UNKNOWN]],
  ["nic.list | map('string') | list", ['1', UNKNOWN]],
  ["{'a': u} | dict2items", [{ key: 'a', value: UNKNOWN }]],
  ['ports', { mac: '52:54:00:00:00:01', tap: UNKNOWN }],
])('%s', (expression, expected) => {
  expect(templar.evaluate(expression, variables)).toEqual(expected);
});

test.each([
  ['{{ u }}', UNKNOWN],
  ['a {{ u }}', UNKNOWN],
  ['a {{ nic }}', UNKNOWN],
  ['{{ nic }}', nic],
  ['{% if u %}a{% endif %}', UNKNOWN],
  ['{% for i in u %}a{% endfor %}', UNKNOWN],
  ['{% for i in nic.list %}a{% endfor %}', 'aa'],
  ['{% if yes %}a{% else %}{{ u }}{% endif %}', 'a'],
  ['{% set x = u %}b', 'b'],
  ['{% set x %}{{ u }}{% endset %}b', UNKNOWN],
])('template %s', (template, expected) => {
  expect(templar.render(template, variables)).toEqual(expected);
});

test.each([
  ['u', UNKNOWN],
  ['u and no', false],
  ['u or yes', true],
  ['u and yes', UNKNOWN],
  ['not (u or yes)', false],
  ['u and missing.x', UNKNOWN],
  ['u or one == 1', true],
  ['one == 1 and (u or yes)', true],
  ['(u or yes) and one == 2', false],
  ['(u or yes) if one else no', true],
  ['{{ u or yes }}', true],
  [['u', 'no'], false],
  [['no', 'missing'], false],
  [['u', 'missing'], UNKNOWN],
  [['u', 'yes'], UNKNOWN],
  ['reg is changed', true],
  ['reg is changed or u', true],
  ['1 < one < u', false],
])('condition %j is %s', (expression, expected) => {
  expect(templar.condition(expression, variables)).toBe(expected);
});
