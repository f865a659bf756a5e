import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const prompt = join(import.meta.dirname, '../../src/cli/prompt.ts');

/** Asks twice, as -k -K does, with this on standard input that is no terminal. */
function ask(input: string): { stdout: string; stderr: string } {
  const script = `import { buildSync } from 'esbuild';
const { outputFiles } = buildSync({ entryPoints: [${JSON.stringify(prompt)}], bundle: true, format: 'esm', platform: 'node', write: false });
const { askPassword } = await import('data:text/javascript,' + encodeURIComponent(outputFiles[0].text));
try {
  const first = await askPassword('one: ');
  console.log(JSON.stringify([first, await askPassword('two: ', first)]));
} catch (error) {
  console.log(error.code);
}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { input, encoding: 'utf8' });
}

test.each([
  ['both piped in', 'a b\nc\n', '["a b","c"]'],
  ['one for both', 'a\n', '["a","a"]'],
  ['nothing', '', 'INTERRUPTED'],
])('%s', (_, input, expected) => {
  expect(ask(input).stdout.trim()).toBe(expected);
});

test('the questions are asked, the answers are not shown', () => {
  const { stderr } = ask('secret\nhidden\n');
  expect(stderr).toBe('one: \ntwo: \n');
});
