import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Step } from '../../../src/engine/module.ts';
import { readStepsOutput, stepsScript } from '../../../src/engine/run/steps.ts';

const MARKER = '@wb-0123';

function run(steps: readonly Step[], reading = 'echo reading') {
  const { stdout, stderr, status } = spawnSync('sh', {
    input: stepsScript(steps, reading, MARKER),
    encoding: 'utf8',
  });
  return readStepsOutput(steps, { stdout, stderr, status: status ?? -1 }, MARKER);
}

test('steps run in order, and the reading comes after them', () => {
  const outcome = run([
    { title: 'say one', argv: ['echo', 'one'] },
    { title: 'say two', argv: ['sh', '-c', 'echo "$1" >&2', 'sh', 'two'] },
  ]);
  expect(outcome).toEqual({
    done: 2,
    error: undefined,
    reading: { stdout: 'reading\n', stderr: '', status: 0 },
  });
});

test('the first failure ends the steps, and the host is read all the same', () => {
  const outcome = run([
    { title: 'succeed', argv: ['true'] },
    { title: 'add bridge br0', argv: ['sh', '-c', 'echo noise >&2; echo "No such device" >&2; exit 7'] },
    { title: 'never get here', argv: ['sh', '-c', 'echo HERE'] },
  ]);
  expect(outcome.done).toBe(1);
  expect(outcome.error?.message).toBe('could not add bridge br0: noise / No such device');
  expect(outcome.reading.stdout).toBe('reading\n');
});

test('a step that prints nothing is known by its status', () => {
  expect(run([{ title: 'fail', argv: ['false'] }]).error?.message).toBe('could not fail: exit status 1');
});

test('other statuses can be success', () => {
  expect(run([{ title: 'fail', argv: ['sh', '-c', 'exit 3'], success: [0, 3] }]).error).toBeUndefined();
});

test('arguments and input arrive as they are', () => {
  const nasty = `a 'b' "c" $(id) \`id\` \\ \n ; rm x`;
  const outcome = run(
    [{ title: 'keep', argv: ['sh', '-c', 'printf %s "$1" >&2; exit 1', 'sh', nasty] }],
    ':',
  );
  expect(outcome.error).toMatchObject({ result: { stderr: nasty.trim() } });
  const piped = run([{ title: 'read', argv: ['sh', '-c', 'cat >&2; exit 1'], stdin: nasty }]);
  expect(piped.error).toMatchObject({ result: { stderr: nasty.trim() } });
});

test('a step does not read the script that it is in', () => {
  const outcome = run([
    { title: 'read', argv: ['cat'] },
    { title: 'go on', argv: ['true'] },
  ]);
  expect(outcome.done).toBe(2);
});
