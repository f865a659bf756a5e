import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAssignments, parseFreeForm } from '../../../src/engine/playbook/free-form.ts';
import { loadPlaybooks } from '../../../src/engine/playbook/index.ts';
import { selected } from '../../../src/engine/playbook/tags.ts';
import { eachTask } from '../../../src/engine/playbook/tasks.ts';
import type { Condition, Handler, Play, Task, TaskNode } from '../../../src/engine/playbook/types.ts';
import { askAnsible, hasAnsible } from './oracle.ts';
import { registry } from './registry.ts';

const corpus = join(import.meta.dirname, 'corpus');
const load = (file: string) =>
  loadPlaybooks([file], { registry, readFile: (name) => readFileSync(join(corpus, name), 'utf8') });

it('the corpus has no mistakes', () => {
  const { problems } = load('site.yml');
  expect(problems.map(({ message, location }) => `${location?.file}:${location?.line} ${message}`)).toEqual(
    [],
  );
});

describe.skipIf(!hasAnsible)('as ansible-core', () => {
  it('reads plays, tasks and handlers, with all they inherit', () => {
    const [theirs] = askAnsible({ playbooks: ['site.yml'] }).playbooks;
    const ours = load('site.yml').playbooks[0]!.plays.map(describePlay);
    expect(ours).toEqual(JSON.parse(JSON.stringify(theirs), normalise));
  });

  it('selects by tags', () => {
    const sets = [
      [],
      ['a'],
      ['b'],
      ['a', 'b'],
      ['always'],
      ['never'],
      ['never', 'a'],
      ['always', 'a'],
      ['always', 'never'],
    ];
    const asked = [
      ...sets,
      ['all'],
      ['tagged'],
      ['untagged'],
      ['tagged', 'b'],
      ['untagged', 'a'],
      ['all', 'never'],
    ];
    const cases = sets.flatMap((own) =>
      asked.flatMap((only) => asked.map((skip) => [own, only, skip] as const)),
    );
    const theirs = askAnsible({ tags: cases }).tags;
    const wrong = cases.filter(([own, only, skip], index) => selected(own, only, skip) !== theirs[index]);
    expect(wrong).toEqual([]);
    expect(theirs.filter(Boolean).length).toBeGreaterThan(100);
  });

  it('splits strings of parameters', () => {
    const texts = [
      'ls',
      'ls -l creates=/x "a b"',
      'echo a=b chdir="/tmp x" c',
      "echo 'x y' removes='/a b'",
      'echo {{ a | b("c d") }} creates={{ x }}',
      'creates=/x',
      'echo "creates=/y" z',
      "echo 'it''s' # creates",
      'msg="hi there" x=1',
      'msg={{ a b }} c=d',
      'a=b=c',
      'a="{{ x }}" b=\'{{ "y z" }}\'',
      'path=/a/b url=http://x/?y=z',
      'empty= full=1',
      'ls    -l\n  foo creates=/x  bar',
    ];
    const cases = texts.flatMap((text) => [[text, true] as const, [text, false] as const]);
    const theirs = askAnsible({ words: cases }).words;
    const ours = cases.map(([text, free]) => {
      if (free) {
        const { rest, assignments } = parseFreeForm(text, new Set(['creates', 'removes', 'chdir']));
        return { ...pairs(assignments), ...(rest === '' ? {} : { _raw_params: rest }) };
      }
      const { assignments, stray } = parseAssignments(text);
      return stray === undefined ? pairs(assignments) : 'stray';
    });
    const comparable = theirs.map((answer, index) => {
      const stray = !cases[index]![1] && (typeof answer === 'string' || '_raw_params' in answer);
      return stray ? 'stray' : answer;
    });
    expect(cases.map(([text], i) => [text, ours[i]])).toEqual(
      cases.map(([text], i) => [text, comparable[i]]),
    );
  });
});

const pairs = (assignments: readonly { key: string; value: string }[]) =>
  Object.fromEntries(assignments.map(({ key, value }) => [key, value]));

/** One form for what Ansible keeps in several: lists for single items, tags once, `cmd` for what commands run. */
function normalise(this: object, key: string, value: unknown): unknown {
  if (key === 'tags') return [...new Set(value as string[])].sort();
  if (['notify', 'listen', 'until', 'changed_when', 'failed_when'].includes(key))
    return value === null ? [] : Array.isArray(value) ? value : [value];
  if (key !== 'args') return value;
  const { _raw_params: text, ...rest } = value as Record<string, unknown>;
  const name = 'action' in this && this.action === 'meta' ? 'free_form' : 'cmd';
  return text === undefined ? rest : { ...rest, [name]: text };
}

function describePlay(play: Play) {
  const hosts = Array.isArray(play.hosts) ? play.hosts : [play.hosts];
  return {
    name: play.name ?? hosts.join(','),
    hosts: play.hosts,
    vars: Object.assign({}, ...play.vars) as unknown,
    serial: play.serial,
    gather_facts: play.gatherFacts ?? null,
    sections: play.sections.map((nodes: readonly TaskNode[]) => [...eachTask(nodes)].map(describeTask)),
    handlers: play.handlers.map(describeTask),
  };
}

/** In the words and with the defaults of Ansible's own objects. */
function describeTask(task: Task | Handler) {
  const list = (condition: Condition | undefined) =>
    condition === undefined
      ? []
      : Array.isArray(condition.expression)
        ? condition.expression
        : [condition.expression];
  return {
    name: task.name ?? '',
    register: task.register ?? null,
    retries: task.retries ?? 3,
    delay: task.delay ?? 5,
    changed_when: list(task.changedWhen),
    failed_when: list(task.failedWhen),
    until: list(task.until),
    become: task.become ?? null,
    become_user: task.becomeUser ?? null,
    ignore_errors: task.ignoreErrors ?? null,
    any_errors_fatal: task.anyErrorsFatal ?? false,
    check_mode: task.checkMode ?? null,
    no_log: task.noLog ?? false,
    run_once: task.runOnce ?? null,
    delegate_to: task.delegateTo ?? null,
    throttle: task.throttle ?? 0,
    connection: task.connection ?? null,
    remote_user: task.remoteUser ?? null,
    port: task.port ?? null,
    timeout: task.timeout ?? 0,
    diff: task.diff ?? null,
    when: task.when.map(({ expression }) => expression),
    tags: [...task.tags].sort(),
    environment: task.environment,
    loop: task.loop?.items ?? null,
    notify: task.notify,
    action: task.module,
    args: task.args,
    loop_with: task.loop === undefined || task.loop.kind === 'loop' ? null : task.loop.kind,
    loop_var: task.loop?.loopVar ?? 'item',
    index_var: task.loop?.indexVar ?? null,
    listen: 'listen' in task ? task.listen : [],
    vars: Object.assign({}, ...task.vars) as unknown,
  };
}
