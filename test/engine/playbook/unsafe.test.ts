import { expect, it } from 'vitest';
import { loadPlaybooks } from '../../../src/engine/playbook/index.ts';
import type { Task } from '../../../src/engine/playbook/types.ts';
import { UnsafeText } from '../../../src/engine/source.ts';
import { createTemplar } from '../../../src/engine/template/index.ts';
import { registry } from '../../../src/modules/index.ts';

it('a parameter marked !unsafe is no template, neither before the run nor in it', () => {
  const text = `
- hosts: all
  tasks:
    - iface: {name: eth0, label: !unsafe "{{ nothing }}", mtu: "1400"}
    - command: {argv: [echo, !unsafe "{% nothing", "{{ inventory_hostname }}"]}
`;
  const { playbooks, problems } = loadPlaybooks(['site.yml'], {
    registry,
    checker: createTemplar({ playbookDir: '.', env: {} }),
    knownVariables: [],
    readFile: () => text,
  });
  expect(problems).toEqual([]);
  const tasks = playbooks[0]!.plays[0]!.sections.flat() as Task[];
  expect(tasks.map(({ args }) => args)).toEqual([
    { name: 'eth0', label: new UnsafeText('{{ nothing }}'), mtu: 1400 },
    { argv: ['echo', new UnsafeText('{% nothing'), '{{ inventory_hostname }}'] },
  ]);
});
