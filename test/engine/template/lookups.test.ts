import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createTemplar } from '../../../src/engine/template/index.ts';

/** Lookups on files: a playbook's directory, and a role's that goes before it. */
const root = mkdtempSync(join(tmpdir(), 'wirebook-lookups-'));
afterAll(() => rmSync(root, { recursive: true }));
const role = join(root, 'roles/web');
for (const [path, text] of Object.entries({
  'files/both': 'of the playbook',
  'files/only': '  of the playbook \n\n',
  'files/conf.d/10-a.conf': 'a',
  'files/conf.d/20-b.conf': 'b',
  'files/conf.d/.hidden.conf': 'h',
  'beside.txt': 'beside',
  'roles/web/files/both': 'of the role',
  'roles/web/templates/x.j2': '{% for n in names %}\n{{ n }}\n{% endfor %}',
})) {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

const templar = createTemplar({ playbookDir: root, env: { HOME: root, LANG: 'C', PATH: '/usr/bin:/bin' } });
const variables = [{ values: { role_path: role, names: ['a', 'b'] }, templated: false }];
const evaluate = (expression: string, inRole = true) => templar.evaluate(expression, inRole ? variables : []);

test.each([
  ["lookup('file', 'both')", 'of the role'],
  ["lookup('file', 'only')", '  of the playbook'],
  ["lookup('file', 'only', rstrip=false)", '  of the playbook \n\n'],
  ["lookup('file', 'only', lstrip=true)", 'of the playbook'],
  ["lookup('file', 'beside.txt', 'both')", 'beside,of the role'],
  ["lookup('file', '~/beside.txt')", 'beside'],
  ["lookup('template', 'x.j2')", 'a\nb\n'],
  [
    "query('fileglob', 'conf.d/*.conf')",
    [`${root}/files/conf.d/10-a.conf`, `${root}/files/conf.d/20-b.conf`],
  ],
  ["query('fileglob', 'conf.d/[!1]*')", [`${root}/files/conf.d/20-b.conf`]],
  ["query('fileglob', 'conf.d/.h*')", [`${root}/files/conf.d/.hidden.conf`]],
  ["query('fileglob', 'none/*')", []],
  ["lookup('first_found', 'nope', 'both')", `${role}/files/both`],
  ["lookup('first_found', ['x.j2'])", `${role}/templates/x.j2`],
  ["query('first_found', {'files': ['nope'], 'skip': true})", []],
  ["lookup('env', 'LANG')", 'C'],
  ["lookup('env', 'NOPE', default='d')", 'd'],
  ["lookup('pipe', 'printf %s \"$LANG\"; pwd')", `C${root}`],
  ["'beside.txt' is exists", false],
])('%s', (expression, expected) => {
  expect(evaluate(expression)).toEqual(expected);
});

test('without a role the playbook’s own files count', () => {
  expect(evaluate("lookup('file', 'both')", false)).toBe('of the playbook');
});

test.each([
  ["lookup('file', 'nope')", `there is no file nope`],
  ["lookup('pipe', 'echo oops >&2; exit 3')", 'echo oops >&2; exit 3 failed: oops'],
  ["lookup('fil', 'x')", 'there is no lookup fil'],
  ["lookup('file', 'both', bogus=1)", 'the lookup file has no option bogus'],
])('%s fails', (expression, message) => {
  expect(() => evaluate(expression)).toThrow(expect.objectContaining({ code: 'LOOKUP_FAILED', message }));
});

test('a password is made once, and only its owner can read it', () => {
  const made = evaluate("lookup('password', 'secrets/db length=12 chars=digits')");
  expect(made).toMatch(/^\d{12}$/);
  expect(evaluate("lookup('password', 'secrets/db')")).toBe(made);
  expect(readFileSync(join(root, 'secrets/db'), 'utf8')).toBe(`${String(made)}\n`);
  expect(statSync(join(root, 'secrets/db')).mode & 0o777).toBe(0o600);
});

test('files are read by the function that is given', () => {
  const other = createTemplar({ playbookDir: root, readFile: (path) => `read ${path}` });
  expect(other.evaluate("lookup('file', 'both')", [])).toBe(`read ${root}/files/both`);
});
