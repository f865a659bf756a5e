import { describe, expect, it } from 'vitest';
import { UNKNOWN } from '../../src/engine/unknown.ts';
import { interfacesPlanner } from '../../src/host/interfaces/planner.ts';
import { ModelKernel } from '../host/interfaces/kernel/model-kernel.ts';
import { commandsOf, modules, planTask, type Task } from '../host/interfaces/task.ts';

const ethernet = (name: string, body = ''): string =>
  `<interface type="ethernet" name="${name}">${body}</interface>`;
const bond = (ports: readonly string[], body = '', name = 'bond0'): string =>
  `<interface type="bond" name="${name}">${body}<bond mode="active-backup"><miimon freq="100"/>${ports.map((port) => ethernet(port)).join('')}</bond></interface>`;
const vlan = (id: number): string =>
  `<interface type="vlan" name="eth3.${id}"><vlan tag="${id}"><interface name="eth3"/></vlan></interface>`;
const bridge = (inside: string, body = ''): string =>
  `<interface type="bridge" name="br0">${body}<bridge stp="off" delay="2">${inside}</bridge></interface>`;

const nics = `
  ip link add name eth0 type ethernet
  ip link add name eth1 type ethernet
  ip link add name eth2 type ethernet
  ip link add name eth3 type ethernet`;

/** What tasks do, one after the other. */
function commands(tasks: readonly Task[], have = nics): string[] {
  const kernel = new ModelKernel(have);
  return tasks.flatMap((task) => {
    const { goal, plan } = planTask(task, kernel.observe());
    expect(plan.refused).toBeUndefined();
    kernel.apply(plan.steps);
    expect(interfacesPlanner.verify(goal, plan, kernel.observe())).toEqual([]);
    return commandsOf(plan);
  });
}

/** The links after tasks. */
function links(tasks: readonly Task[]) {
  const kernel = new ModelKernel(nics);
  for (const task of tasks) kernel.apply(planTask(task, kernel.observe()).plan.steps);
  return kernel.observe().links;
}

describe('xml means what the parameters mean', () => {
  const primary = { mode: 'active-backup', primary: 'eth1', ports: ['eth1', 'eth2'], miimon: 100 };
  it.each<[string, Task, readonly Task[]]>([
    [
      'an ethernet interface',
      [
        'iface',
        {
          xml: ethernet(
            'eth0',
            '<mtu size="1400"/><protocol family="ipv4"><ip address="10.0.0.1" prefix="24"/><route gateway="10.0.0.254"/></protocol>',
          ),
        },
      ],
      [['iface', { name: 'eth0', mtu: 1400, ipv4: { addresses: ['10.0.0.1/24'], gateway: '10.0.0.254' } }]],
    ],
    [
      'a VLAN with addresses of both families',
      [
        'vlan',
        {
          xml: `<interface type="vlan" name="v5"><protocol family="ipv6"><autoconf/><ip address="fd00::1" prefix="64"/></protocol><protocol family="ipv4"/><vlan tag="5"><interface name="eth3"/></vlan></interface>`,
        },
      ],
      [
        [
          'vlan',
          {
            name: 'v5',
            parent: 'eth3',
            id: 5,
            ipv6: { autoconf: true, addresses: ['fd00::1/64'] },
            ipv4: { addresses: [] },
          },
        ],
      ],
    ],
    [
      'a bond, its first port the primary',
      ['bond', { xml: bond(['eth1', 'eth2']) }],
      [['bond', { name: 'bond0', ...primary }]],
    ],
    [
      'a bridge with a bond, a VLAN and an interface in it',
      ['bridge', { xml: bridge(`${ethernet('eth0')}${bond(['eth1', 'eth2'])}${vlan(7)}`) }],
      [
        ['bond', { name: 'bond0', ...primary }],
        ['vlan', { name: 'eth3.7', parent: 'eth3', id: 7 }],
        ['bridge', { name: 'br0', stp: false, forward_delay: 2, ports: ['eth0', 'bond0', 'eth3.7'] }],
      ],
    ],
  ])('%s', (_, xml, tasks) => {
    expect(links([xml])).toEqual(links(tasks));
    expect(commands([xml, ...tasks, xml]).length).toBe(commands([xml]).length);
    expect(commands([xml]).length).toBeGreaterThan(0);
  });

  it('all of it goes with state: absent, and the NICs stay', () => {
    const xml = bridge(`${bond(['eth1', 'eth2'])}${vlan(7)}`);
    const kernel = new ModelKernel(nics);
    kernel.apply(planTask(['bridge', { xml }], kernel.observe()).plan.steps);
    const before = Object.keys(kernel.observe().links);
    expect(before).toEqual(expect.arrayContaining(['br0', 'bond0', 'eth3.7']));
    kernel.apply(planTask(['bridge', { xml, state: 'absent' }], kernel.observe()).plan.steps);
    expect(Object.keys(kernel.observe().links)).toEqual(
      before.filter((name) => !['br0', 'bond0', 'eth3.7'].includes(name)),
    );
  });

  it('state, label and backend stand beside it', () => {
    const xml = bridge(bond(['eth1']));
    const { goal } = planTask(
      ['bridge', { xml, name: 'br0', label: 'uplink', backend: 'iproute2' }],
      new ModelKernel(nics).observe(),
    );
    expect([goal.state.links.br0?.label, goal.state.links.bond0?.label]).toEqual(['uplink', undefined]);
    expect(
      modules.bridge.view({ xml }, goal.state, { libvirtUri: '', networkBackend: undefined }),
    ).toMatchObject({ name: 'br0', ports: ['bond0'] });
  });

  it('a port that has another MAC than the XML says is another NIC', () => {
    const state = new ModelKernel(nics).observe();
    const { mac } = state.links.eth0!;
    const of = (address: string): Task => [
      'bridge',
      { xml: bridge(ethernet('eth0', `<mac address="${address}"/>`)) },
    ];
    expect(() => planTask(of('52:54:00:ff:ff:ff'), state)).toThrow(
      `interface eth0 has the MAC ${mac}, and in the XML 52:54:00:ff:ff:ff`,
    );
    expect(planTask(of(String(mac)), state).plan.refused).toBeUndefined();
  });
});

describe('what is wrong is found without a host', () => {
  it.each<[Task, readonly string[]]>([
    [['bridge', {}], [' PARAM_MISSING: bridge needs name, or xml']],
    [['bridge', { xml: UNKNOWN }], []],
    [
      ['bridge', { xml: UNKNOWN, mtu: 1400 }],
      ['mtu PARAM_CONFLICT: the XML says this: mtu cannot stand beside it'],
    ],
    [['bridge', { xml: '<interface' }], ["xml XML_SYNTAX: XML, line 1, column 1: Unclosed tag 'interface'."]],
    [['bridge', { xml: bond(['eth1']) }], ['xml PARAM_CONFLICT: the XML is of the bond bond0']],
    [['bond', { xml: ethernet('eth1') }], ['xml PARAM_CONFLICT: the XML is of the interface eth1']],
    [
      ['bond', { xml: bond(['eth1']), name: 'bond1' }],
      ['name PARAM_CONFLICT: name is bond1, and in the XML bond0'],
    ],
    [
      ['bridge', { xml: bridge(ethernet('eth0', '\n<mtu size="9000"/>')), ports: ['eth0'] }],
      [
        'ports PARAM_CONFLICT: the XML says this: ports cannot stand beside it',
        'xml XML_CONTENT: XML, line 2, column 1: <interface type="ethernet"> in <bridge> has no <mtu>',
      ],
    ],
    [['bridge', { xml: bridge(vlan(0)) }], ['xml PARAM_RANGE: the tag of vlan eth3.0 is 0']],
    [
      ['iface', { xml: ethernet('eth0', '<mtu size="67"/><mac address="01:00:00:00:00:01"/>') }],
      [
        'xml PARAM_RANGE: the MTU of eth0 is 67, not 68 to 65535',
        'xml PARAM_RANGE: the MAC 01:00:00:00:00:01 of eth0 is a multicast address',
      ],
    ],
    [
      ['bridge', { xml: bridge(bond(['eth1']).replace('freq="100"', 'freq="100" updelay="150"')) }],
      ['xml PARAM_RANGE: bond0.updelay in the XML: updelay must be a multiple of miimon, which is 100'],
    ],
    [
      [
        'iface',
        {
          xml: ethernet(
            'eth0',
            '<protocol family="ipv4"><ip address="10.0.0.1" prefix="24"/><route gateway="10.1.0.1"/></protocol>',
          ),
        },
      ],
      [
        'xml PARAM_CONFLICT: eth0.ipv4.gateway in the XML: the gateway 10.1.0.1 is in none of the subnets of addresses',
      ],
    ],
  ])('%j', ([name, params], problems) => {
    const found = (modules[name].check?.(params) ?? []).map(
      ({ path, code, message }) => `${path.join('.')} ${code}: ${message}`,
    );
    expect(found).toEqual(problems);
  });
});
