import * as fc from '../../fast-check.ts';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { renderProblem } from '../../../src/engine/code-frame.ts';
import { loadPlaybooks } from '../../../src/engine/playbook/index.ts';
import { KEYWORDS, LOOPS } from '../../../src/engine/playbook/keywords.ts';
import { createTemplar } from '../../../src/engine/template/index.ts';
import { registry } from './registry.ts';

const checker = createTemplar({ playbookDir: '/', env: {} });

const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    5,
    1.5,
    '',
    'a',
    'a b',
    'x=1',
    '{{ a }}',
    '{{ a',
    "'",
    'yes',
    'all',
    'missing.yml',
  ),
  fc.string({ maxLength: 6 }),
);
const key = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      ...Object.keys(KEYWORDS),
      ...registry.keys(),
      ...LOOPS.map((loop) => `with_${loop}`),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'import_tasks',
      'import_playbook',
      'name',
      'id',
      'ports',
      '<<',
      '__proto__',
      'toString',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 4 })
      .map((pairs) => Object.fromEntries(pairs) as unknown),
  ),
}));
const play = fc.array(fc.tuple(key, value), { maxLength: 5 }).chain((pairs) =>
  fc.array(fc.array(fc.tuple(key, value), { maxLength: 4 }), { maxLength: 4 }).map((tasks) => ({
    hosts: 'all',
    ...Object.fromEntries(pairs),
    tasks: tasks.map((task) => Object.fromEntries(task)),
  })),
);

const load = (text: string) =>
  loadPlaybooks(['x.yml'], {
    registry,
    checker,
    knownVariables: [],
    readFile(file) {
      if (file === 'x.yml') return text;
      throw Object.assign(new Error('not there'), { code: 'ENOENT' });
    },
  });

it('whatever a playbook holds, it is read or refused with positions, never with a crash', () => {
  fc.assert(
    fc.property(fc.array(play, { maxLength: 2 }), (plays) => {
      const { problems, warnings } = load(stringify(plays));
      for (const problem of [...problems, ...warnings]) {
        expect(problem.location, problem.message).toBeDefined();
        expect(renderProblem(problem)).toMatch(/^x\.yml:\d+:\d+: /);
      }
    }),
    { numRuns: 400 },
  );
});

it('whatever a file holds, it is read or refused', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 60, unit: fc.constantFrom(...'-:{}[]"\'|>&*!%@#?, \n\tab1') }),
      (text) => {
        load(text);
      },
    ),
    { numRuns: 1500 },
  );
});
