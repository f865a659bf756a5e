import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { readYaml } from '../../../src/engine/source.ts';
import { createTemplar } from '../../../src/engine/template/index.ts';

/** cases.yml, evaluated by ansible-core (recorded.json, made by record.mjs) and by us. */
const here = import.meta.dirname;
const casesText = readFileSync(join(here, 'cases.yml'), 'utf8');
const read = (name: string) => readYaml(name, readFileSync(join(here, name), 'utf8')).value;

type Result = { value: unknown } | { error: string };
interface Group {
  group: string;
  vars?: Record<string, unknown>;
  expressions?: string[];
  texts?: string[];
  conditions?: string[];
}

const groups = read('cases.yml') as Group[];
const recorded = JSON.parse(readFileSync(join(here, 'recorded.json'), 'utf8')) as Record<string, Result>;
/** Where we differ on purpose: case → what we make of it. Each is listed in docs/ansible-differences.md */
const differences = (read('differences.yml') ?? {}) as Record<string, unknown>;

const templar = createTemplar({ playbookDir: here, env: { PATH: '/usr/bin:/bin' } });

function ours(kind: string, text: string, values: Record<string, unknown>): Result {
  const variables = [{ values, templated: true }];
  try {
    if (kind === 'expressions') return { value: templar.evaluate(`(${text}) | to_json`, variables) };
    if (kind === 'conditions') return { value: templar.condition(text, variables) };
    return { value: templar.render(`T:${text}`, variables) };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { error: error.message };
  }
}

describe.each(groups)('$group', ({ group, vars = {}, ...kinds }) => {
  for (const kind of ['expressions', 'texts', 'conditions'] as const)
    test.each(kinds[kind]?.map(String) ?? [])(`${kind}: %s`, (text) => {
      const id = `${group} | ${kind} | ${text}`;
      const result = ours(kind, text, vars);
      const expected = recorded[id];
      expect(expected, 'run `node test/engine/template/record.mjs`').toBeDefined();
      if (Object.hasOwn(differences, id)) {
        const shown = 'error' in result ? { error: result.error } : result.value;
        expect(shown).toEqual(differences[id]);
      } else if ('error' in expected!) expect(result, expected.error).toHaveProperty('error');
      else {
        const value = kind === 'texts' ? `T:${String(expected!.value)}` : expected!.value;
        expect(result).toEqual({ value });
      }
    });
});

test('every difference is a case, and is one', () => {
  for (const [id, value] of Object.entries(differences)) {
    expect(recorded, id).toHaveProperty([id]);
    expect(recorded[id], id).not.toEqual({ value });
  }
});

const python = (path: string): boolean => existsSync(join('/usr/lib/python3/dist-packages', path));
// Without passlib Ansible hashes passwords with other defaults
const ansible = python('ansible_collections/ansible/utils') && python('passlib');
test.skipIf(!ansible)(
  'what is recorded is what ansible-core says (skipped without Debian’s ansible and python3-passlib)',
  { timeout: 120_000 },
  () => {
    const { stdout } = spawnSync('/usr/bin/python3', [join(here, 'oracle.py')], {
      input: casesText,
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout)).toEqual(recorded);
  },
);
