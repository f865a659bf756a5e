import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const bin = join(import.meta.dirname, '../../bin/wirebook.mjs');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wirebook-usage-'));
  writeFileSync(
    join(folder, 'all.yml'),
    '- hosts: all\n  gather_facts: false\n  tasks: [{ name: Say so, debug: { msg: x } }]\n',
  );
  writeFileSync(join(folder, 'web.yml'), '- hosts: web\n');
  mkdirSync(join(folder, 'folder.yml'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the program prints in a folder without an inventory. */
function wirebook(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [bin, ...args], { cwd: folder, encoding: 'utf8' });
}

test('who forgets the inventory is told', () => {
  expect(wirebook('run', 'all.yml')).toMatchObject({
    status: 0,
    stderr: '[WARNING]: the inventory has no hosts: name one with -i\n',
  });
  expect(wirebook('run', 'web.yml').stderr).toContain('hint: the inventory has no hosts: name one with -i');
  expect(wirebook('do', 'localhost', '-c', 'local', '-m', 'ping').stderr).toBe('');
});

test('a task to start at is there, or it is an error', () => {
  expect(wirebook('run', 'all.yml', '--start-at-task', 'Say sso')).toMatchObject({
    status: 1,
    stderr: 'error[USAGE]: no task is called Say sso\n  hint: did you mean Say so?\n',
  });
});

test('a folder is no playbook, and is called as it was', () => {
  expect(wirebook('run', 'folder.yml').stderr).toBe('error[FILE_READ]: folder.yml is a folder\n');
  expect(wirebook('run', tmpdir()).stderr).toBe(`error[FILE_READ]: ${tmpdir()} is a folder\n`);
});

test('do shows what an action says', () => {
  const { stdout } = wirebook('do', 'localhost', '-c', 'local', '-m', 'command', '-a', 'echo hello');
  expect(stdout).toContain('"stdout": "hello"');
});

test('inventory refuses what it would not heed', () => {
  for (const args of [
    ['--list', '-l', 'web'],
    ['--list', '--vars'],
    ['--host', 'x', 'web'],
  ]) {
    expect(wirebook('inventory', ...args).status).toBe(1);
  }
});

test('lint counts in English', () => {
  expect(wirebook('lint', 'all.yml').stdout).toBe('1 playbook, 1 play: nothing to complain of\n');
});

test('there is no lab to log in to', () => {
  expect(wirebook('lab', 'ssh', 'host1').stderr).toMatch(
    /^error\[LAB\]: there is no lab in \/.*\/\.wirebook\/lab\n {2}hint: Run `wirebook lab up` first\n$/,
  );
});

test('a way to connect or become that is not there is refused before anything runs', () => {
  expect(wirebook('run', 'all.yml', '-c', 'telnet')).toMatchObject({ status: 1, stdout: '' });
  expect(wirebook('run', 'all.yml', '-b', '--become-method', 'pbrun')).toMatchObject({
    status: 1,
    stdout: '',
  });
});

test('one mistake is one error', () => {
  const { stderr } = wirebook('do', 'all', '-m', 'set_fact');
  expect(stderr.match(/error\[/g)).toHaveLength(1);
});

test('doc says what is required inside, and what alone is allowed', () => {
  expect(wirebook('doc', 'bridge').stdout).toMatch(
    /ipv4 \[object\].*\n(?: {4,}.*\n)+? {4}routes .*\n {6}to\* \[string\]/,
  );
  expect(wirebook('doc', 'bridge').stdout).toMatch(
    / {4}dhcp \[boolean or object\].*\n {6}peerdns \[boolean\]/,
  );
});

test('--step runs what is said yes to, and all from continue on', () => {
  writeFileSync(
    join(folder, 'steps.yml'),
    `- hosts: localhost
  connection: local
  gather_facts: false
  tasks: [${['one', 'two', 'three', 'four'].map((name) => `{ name: ${name}, debug: { msg: x } }`).join(', ')}]
`,
  );
  const step = (input: string) => {
    const options = { cwd: folder, encoding: 'utf8', input } as const;
    const { stdout, stderr } = spawnSync(process.execPath, [bin, 'run', 'steps.yml', '--step'], options);
    return { ran: [...stdout.matchAll(/^TASK \[(\w+)\]/gm)].map(([, name]) => name), stderr };
  };
  expect(step('y\nn\nc\n').ran).toEqual(['one', 'three', 'four']);
  expect(step('yes\n').ran).toEqual(['one']);
  expect(step('').stderr).toContain('Perform task: two (N)o/(y)es/(c)ontinue: \n');
});

test('a disk that is full is no bug of ours', () => {
  const { stderr, status } = spawnSync(
    'sh',
    ['-c', 'exec "$0" "$1" run all.yml -i localhost, -c local > /dev/full', process.execPath, bin],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  expect(stderr).toBe('error: the output cannot be written: ENOSPC: no space left on device, write\n');
  expect(status).not.toBe(0);
});

test('a terminal that can do nothing gets lines', () => {
  const { stdout } = spawnSync(
    'script',
    ['-qec', `${process.execPath} ${bin} run all.yml -i localhost, -c local`, '/dev/null'],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, TERM: 'dumb' },
    },
  );
  expect(stdout).toContain('TASK [Say so]');
  expect(stdout).not.toContain('\u001b');
});

test('variables that cannot be used to reach a host are found before the run', () => {
  writeFileSync(
    join(folder, 'reach.yml'),
    `web:
  vars: { ansible_host_key_checking: maybe }
  hosts:
    a: { ansible_port: abc }
    b:
    c:
    d: { ansible_port: "{{ unknown_yet }}", ansible_host_key_checking: true }
other:
  hosts: { e: { ansible_connection: carrier-pigeon } }
`,
  );
  const { status, stderr } = wirebook('lint', '-i', 'reach.yml', 'web.yml');
  expect(stderr).toMatchInlineSnapshot(`
    "error[PARAM_RANGE]: host a: ansible_port: abc is not a number that can be used
    error[PARAM_ENUM]: host b: ansible_host_key_checking: "maybe" is not true, false or accept-new
    2 errors
    "
  `);
  expect(status).toBe(4);
  expect(wirebook('lint', '-i', 'reach.yml', 'web.yml', '-l', 'd').status).toBe(0);
});

test('ssh arguments that are not known are refused before anything runs', () => {
  const { status, stdout, stderr } = wirebook(
    'run',
    '-i',
    'a,',
    '--ssh-common-args',
    '-o Foo=bar',
    'all.yml',
  );
  expect(stderr).toContain('error[PARAM_UNKNOWN]: ansible_ssh_common_args: "-o Foo=bar" is not supported\n');
  expect([status, stdout]).toEqual([1, '']);
});
