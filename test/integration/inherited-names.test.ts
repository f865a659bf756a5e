/** Names that every object of JavaScript has are names like any other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { wirebook } from './program.ts';

const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];

const folder = mkdtempSync(join(tmpdir(), 'wirebook-names-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Messages of the `debug` tasks of a run, by host, from its JSON report. */
async function messages(...args: string[]): Promise<Record<string, unknown[]>> {
  const { code, stdout, stderr } = await wirebook('run', '-c', 'local', '-o', 'json', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { plays, stats } = JSON.parse(stdout) as {
    plays: { tasks: { hosts: Record<string, { action: string; msg: unknown }> }[] }[];
    stats: object;
  };
  const results = plays.flatMap(({ tasks }) => tasks.flatMap(({ hosts }) => Object.entries(hosts)));
  const all = Object.keys(stats).map((host) => [
    host,
    results.filter(([name, { action }]) => name === host && action === 'debug').map(([, { msg }]) => msg),
  ]);
  return Object.fromEntries(all) as Record<string, unknown[]>;
}

const play = (name: string, tasks: readonly object[], keywords: object = {}): string =>
  `- hosts: all\n  gather_facts: false\n  vars: {}\n`.replace(
    '  vars: {}\n',
    Object.entries({ ...keywords, tasks })
      .map(([key, value]) => `  ${key}: ${JSON.stringify(value).replaceAll('NAME', name)}\n`)
      .join(''),
  );

const debug = (msg: string): object => ({ debug: { msg } });

describe.each(NAMES)('%s', (name) => {
  it('is a host', async () => {
    const tasks = [
      debug("{{ inventory_hostname }} {{ 'NAME' in hostvars }} {{ hostvars['NAME'].inventory_hostname }}"),
    ];
    const playbook = file('host.yml', play(name, tasks));
    expect(Object.entries(await messages('-i', `${name},`, playbook))).toEqual([
      [name, [`${name} True ${name}`]],
    ]);
  });

  it('is no host, group or variable that is not there', async () => {
    const tasks = [
      debug("{{ 'NAME' in hostvars }} {{ hostvars['NAME'] is defined }} {{ groups['NAME'] is defined }}"),
      debug("{{ lookup('vars', 'NAME', default='none') }} {{ hostvars.h1['NAME'] is defined }}"),
      debug("{{ vars['NAME'] is defined if vars is defined else false }}"),
    ];
    const playbook = file('nothing.yml', play(name, tasks));
    expect(await messages('-i', 'h1,', playbook)).toEqual({
      h1: ['False False False', 'none False', false],
    });
  });

  it('is a group, and a variable of host, group, play and vars_files', async () => {
    const inventory = file(
      'hosts.ini',
      `[${name}]\nh1\n[other]\nh2 ${name}=host\n[${name}:vars]\n${name}=group\n`,
    );
    const say = debug(
      "{{ NAME }} {{ groups['NAME'] | join }} {{ 'NAME' in group_names }} {{ hostvars.h2['NAME'] }}",
    );
    expect(await messages('-i', inventory, file('group.yml', play(name, [say])))).toEqual({
      h1: ['group h1 True host'],
      h2: ['host h1 False host'],
    });
    const vars = file('vars.json', `{"${name}": "file"}`);
    const stronger = play(name, [debug('{{ NAME }}')], { vars_files: [vars] });
    const ofPlay = play(name, [debug('{{ NAME }}')]).replace('  tasks', `  vars: {"${name}": play}\n  tasks`);
    expect(await messages('-i', 'h1,', file('files.yml', stronger))).toEqual({ h1: ['file'] });
    expect(await messages('-i', 'h1,', file('play.yml', ofPlay))).toEqual({ h1: ['play'] });
    for (const given of [`${name}=extra`, `{"${name}": "extra"}`, `@${vars}`])
      expect(await messages('-i', 'h1,', '-e', given, file('play.yml', ofPlay))).toEqual({
        h1: [given.startsWith('@') ? 'file' : 'extra'],
      });
  });

  it('is set by set_fact, register and loop_control, and is a handler and a variable of the environment', async () => {
    const tasks = [
      `set_fact: {"${name}": {"${name}": 1}}`,
      `debug: {msg: "{{ ${name} }} {{ ${name}['${name}'] }} {{ hostvars.h1['${name}'] }}"}`,
      `set_fact: {"${name}": "{{ item }}"}\n      loop: [a, b]`,
      `debug: {msg: "{{ ${name} }}"}`,
      `command: printenv ${name}\n      environment: {"${name}": value}\n      register: ${name}\n      notify: ${name}`,
      `debug: {msg: "{{ ${name}.stdout }}"}`,
      `command: "true"\n      loop: [a]\n      loop_control: {loop_var: ${name}}\n      register: looped`,
      `debug: {msg: "{{ looped.results[0]['${name}'] }}"}`,
      `command: "echo {{ ${name} }}"\n      loop: [a, b]\n      loop_control: {index_var: ${name}}\n      register: looped`,
      `debug: {msg: "{{ looped.results | map(attribute='stdout') | join }}"}`,
    ];
    const playbook = file(
      'set.yml',
      `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.map((task) => `    - ${task}\n`).join('')}` +
        `  handlers:\n    - name: ${name}\n      debug: {msg: handled}\n`,
    );
    expect(await messages('-i', 'h1,', playbook)).toEqual({
      h1: [`{'${name}': 1} 1 {'${name}': 1}`, 'b', 'value', 'a', '01', 'handled'],
    });
  });

  it('is no module, keyword, parameter, filter, test or function', async () => {
    const found = async (task: string): Promise<(string | undefined)[]> => {
      const playbook = file('wrong.yml', `- hosts: all\n  tasks:\n    - ${task}\n`);
      const { code, stderr } = await wirebook('lint', '-i', 'h1,', playbook);
      expect(code).toBe(4);
      return [...stderr.matchAll(/error\[(\w+)\]/g)].map(([, error]) => error);
    };
    const isRefused = async (task: string): Promise<void> => {
      const codes = await found(task);
      expect([task, codes.length > 0, codes]).toEqual([task, true, codes]);
    };
    await isRefused(`"${name}": {}`);
    await isRefused(`{ping: {}, "${name}": 1}`);
    await isRefused(`ping: {"${name}": 1}`);
    await isRefused(`{ping: {}, notify: ${name}}`);
    await isRefused(`debug: {msg: "{{ 1 | ${name} }}"}`);
    await isRefused(`debug: {msg: "{{ 1 is ${name} }}"}`);
    await isRefused(`debug: {msg: "{{ ${name}() }}"}`);
    await isRefused(`{ping: {}, loop: [1], loop_control: {"${name}": 1}}`);
    await isRefused(`bridge: {name: br0, "${name}": 1}`);
    await isRefused(`"with_${name}": [1]\n      ping:`);
  });

  it('is listed in an inventory', async () => {
    const inventory = file(
      'list.yml',
      JSON.stringify({ all: { children: { [name]: { hosts: { [name]: { [name]: 1 } } } } } }),
    );
    const { code, stdout } = await wirebook('inventory', '-i', inventory, '--list');
    expect(code).toBe(0);
    const listed = Object.entries(JSON.parse(stdout) as Record<string, object>);
    expect(listed).toContainEqual([name, { hosts: [name] }]);
  });
});
