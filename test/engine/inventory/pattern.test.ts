import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { loadInventory } from '../../../src/engine/inventory/index.ts';
import { askAnsible, hasAnsible } from './oracle.ts';

const cwd = mkdtempSync(join(tmpdir(), 'wirebook-pattern-'));
afterAll(() => rmSync(cwd, { recursive: true }));
writeFileSync(join(cwd, 'limit.retry'), 'web1\n\ndb*\n');
writeFileSync(
  join(cwd, 'hosts'),
  `solo
10.0.0.1
fe80::1
web1.example.com
[web]
web[1:9]
[db]
db[01:04]
shared
[cache]
shared
c[a:d]
web2
[prod:children]
web
db
[site:children]
prod
cache
[web-eu]
eu[1:3].web
[empty]
`,
);

/** Pattern and limit; Ansible says what is right. */
const table: [string, string | null][] = [
  ['all', null],
  ['*', null],
  ['web', null],
  ['web:db', null],
  ['db:web', null],
  ['db,web', null],
  ['web, db ,cache', null],
  ['web:&cache', null],
  ['web:!web2', null],
  ['web:!web2:!web[0]', null],
  ['!web', null],
  ['&web', null],
  ['!web:&prod', null],
  ['prod:&db:!db01', null],
  ['!db01:db', null],
  ['site', null],
  ['ungrouped', null],
  ['ungr*', null],
  ['al*', null],
  ['web*', null],
  ['web?', null],
  ['w*[0]', null],
  ['web*[1:2]', null],
  ['web[0]', null],
  ['web[-1]', null],
  ['web[-2]', null],
  ['web[1:3]', null],
  ['web[1:]', null],
  ['web[0:0]', null],
  ['web[2:1]', null],
  ['web[5:99]', null],
  ['web[1-3]', null],
  ['web[12]', null],
  ['all[0]', null],
  ['all[-1]', null],
  ['prod[3:9]', null],
  ['*.web', null],
  ['web[!1-3]', null],
  ['db0[12]', null],
  ['db0[!1]', null],
  ['~web', null],
  ['~web[0-4]$', null],
  ['~(web|db)0?1', null],
  ['~^c', null],
  ['~.*[24]$', null],
  ['~(?i)WEB1$', null],
  ['web:&~.*[13579]$', null],
  ['all:!~web', null],
  ['10.0.0.1', null],
  ['10.*', null],
  ['fe80::1', null],
  ['fe80::1,solo', null],
  ['web1.example.com', null],
  ['web-eu', null],
  ['web-eu:web[0:1]', null],
  ['localhost', null],
  ['127.0.0.1', null],
  ['::1', null],
  ['web1,web1,web2,web1', null],
  ['site', 'web'],
  ['site', 'db:!db01'],
  ['web', 'web[0:1]'],
  ['site', '@limit.retry'],
  ['site', '@limit.retry,ca*'],
  ['web', 'db'],
  ['all', '!web'],
  ['localhost', 'web'],
  ['localhost', 'localhost'],
  ['all', 'localhost'],
  ['cache:db', 'shared'],
];

describe.skipIf(!hasAnsible)('patterns as ansible (skipped where ansible-core is not installed)', () => {
  const answers = hasAnsible ? askAnsible({ sources: ['hosts'], patterns: table }, cwd).patterns : [];

  test.each(table.map((row, index) => [...row, index] as const))(
    '%s, limit %s',
    async (pattern, limit, index) => {
      const inventory = await loadInventory(['hosts'], { cwd });
      let hosts: readonly string[] = [];
      try {
        hosts = inventory.select(pattern, limit ?? undefined);
      } catch (error) {
        // Where Ansible only finds nothing, or the subscript too high
        if (!(error instanceof EngineError) || error.code !== 'PATTERN_EMPTY') throw error;
      }
      const theirs = answers[index]!;
      expect(hosts).toEqual(typeof theirs === 'string' ? [] : theirs);
    },
  );
});

describe('what no host answers to', () => {
  test.each([
    ['wbe', undefined, 'no host or group is called wbe', 'did you mean web?'],
    ['web:!solw', undefined, 'no host or group is called solw', 'did you mean solo?'],
    ['web:&prd', undefined, 'no host or group is called prd', 'did you mean prod?'],
    ['web', 'solw', 'no host or group is called solw', 'did you mean solo?'],
    ['x*', undefined, 'the pattern x* matches no host', 'wirebook inventory --graph shows hosts and groups'],
    [
      'empty',
      undefined,
      'the pattern empty matches no host',
      'wirebook inventory --graph shows hosts and groups',
    ],
    [
      'web:&db',
      undefined,
      'the pattern web:&db matches no host',
      'wirebook inventory --graph shows hosts and groups',
    ],
    ['web[9]', undefined, 'web[9]: web has only 9 hosts', 'the first is [0], the last [-1]'],
  ])('%s, limit %s', async (pattern, limit, message, hint) => {
    const inventory = await loadInventory(['hosts'], { cwd });
    expect(() => inventory.select(pattern, limit)).toThrow(
      expect.objectContaining({ code: 'PATTERN_EMPTY', message, hint }),
    );
  });

  test('all is never an error', async () => {
    const nothing = await loadInventory([], { cwd });
    expect(nothing.select('all')).toEqual([]);
  });

  test('a limit that leaves nothing of a play is not an error, but none for the play', async () => {
    const inventory = await loadInventory(['hosts'], { cwd });
    expect(inventory.select('web', 'db')).toEqual([]);
  });

  test.each([
    ['~web(', 'the pattern ~web( is not a valid regular expression'],
    ['web:!', 'a pattern is empty behind & or !'],
  ])('%s is a syntax error', async (pattern, message) => {
    const inventory = await loadInventory(['hosts'], { cwd });
    expect(() => inventory.select(pattern)).toThrow(
      expect.objectContaining({ code: 'PATTERN_SYNTAX', message }),
    );
  });

  test('a list of patterns is one', async () => {
    const inventory = await loadInventory(['hosts'], { cwd });
    expect(inventory.select(['web[0:1]', 'db:!db01', 'solo'])).toEqual([
      'web1',
      'web2',
      'db02',
      'db03',
      'db04',
      'shared',
      'solo',
    ]);
    expect(inventory.select('@limit.retry')).toEqual(['web1', 'db01', 'db02', 'db03', 'db04', 'shared']);
  });
});

test('localhost is there without an inventory, and reached without a connection', async () => {
  const inventory = await loadInventory([], { cwd });
  expect(inventory.select('localhost')).toEqual(['localhost']);
  expect(inventory.vars('localhost')).toEqual({ ansible_connection: 'local' });
  expect(inventory.hosts).toEqual([]);
  const named = await loadInventory(['localhost,'], { cwd });
  expect(named.vars('localhost')).not.toHaveProperty('ansible_connection');
});
