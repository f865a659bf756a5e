import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

/**
 * ansible-playbook is the oracle of the run: the same playbooks on the same hosts, and the whole output compared, but for
 * what differs on purpose (docs/ansible-differences.md): decoration, times, and texts of Python.
 */
const folder = join(import.meta.dirname, 'oracle');
const wirebook = join(import.meta.dirname, '../../../bin/wirebook.mjs');
const hosts = 'h1,h2,h3,h4,';
const local = ['-e', 'ansible_connection=local', '-e', 'extra=given'];

const hasAnsible = spawnSync('ansible-playbook', ['--version']).status === 0;

interface Outcome {
  readonly status: number | null;
  readonly lines: readonly string[];
}

function run(command: readonly string[], playbook: string, flags: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(
    command[0]!,
    [...command.slice(1), '-i', hosts, ...local, ...flags, playbook],
    {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        LC_ALL: 'C.UTF-8',
        ANSIBLE_NOCOLOR: '1',
        // Wirebook keeps native types.
        ANSIBLE_JINJA2_NATIVE: '1',
        ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
        ANSIBLE_RETRY_FILES_ENABLED: '0',
      },
    },
  );
  if (stdout === '') throw new Error(stderr);
  return { status, lines: normalised(stdout) };
}

/** Headings and results, host by host in a fixed order within a task: forks answer as they like. */
function normalised(text: string): string[] {
  const lines: string[] = [];
  let block: string[] = [];
  let isMeta = false;
  const flush = (): void => {
    lines.push(...block.sort());
    block = [];
  };
  for (const line of text.split('\n')) {
    const heading = /^(PLAY RECAP|(?:PLAY|TASK|RUNNING HANDLER) \[.*?\])/.exec(line)?.[1];
    const result = /^(?:ok|changed|skipping|failed|fatal|FAILED - RETRYING): .*|^h\d\s+: .*/.exec(line)?.[0];
    if (heading) isMeta = heading === 'TASK [meta]';
    if (isMeta) continue;
    if (heading) {
      flush();
      lines.push(heading);
    } else if (result) block.push(shortened(result));
    else if (/^\s+"?(?:msg|[a-z_.]+)"?: /.test(line)) block[block.length - 1] += ` ${line.trim()}`;
  }
  flush();
  return lines;
}

/** What is compared of a result: how it went, on which host, with which item; the message of debug follows on its own. */
function shortened(line: string): string {
  const recap = /^(h\d)\s+: (.*?)\s*$/.exec(line);
  if (recap) {
    const counts = recap[2]!
      .split(/\s+/)
      .filter((part) => /^(?:ok|changed|unreachable|failed|skipped|rescued|ignored)=/.test(part));
    return `${recap[1]}: ${counts.join(' ')}`;
  }
  return line
    .replace(/ => (?:\{|\(item=).*$/, (rest) =>
      rest.startsWith(' => (item=') ? rest.replace(/\) => \{.*$/, ')') : '',
    )
    .replace(/ -> h\d(?:\([^)]*\))?/, '')
    .replace(/^failed: (.*?)(?: => .*)?$/, 'failed: $1');
}

describe.skipIf(!hasAnsible)('as ansible-playbook does it', () => {
  test.each([
    ['blocks.yml', []],
    ['handlers.yml', []],
    ['handlers.yml', ['--force-handlers']],
    ['loops.yml', []],
    ['conditions.yml', []],
    ['strategy.yml', []],
    ['fail-percentage.yml', []],
    ['variables.yml', []],
    ['hosts.yml', []],
    ['tags.yml', []],
    ['tags.yml', ['--tags', 'one,special']],
    ['tags.yml', ['--tags', 'tagged', '--skip-tags', 'both']],
    ['tags.yml', ['--skip-tags', 'always,inside,block']],
    ['blocks.yml', ['--limit', 'h1,h3']],
    ['blocks.yml', ['--start-at-task', 'after']],
  ])('%s %j', { timeout: 300_000 }, (playbook, flags) => {
    const theirs = run(['ansible-playbook'], playbook, flags);
    const ours = run([process.execPath, wirebook, 'run', '-o', 'lines'], playbook, flags);
    expect(ours.lines).toEqual(theirs.lines);
    expect(ours.status).toBe(theirs.status);
  });
});

test('the oracle sees results', () => {
  expect(normalised(readFileSync(join(folder, '../oracle-sample.txt'), 'utf8'))).toMatchInlineSnapshot(`
    [
      "PLAY [all]",
      "TASK [only h1]",
      "changed: [h1]",
      "skipping: [h2]",
      "TASK [plain]",
      "fatal: [h2]: FAILED!",
      "ok: [h1] => (item=a) "msg": "a"",
      "PLAY RECAP",
      "h1: ok=2 changed=1 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0",
    ]
  `);
});
