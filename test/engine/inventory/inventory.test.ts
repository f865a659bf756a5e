import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { loadInventory } from '../../../src/engine/inventory/index.ts';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'wirebook-inventory-'));
afterAll(() => rmSync(root, { recursive: true }));

test('variables are as written, with where the host came from', async () => {
  const inventory = await loadInventory(['tree/hosts.yml'], { cwd: fixtures });
  expect(inventory.vars('w2')).toEqual({
    inventory_file: `${fixtures}/tree/hosts.yml`,
    inventory_dir: `${fixtures}/tree`,
    ...{ a: 'w2-file', all_file: true, b: 'dir2', c: 'top', d: 'top', e: 'web', z: 'inline' },
    ...{ json: [1, 2.5, 'x'], from_sub: 1, late: '{{ a }}' },
  });
});

test('files beside the playbook count more than those beside the inventory', async () => {
  const inventory = await loadInventory(['tree/hosts.yml'], { cwd: fixtures });
  const vars = inventory.vars('w2', join(fixtures, 'play'));
  expect(vars).toMatchObject({ a: 'play-w2', b: 'play-web', e: 'web', p: 1 });
  expect(inventory.vars('w2')).not.toHaveProperty('p');
});

test('groups, as playbooks see them', async () => {
  const inventory = await loadInventory(['tree/hosts.yml', 'dir'], { cwd: fixtures });
  expect(inventory.groupNames('w3')).toEqual(['inner', 'top', 'web']);
  expect(inventory.groupNames('nobody')).toEqual([]);
  expect(inventory.groups.get('web')).toEqual({
    name: 'web',
    hosts: ['w1', 'w2', 'a1', 'a2', 'a3'],
    children: ['inner'],
  });
  expect(inventory.groupMap()).toMatchObject({
    ungrouped: [],
    top: ['w1', 'w2', 'a1', 'a2', 'a3', 'w3'],
    inner: ['w3'],
  });
  expect(inventory.sources).toEqual([`${fixtures}/tree/hosts.yml`, `${fixtures}/dir`]);
});

test('a MAC address is a string, not a number in base 60', async () => {
  writeFileSync(join(root, 'mac.yml'), 'all: {hosts: {h1: {mac: 52:54:00:12:34:56}}}\n');
  const inventory = await loadInventory(['mac.yml'], { cwd: root });
  expect(inventory.vars('h1')).toMatchObject({ mac: '52:54:00:12:34:56' });
});

test('a variable called __proto__ is just a variable', async () => {
  writeFileSync(join(root, 'proto'), 'h1 __proto__=1 constructor=2\n[all:vars]\ntoString=3\n');
  const inventory = await loadInventory(['proto'], { cwd: root });
  expect(Object.entries(inventory.vars('h1'))).toEqual(
    expect.arrayContaining([
      ['__proto__', 1],
      ['constructor', 2],
      ['toString', 3],
    ]),
  );
});

test('an executable that fails is an error with the last it said', async () => {
  const script = join(root, 'failing');
  writeFileSync(script, '#!/bin/sh\necho "no credentials" >&2; exit 3\n');
  chmodSync(script, 0o755);
  await expect(loadInventory([script], { cwd: root })).rejects.toMatchObject({
    problems: [{ code: 'FILE_READ', message: `${script} --list failed (3)`, hint: 'no credentials' }],
  });
  writeFileSync(script, '#!/bin/sh\necho "[web]"\n');
  await expect(loadInventory([script], { cwd: root })).rejects.toMatchObject({
    problems: [{ code: 'INVENTORY_SYNTAX', message: expect.stringContaining('did not print JSON') }],
  });
});
