import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { interfacesPlanner } from '../../../src/host/interfaces/planner.ts';
import { interfaceView } from '../../../src/host/interfaces/view.ts';
import { ModelKernel } from './kernel/model-kernel.ts';
import { commandsOf, planTask, type Task } from './task.ts';

/** Names that every object of JavaScript has, and that Linux takes for links. */
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];

/** What a task came to on links that commands made. */
function run(task: Task, have: string) {
  const kernel = new ModelKernel(have);
  const { goal, plan } = planTask(task, kernel.observe());
  expect(plan.refused).toBeUndefined();
  kernel.apply(plan.steps);
  const after = kernel.observe();
  expect(interfacesPlanner.verify(goal, plan, after)).toEqual([]);
  expect(commandsOf(planTask(task, after).plan)).toEqual([]);
  return { commands: commandsOf(plan), view: (name: string) => interfaceView(after, name) };
}

describe.each(NAMES)('a link named %s', (name) => {
  const device = `ip link add ${name} type veth peer name p1`;

  it('is not there before it is made', () => {
    const kernel = new ModelKernel();
    expect(interfaceView(kernel.observe(), name)).toEqual({ name, state: 'absent' });
    for (const kind of ['bridge', 'bond', 'vlan'] as const) {
      expect(run([kind, { name, state: 'absent' }], '').commands).toEqual([]);
      expect(run([kind, { name, state: 'inactive' }], '').commands).toEqual([]);
    }
    expect(() => planTask(['iface', { name }], kernel.observe())).toThrow(
      new EngineError('REQUIREMENT', `the host has no interface ${name}`, { hint: 'it has none' }),
    );
    expect(() => planTask(['bridge', { name: 'br0', ports: [name] }], kernel.observe())).toThrow(
      new EngineError('REQUIREMENT', `bridge br0: the host has no interface ${name}`, {
        hint: 'it has none',
      }),
    );
    expect(() => planTask(['vlan', { name: 'v', parent: name, id: 5 }], kernel.observe())).toThrow(
      new EngineError('REQUIREMENT', `the host has no interface ${name} to put VLAN v on`, {
        hint: 'it has none',
      }),
    );
  });

  it('is an interface', () => {
    const { commands, view } = run(
      ['iface', { name, mtu: 1400, ipv4: { addresses: ['10.0.0.1/24'] } }],
      device,
    );
    expect(commands).toContain(`ip link set dev ${name} mtu 1400`);
    expect(view(name)).toMatchObject({ name, kind: 'veth', mtu: 1400, ipv4: { addresses: ['10.0.0.1/24'] } });
  });

  it('is a bridge, and a port of one', () => {
    expect(run(['bridge', { name, ports: [] }], '').view(name)).toMatchObject({ kind: 'bridge', ports: [] });
    const vlans = { [name]: { tagged: [10], untagged: [1] } };
    const { view } = run(['bridge', { name: 'br0', ports: [name], vlan_filtering: true, vlans }], device);
    expect(view('br0')).toMatchObject({ ports: [name] });
    expect(Object.entries(view('br0').vlans as object)).toContainEqual([
      name,
      { tagged: [10], untagged: [1] },
    ]);
  });

  it('is a bond, and a port of one', () => {
    const bond = { mode: 'active-backup', miimon: 100 };
    expect(run(['bond', { name, ...bond }], '').view(name)).toMatchObject({ kind: 'bond', ports: [] });
    const { view } = run(['bond', { name: 'bond0', ...bond, ports: [name], primary: name }], device);
    expect(view('bond0')).toMatchObject({ ports: [name], primary: name });
  });

  it('is a VLAN, and carries one', () => {
    const { view } = run(['vlan', { name, parent: 'e1', id: 5 }], device.replace(name, 'e1'));
    expect(view(name)).toMatchObject({ kind: 'vlan', parent: 'e1', id: 5 });
    expect(run(['vlan', { name: 'v', parent: name, id: 5 }], device).view('v')).toMatchObject({
      parent: name,
    });
  });

  it('is replaced and deleted', () => {
    const bridge = `ip link add name ${name} type bridge`;
    expect(run(['bond', { name, mode: 'active-backup' }], bridge).view(name)).toMatchObject({ kind: 'bond' });
    expect(run(['bridge', { name, state: 'absent' }], bridge).view(name)).toEqual({ name, state: 'absent' });
  });
});
