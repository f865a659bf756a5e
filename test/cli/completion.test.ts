import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const wirebook = join(import.meta.dirname, '../../bin/wirebook.mjs');

/** What a real bash would offer at the end of a line. */
function offered(...words: string[]): string[] {
  const script = `source <(node "$1" completion bash); shift
COMP_WORDS=(wirebook "$@"); COMP_CWORD=$#; cd /proc/self/fdinfo; _wirebook; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', wirebook, ...words], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

test('commands, flags and modules are completed', () => {
  expect(offered('inv')).toEqual(['inventory']);
  expect(offered('fac')).toEqual(['facts']);
  expect(offered('imp')).toEqual(['import']);
  expect(offered('gra')).toEqual(['graph']);
  expect(offered('graph', '--form')).toEqual(['--format']);
  expect(offered('run', '--che')).toEqual(['--check']);
  expect(offered('do', 'all', '-m', 'bri')).toEqual(['bridge']);
  expect(offered('doc', 'domain')).toEqual(['domain-nic']);
  expect(offered('lab', 'st')).toEqual(['status']);
});

test('an unknown shell is an error', () => {
  const { status, stderr } = spawnSync(process.execPath, [wirebook, 'completion', 'tcsh'], {
    encoding: 'utf8',
  });
  expect(stderr).toContain('there is no completion for tcsh');
  expect(status).toBe(1);
});
