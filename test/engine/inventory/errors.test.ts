import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { renderProblem } from '../../../src/engine/code-frame.ts';
import { SourceErrors } from '../../../src/engine/errors.ts';
import { loadInventory } from '../../../src/engine/inventory/index.ts';

const root = mkdtempSync(join(tmpdir(), 'wirebook-inventory-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;

/** Everything that loading these files complains about, as a user sees it. */
async function problems(
  files: Readonly<Record<string, string>>,
  sources: readonly string[],
): Promise<string> {
  const cwd = join(root, String(count++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  const error = await loadInventory(sources, { cwd }).then(
    () => new Error('no problem was found'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof SourceErrors)) throw error;
  return error.problems
    .map((problem) => renderProblem(problem))
    .join('\n')
    .replaceAll(`${cwd}/`, '');
}

test('INI: every mistake, with its place', async () => {
  const text = `web1 ansible_host 10.0.0.1
web[1:x]
web[05:7]
web2 note="open
web3:
[web:var]
w1
[bad group]
[db:vars]
just text
[site:children]
web extra
dbb
[dbs]
[a:children]
b
[b:children]
a
`;
  expect(await problems({ hosts: text }, ['hosts'])).toMatchInlineSnapshot(`
    "hosts:1:6: error[INVENTORY_SYNTAX]: ansible_host is not key=value
      1 | web1 ansible_host 10.0.0.1
        |      ^^^^^^^^^^^^
      hint: one host a line, then its variables as key=value; quote values with spaces
    hosts:1:19: error[INVENTORY_SYNTAX]: 10.0.0.1 is not key=value
      1 | web1 ansible_host 10.0.0.1
        |                   ^^^^^^^^
      hint: one host a line, then its variables as key=value; quote values with spaces
    hosts:2:1: error[INVENTORY_SYNTAX]: web[1:x]: a range runs from number to number or from letter to letter
      2 | web[1:x]
        | ^^^^^^^^
    hosts:3:1: error[INVENTORY_SYNTAX]: web[05:7]: begin and end of a range with leading zeros must be equally long
      3 | web[05:7]
        | ^^^^^^^^^
    hosts:4:1: error[INVENTORY_SYNTAX]: the quote " is not closed
      4 | web2 note="open
        | ^^^^^^^^^^^^^^^
      hint: quotes must be closed on the same line
    hosts:5:1: error[INVENTORY_SYNTAX]: web3:: a port must follow the colon
      5 | web3:
        | ^^^^^
    hosts:6:6: error[INVENTORY_SYNTAX]: section [web:var] is of no known kind
      6 | [web:var]
        |      ^^^
      hint: did you mean vars?
    hosts:8:1: error[INVENTORY_SYNTAX]: a section is [group], [group:vars] or [group:children], without spaces
      8 | [bad group]
        | ^^^^^^^^^^^
    hosts:10:1: error[INVENTORY_SYNTAX]: just text is not key=value
      10 | just text
         | ^^^^^^^^^
      hint: [db:vars] has one key=value a line
    hosts:12:1: error[INVENTORY_SYNTAX]: web extra is not a group name
      12 | web extra
         | ^^^^^^^^^
      hint: one group a line, without variables
    hosts:18:1: error[INVENTORY_CYCLE]: group a cannot be below b: b → a → b
      18 | a
         | ^
      hint: a group must not be its own descendant; remove one of these children
    hosts:9:2: error[INVENTORY_SYNTAX]: group db is not defined
      9 | [db:vars]
        |  ^^
      hint: did you mean dbs?
    hosts:13:1: error[INVENTORY_SYNTAX]: group dbb is not defined
      13 | dbb
         | ^^^
      hint: did you mean dbs?"
  `);
});

test('YAML: every mistake, with its place', async () => {
  const text = `all:
  hots:
    web1:
  hosts:
    - web1
  children:
    web:
      hosts:
        web[9:1]:
        w1: 10.0.0.1
        10:
      children:
        all:
    db: [db1]
  vars: text
other: {vars: {a: 1, a: 2}}
`;
  expect(await problems({ 'hosts.yml': text }, ['hosts.yml'])).toMatchInlineSnapshot(`
    "hosts.yml:16:22: error[YAML_DUPLICATE_KEY]: this key is there twice in one mapping
      16 | other: {vars: {a: 1, a: 2}}
         |                      ^
      hint: remove one of them; YAML parsers disagree on which would count
    hosts.yml:2:3: error[INVENTORY_SYNTAX]: group all has a key hots
      2 |   hots:
        |   ^^^^
      hint: did you mean hosts?
    hosts.yml:5:5: error[INVENTORY_SYNTAX]: hosts of group all is a list
      5 |     - web1
        |     ^^^^^^
      hint: write each of the hosts as "name:", without a dash
    hosts.yml:11:9: error[INVENTORY_SYNTAX]: the name of a host must be a string, not the number 10
      11 |         10:
         |         ^^
      hint: quote it: '10'
    hosts.yml:9:9: error[INVENTORY_SYNTAX]: web[9:1]: a range must not end before it begins
      9 |         web[9:1]:
        |         ^^^^^^^^
    hosts.yml:10:13: error[INVENTORY_SYNTAX]: the variables of host w1 are a string
      10 |         w1: 10.0.0.1
         |             ^^^^^^^^
      hint: write them as key: value
    hosts.yml:13:9: error[INVENTORY_CYCLE]: group all cannot be below web: web → all → web
      13 |         all:
         |         ^^^
      hint: a group must not be its own descendant; remove one of these children
    hosts.yml:14:9: error[INVENTORY_SYNTAX]: group db is a list
      14 |     db: [db1]
         |         ^^^^^
      hint: a group has hosts, children and vars
    hosts.yml:15:9: error[INVENTORY_SYNTAX]: vars of group all is a string
      15 |   vars: text
         |         ^^^^
      hint: write variables as key: value"
  `);
});

test('all files at once, group_vars and host_vars included', async () => {
  const files = {
    'inv/hosts': '[web]\nw1\nw2 x\n',
    'inv/group_vars/web.yml': '- a list\n',
    'inv/host_vars/w1/main.yml': 'a: [1\n',
    'inv/host_vars/w2': '$ANSIBLE_VAULT;1.1;AES256\n6162\n',
    'inv/group_vars/unused.yml': '- is not read\n',
  };
  expect(await problems(files, ['inv', 'missing.yml', 'h[1:0],'])).toMatchInlineSnapshot(`
    "inv/hosts:3:4: error[INVENTORY_SYNTAX]: x is not key=value
      3 | w2 x
        |    ^
      hint: one host a line, then its variables as key=value; quote values with spaces
    error[FILE_READ]: there is no inventory missing.yml
      hint: a list of hosts on the command line ends with a comma: -i host1,
    error[INVENTORY_SYNTAX]: -i h[1:0],: h[1:0]: a range must not end before it begins
    inv/group_vars/web.yml:1:1: error[INVENTORY_SYNTAX]: a file of variables is a mapping, not a list
      1 | - a list
        | ^^^^^^^^
      hint: write variables as key: value
    inv/host_vars/w1/main.yml:2:1: error[YAML_SYNTAX]: Flow sequence in block collection must be sufficiently indented and end with a ]
      2 | 
        | ^
      hint: check indentation, colons and quotes on this line and the one before
    inv/host_vars/w2:1:1: error[VAULT]: this file is encrypted with Ansible Vault
      1 | $ANSIBLE_VAULT;1.1;AES256
        | ^^^^^^^^^^^^^^^
      hint: decrypt it with ansible-vault, or keep the secret elsewhere: Wirebook cannot read it yet"
  `);
});

test('an inventory that is something else', async () => {
  const files = {
    'list.yml': '- web1\n',
    'plugin.yml': 'plugin: aws_ec2\n',
    secret: '$ANSIBLE_VAULT;1.1;AES256\n6162\n',
    script: '#!/bin/sh\necho {}\n',
    yaml: '---\n: [\n',
    'value.yml': 'all:\n  vars:\n    password: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      6162\n',
  };
  expect(await problems(files, Object.keys(files))).toMatchInlineSnapshot(`
    "list.yml:1:1: error[INVENTORY_SYNTAX]: an inventory is a mapping of groups, not a list
      1 | - web1
        | ^^^^^^
      hint: begin with all:, and hosts: or children: below it
    plugin.yml:1:1: error[INVENTORY_SYNTAX]: inventory plugins are not supported
      1 | plugin: aws_ec2
        | ^^^^^^
      hint: use an executable that prints JSON for --list
    secret:1:1: error[VAULT]: this file is encrypted with Ansible Vault
      1 | $ANSIBLE_VAULT;1.1;AES256
        | ^^^^^^^^^^^^^^^
      hint: decrypt it with ansible-vault, or keep the secret elsewhere: Wirebook cannot read it yet
    error[INVENTORY_SYNTAX]: script is a program that may not be executed
      hint: chmod +x script
    yaml:3:1: error[YAML_SYNTAX]: Flow sequence in block collection must be sufficiently indented and end with a ]
      3 | 
        | ^
      hint: check indentation, colons and quotes on this line and the one before
    value.yml:3:15: error[VAULT]: this value is encrypted with Ansible Vault
      3 |     password: !vault |
        |               ^^^^^^
      hint: decrypt it with ansible-vault, or keep the secret elsewhere: Wirebook cannot read it yet"
  `);
});

test('a group that is its own descendant, through another file', async () => {
  const files = { 'a.yml': 'a: {children: {b: {children: {c: }}}}\n', 'b.yml': 'c:\n  children:\n    a:\n' };
  expect(await problems(files, ['a.yml', 'b.yml'])).toMatchInlineSnapshot(`
    "b.yml:3:5: error[INVENTORY_CYCLE]: group a cannot be below c: c → a → b → c
      3 |     a:
        |     ^
      hint: a group must not be its own descendant; remove one of these children"
  `);
});

test('YAML 1.1 readings and a host named like a group are warnings', async () => {
  writeFileSync(join(root, 'warn.yml'), 'web:\n  hosts: {web: {mode: 0644, flag: yes}}\n');
  const { warnings } = await loadInventory(['warn.yml'], { cwd: root });
  expect(warnings.map(({ message }) => message)).toEqual([
    '0644 is read as 420 (YAML 1.1, as Ansible does)',
    'yes is read as true (YAML 1.1, as Ansible does)',
    'web is the name of a group and of a host',
  ]);
});
