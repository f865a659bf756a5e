import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderProblem } from '../../../src/engine/code-frame.ts';
import { loadPlaybooks } from '../../../src/engine/playbook/index.ts';
import { createTemplar } from '../../../src/engine/template/index.ts';
import { registry } from './registry.ts';

/** Each folder: playbook.yml and what it refers to, and expected.txt, all that a user is told. */
const root = join(import.meta.dirname, 'cases');

describe.each(readdirSync(root))('%s', (name) => {
  it('reports what is expected', async () => {
    const folder = join(root, name);
    const options = existsSync(join(folder, 'options.json'))
      ? (JSON.parse(readFileSync(join(folder, 'options.json'), 'utf8')) as object)
      : {};
    const { problems, warnings } = loadPlaybooks(['playbook.yml'], {
      registry,
      checker: createTemplar({ playbookDir: folder, env: {} }),
      readFile: (file) => readFileSync(join(folder, file), 'utf8'),
      ...options,
    });
    const text = [
      ...problems.map((problem) => renderProblem(problem)),
      ...warnings.map((warning) => renderProblem(warning, 'warning')),
    ].join('\n\n');
    await expect(`${text}\n`).toMatchFileSnapshot(join(folder, 'expected.txt'));
  });
});
