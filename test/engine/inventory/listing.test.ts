import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadInventory } from '../../../src/engine/inventory/index.ts';
import { formatGraph, formatHost, formatList } from '../../../src/engine/inventory/listing.ts';
import { askAnsible, hasAnsible } from './oracle.ts';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));

/** Sources, a host and a group to show, and where the playbook is. */
const cases: [string, { sources: string[]; host: string; group?: string; playbook?: string }][] = [
  ['INI', { sources: ['ini/hosts'], host: 'web-b', group: 'site' }],
  ['INI, host in two groups', { sources: ['ini/hosts'], host: 'db1', group: 'edge' }],
  ['YAML', { sources: ['yaml/site.yml'], host: 'kvm2', group: 'kvm' }],
  ['JSON', { sources: ['json/inventory.json'], host: 'j1' }],
  ['group_vars and host_vars', { sources: ['tree/hosts.yml'], host: 'w1', group: 'top' }],
  ['host_vars', { sources: ['tree/hosts.yml'], host: 'w2' }],
  ['beside the playbook', { sources: ['tree/hosts.yml'], host: 'w2', playbook: 'play' }],
  ['nested group', { sources: ['tree/hosts.yml'], host: 'w3', playbook: 'play' }],
  ['directory with an executable', { sources: ['dir'], host: 'c1', group: 'cloud' }],
  ['executable without _meta', { sources: ['nested/script-without-meta'], host: 'h1' }],
  ['list', { sources: ['b,a,c:2022,'], host: 'c' }],
  ['several sources', { sources: ['dir', 'ini/hosts', 'x1,a1'], host: 'a1' }],
  ['several trees', { sources: ['tree/hosts.yml', 'dir'], host: 'a1' }],
  ['localhost alone', { sources: ['b,'], host: 'b' }],
];

describe.skipIf(!hasAnsible)('as ansible-inventory (skipped where ansible-core is not installed)', () => {
  const common = cases.map(([, { sources, playbook }]) => [
    ...sources.flatMap((source) => ['-i', source]),
    '--playbook-dir',
    playbook ?? 'json',
  ]);
  const answers = hasAnsible
    ? askAnsible(
        {
          listings: cases.flatMap(([, { host, group }], index) => [
            [...common[index]!, '--list'],
            [...common[index]!, '--host', host],
            [...common[index]!, '--graph', ...(group ? [group] : [])],
            [...common[index]!, '--graph', '--vars'],
          ]),
        },
        fixtures,
      ).listings
    : [];

  test.each(cases)('%s', async (name, { sources, host, group, playbook = 'json' }) => {
    const inventory = await loadInventory(sources, { cwd: fixtures });
    const playbookDir = `${fixtures}/${playbook}`;
    const at = cases.findIndex(([title]) => title === name) * 4;
    const theirs = answers.slice(at, at + 4).map(({ stdout }) => stdout.trimEnd());
    expect(answers.slice(at, at + 4).map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    expect(formatList(inventory, playbookDir)).toBe(theirs[0]);
    expect(formatHost(inventory, host, playbookDir)).toBe(theirs[1]);
    expect(formatGraph(inventory, group ? { group } : {})).toBe(theirs[2]);
    expect(formatGraph(inventory, { vars: true, playbookDir })).toBe(theirs[3]);
  });
});
