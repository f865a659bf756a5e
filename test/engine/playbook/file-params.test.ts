import { expect, it } from 'vitest';
import { renderProblem } from '../../../src/engine/code-frame.ts';
import type { ResourceModule } from '../../../src/engine/module.ts';
import { loadPlaybooks } from '../../../src/engine/playbook/index.ts';
import type { Task } from '../../../src/engine/playbook/types.ts';
import { createTemplar } from '../../../src/engine/template/index.ts';

const text = { type: 'string', description: 'Text' };
const module: ResourceModule<unknown, unknown> = {
  kind: 'resource',
  name: 'thing',
  summary: 'A thing',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { xml: { ...text, 'x-file': true }, plain: text },
  },
  check({ xml }) {
    if (xml === undefined) return [{ path: [], code: 'PARAM_MISSING', message: 'thing needs xml' }];
    return xml === '<bad/>' ? [{ path: ['xml'], code: 'XML_CONTENT', message: 'line 1 is bad' }] : [];
  },
  sources: () => [],
  goal: () => ({ part: 'interfaces', state: {}, claims: [] }),
  view: () => ({}),
};

function loaded(files: Readonly<Record<string, string>>) {
  const templar = createTemplar({ playbookDir: 'plays', env: {} });
  const { playbooks, problems } = loadPlaybooks(['plays/site.yml'], {
    registry: new Map([['thing', module]]),
    checker: templar,
    knownVariables: [],
    readFile(file) {
      const found = Object.hasOwn(files, file) ? files[file] : undefined;
      if (found !== undefined) return found;
      throw Object.assign(new Error('no such file'), { code: file.endsWith('folder') ? 'EISDIR' : 'ENOENT' });
    },
  });
  const tasks = playbooks.flatMap(({ plays }) => plays.flatMap(({ sections }) => sections.flat())) as Task[];
  return {
    args: tasks.map(({ args }) => args),
    problems: problems.map((problem) => renderProblem(problem)),
  };
}

const play = (...tasks: string[]): string =>
  `- hosts: all\n  tasks:\n${tasks.map((task) => `    - ${task}\n`).join('')}`;

it('@FILE stands for what is in it, beside the file that names it', () => {
  const files = {
    'plays/site.yml': play(
      'thing: {xml: "@x/a.xml", plain: "@x/a.xml"}',
      'thing: xml=@/etc/b.xml',
      'import_tasks: x/more.yml',
    ),
    'plays/x/a.xml': '<a/>\n',
    '/etc/b.xml': '<b/>',
    'plays/x/more.yml': '- thing: {xml: "@a.xml"}\n',
  };
  expect(loaded(files)).toEqual({
    args: [{ xml: '<a/>\n', plain: '@x/a.xml' }, { xml: '<b/>' }, { xml: '<a/>\n' }],
    problems: [],
  });
});

it('what is wrong with a file, or in it, is reported where it is named', () => {
  const files = {
    'plays/site.yml': play(
      'thing: {xml: "@missing.xml"}',
      'thing: {xml: "@folder"}',
      'thing: {xml: "@{{ inventory_hostname }}.xml"}',
      'thing: {xml: "@bad.xml"}',
      'thing: {xml: "@template.xml"}',
    ),
    'plays/bad.xml': '<bad/>',
    'plays/template.xml': '<a name="{{ no_such_variable }}"/>',
  };
  expect(loaded(files).problems.join('\n')).toMatchInlineSnapshot(`
    "plays/site.yml:3:20: error[FILE_MISSING]: there is no file plays/missing.xml
      3 |     - thing: {xml: "@missing.xml"}
        |                    ^^^^^^^^^^^^^^
    plays/site.yml:4:20: error[FILE_READ]: plays/folder is a folder
      4 |     - thing: {xml: "@folder"}
        |                    ^^^^^^^^^
    plays/site.yml:5:20: error[PARAM_FORMAT]: xml names a file by a template
      5 |     - thing: {xml: "@{{ inventory_hostname }}.xml"}
        |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      hint: give the text itself, such as {{ lookup('template', 'FILE') }}
    plays/site.yml:6:20: error[XML_CONTENT]: line 1 is bad
      6 |     - thing: {xml: "@bad.xml"}
        |                    ^^^^^^^^^^
    plays/site.yml:7:20: error[VAR_UNDEFINED]: nothing defines the variable no_such_variable
      7 |     - thing: {xml: "@template.xml"}
        |                    ^^^^^^^^^^^^^^^
      hint: define it in the inventory, with vars, or with -e"
  `);
});
