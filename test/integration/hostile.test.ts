/** Hostile values in every string parameter of every module: refused with a code, or taken for what they are. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent, TaskResult } from '../../src/engine/run/events.ts';
import { children, parseXml, type XmlElement } from '../../src/host/libvirt/xml.ts';
import { registry } from '../../src/modules/index.ts';
import { HOSTILE, HOSTILE_IN_XML, SAMPLES } from './hostile-values.ts';
import { type Leaf, stringLeaves, stringParameters, withLeaf } from './leaves.ts';
import { type TestLab, useLab } from './lab.ts';
import { wirebook } from './program.ts';

interface Case {
  readonly title: string;
  readonly module: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Strings of a sample, but not what is there to be executed. */
const leavesOf = (module: string, sample: unknown): Leaf[] =>
  stringLeaves(sample).filter(({ parameter }) => parameter !== 'cmd' || module === 'command');

/** Every hostile value in every string of a module's samples. */
const casesOf = (module: string): Case[] =>
  (SAMPLES[module] ?? []).flatMap((sample, number) =>
    leavesOf(module, sample).flatMap((leaf) =>
      Object.entries(HOSTILE).map(([name, value]) => ({
        title: `${module}${number === 0 ? '' : ` (${number})`} ${leaf.parameter} ${name}`,
        module,
        params: withLeaf(sample, leaf, value) as Readonly<Record<string, unknown>>,
      })),
    ),
  );

it.each([...registry.keys()])('%s: every string parameter is in a sample', (name) => {
  const inSamples = new Set(
    (SAMPLES[name] ?? []).flatMap((sample) => stringLeaves(sample)).map(({ parameter }) => parameter),
  );
  // An IPv6 address takes no netmask
  const none = ['ipv6.addresses[].netmask'];
  expect(
    stringParameters(registry.get(name)!.schema).filter(
      (each) => !inSamples.has(each) && !none.includes(each),
    ),
  ).toEqual([]);
});

it('the samples are fine as they are', async () => {
  const tasks = Object.entries(SAMPLES).flatMap(([module, all]) =>
    all.map((sample) => ({ [module]: sample })),
  );
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-samples-'));
  const playbook = join(folder, 'samples.yml');
  writeFileSync(
    playbook,
    tasks
      .map((task) => `    - ${JSON.stringify(task)}\n`)
      .reduce((all, each) => all + each, '- hosts: localhost\n  tasks:\n'),
  );
  const { stderr } = await wirebook('lint', '-i', 'localhost,', playbook);
  rmSync(folder, { recursive: true });
  expect(stderr).toBe('');
});

const HEAD = '- hosts: all\n  gather_facts: false\n  tasks:\n';

/** Tries cases through the files, then those that were not refused, and some that were, through variables. */
async function tryAll(
  lab: TestLab,
  cases: readonly Case[],
  atRunTime: (title: string) => boolean = () => true,
): Promise<Map<string, Outcome>> {
  const lines = cases.map(({ module, params }) => `    - ${module}: ${JSON.stringify(params)}`);
  const literal = lab.file('literal.yml', `${HEAD}${lines.join('\n')}\n`);
  const { stderr } = await lab.run('lint', literal);
  const refused = new Map<number, string>();
  for (const [, line, code] of stderr.matchAll(/literal\.yml:(\d+):\d+: error\[(\w+)\]/g))
    refused.set(Number(line) - 4, code!);

  const chosen = cases
    .map((_, index) => index)
    .filter((index) => (refused.has(index) ? index % 23 === 0 : atRunTime(cases[index]!.title)));
  const values = lab.file('values.json', JSON.stringify({ values: cases.map(({ params }) => params) }));
  const tasks = chosen.map((index) => {
    const { module, params } = cases[index]!;
    const args = Object.fromEntries(
      Object.keys(params).map((name) => [name, `{{ values[${index}][${JSON.stringify(name)}] }}`]),
    );
    return { name: `case ${index}`, [module]: args, ignore_errors: true };
  });
  // A task a line: events carry the line they are about
  const rendered = tasks.map((task) => `    - ${JSON.stringify(task)}`);
  const playbook = lab.file('values.yml', `${HEAD}${rendered.join('\n')}\n`);
  const { code, stdout, stderr: said } = await lab.run('run', '-e', `@${values}`, playbook, '-o', 'jsonl');
  if (code !== 0) throw new Error(`exit ${code}: ${said.slice(-4000)}`);
  const results = new Map<string, Outcome>();
  for (const [index, why] of refused) results.set(cases[index]!.title, { refused: why });
  for (const line of stdout.split('\n').filter((each) => each.includes('"type":"host-result"'))) {
    const { task, result } = JSON.parse(line) as Extract<RunEvent, { type: 'host-result' }>;
    const index = Number(task.name.slice('case '.length));
    results.set(cases[index]!.title, { refused: refused.get(index), result });
  }
  return results;
}

interface Outcome {
  /** Code of the static check */
  readonly refused?: string | undefined;
  /** At run time */
  readonly result?: TaskResult;
}

function judge(outcomes: ReadonlyMap<string, Outcome>, cases: readonly Case[]): void {
  expect(cases.filter(({ title }) => !outcomes.has(title)).map(({ title }) => title)).toEqual([]);
  const wrong = [...outcomes].filter(
    ([, { refused, result }]) =>
      result !== undefined &&
      (result.status === 'unreachable' ||
        result.error?.code === 'VERIFY' ||
        // What comes from a variable is a value, not an expression
        (refused !== undefined && !refused.startsWith('EXPR_') && result.error?.code !== refused)),
  );
  expect(
    wrong.map(([title, { refused, result }]) => [title, refused, result?.error?.code, result?.msg]),
  ).toEqual([]);
}

/** Whether a value became an element or an attribute. */
const hasCanary = (node: XmlElement): boolean =>
  node.name === 'canary' || Object.hasOwn(node.attributes, 'canary') || children(node).some(hasCanary);

const noCanary = async (lab: TestLab): Promise<void> => {
  expect(
    await lab.on(
      'host1',
      "find / -xdev \\( -path /proc -o -path /sys -o -path /etc/libvirt/qemu/networks \\) -prune -o -name '*canary*' -print",
    ),
  ).toBe('');
};

describe('on a host with a kernel of its own', () => {
  const lab = useLab('hostile', { hosts: 1, driver: 'uml', form: 'sshd-only' });

  it('interfaces: nothing is executed, and what is taken arrives verbatim', {
    timeout: 900_000,
  }, async () => {
    const cases = ['iface', 'bridge', 'bond', 'vlan'].flatMap(casesOf);
    const outcomes = await tryAll(lab, cases);
    judge(outcomes, cases);
    await noCanary(lab);
    for (const name of ['semicolon', 'dollar', 'singleQuote', 'unicode', 'element'])
      expect([name, outcomes.get(`bridge label ${name}`)]).toMatchObject([
        name,
        { result: { status: 'changed' } },
      ]);
    const [value] = [HOSTILE.doubleQuote!];
    // ifupdown, which keeps definitions here, cannot take such a name, and Wirebook says so
    const odd = { name: '`>canary`;', label: value, backend: 'iproute2' };
    await lab.run('do', 'host1', '-m', 'bridge', '-a', JSON.stringify(odd));
    const links = JSON.parse(await lab.on('host1', 'ip -j link')) as { ifname: string; ifalias?: string }[];
    expect(links.find(({ ifname }) => ifname === '`>canary`;')).toMatchObject({ ifalias: value });
    await noCanary(lab);
  });
});

describe('on a host of this kernel', () => {
  const lab = useLab('hostile-actions', { hosts: 1, driver: 'netns', form: 'sshd-only' });

  it('actions: nothing is executed, and what is taken arrives verbatim', { timeout: 900_000 }, async () => {
    const cases = [
      'command',
      'shell',
      'raw',
      'ping',
      'debug',
      'fail',
      'assert',
      'facts',
      'setup',
      'set_fact',
    ].flatMap(casesOf);
    const outcomes = await tryAll(lab, cases);
    judge(outcomes, cases);
    for (const [name, value] of Object.entries(HOSTILE)) {
      if (name === 'nul') continue;
      expect([name, outcomes.get(`command argv[] ${name}`)?.result?.data.stdout]).toEqual([
        name,
        value.replace(/\n+$/, ''),
      ]);
      expect([name, outcomes.get(`shell stdin ${name}`)?.result?.data.stdout]).toEqual([
        name,
        value.replace(/\n+$/, ''),
      ]);
      expect([name, outcomes.get(`debug msg ${name}`)?.result?.data.msg]).toEqual([name, value]);
    }
    await noCanary(lab);
  });
});

describe('on a host with libvirt', () => {
  const lab = useLab('hostile-libvirt', { hosts: 1, driver: 'netns' });

  it.each(['network', 'domain-nic'])(
    '%s: nothing is executed, and no XML gets in',
    { timeout: 900_000 },
    async (module) => {
      if (module === 'domain-nic')
        await lab.run(
          'do',
          'host1',
          '-m',
          'network',
          '-a',
          JSON.stringify({ name: 'nics', state: 'defined' }),
        );
      const cases = casesOf(module);
      const isTried = (title: string): boolean => HOSTILE_IN_XML.some((name) => title.endsWith(` ${name}`));
      const outcomes = await tryAll(lab, cases, isTried);
      judge(
        outcomes,
        cases.filter(({ title }) => isTried(title)),
      );
      const given = [...outcomes].flatMap(([title, { result }]) =>
        result?.status === 'changed' ? [[title, result.data.xml as { stored: string }] as const] : [],
      );
      expect(given.length).toBeGreaterThan(10);
      expect(given.filter(([, { stored }]) => hasCanary(parseXml(stored)))).toEqual([]);
      await noCanary(lab);
    },
  );
});
