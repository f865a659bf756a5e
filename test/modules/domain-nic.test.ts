import { describe, expect, test } from 'vitest';
import type { Settings } from '../../src/engine/module.ts';
import { checkParams } from '../../src/engine/params.ts';
import { UNKNOWN } from '../../src/engine/unknown.ts';
import { parseNetwork } from '../../src/host/libvirt/network-xml.ts';
import { deriveMac } from '../../src/host/libvirt/nic.ts';
import { planNic } from '../../src/host/libvirt/nic-planner.ts';
import { storeNic } from '../../src/host/libvirt/nic-xml.ts';
import { parseXml } from '../../src/host/libvirt/xml.ts';
import { type DomainState, emptyState, type HostState } from '../../src/host/state.ts';
import { world } from '../../src/host/index.ts';
import { bridge } from '../../src/modules/bridge/index.ts';
import { network } from '../../src/modules/network/index.ts';
import { domainNic } from '../../src/modules/domain-nic/index.ts';

const settings: Settings = { libvirtUri: 'qemu:///system', networkBackend: undefined };
type Params = Parameters<typeof domainNic.goal>[0];

const problems = (value: object, mode: 'static' | 'runtime' = 'static') =>
  checkParams(domainNic.schema, value, { label: 'domain-nic', mode, check: domainNic.check }).problems.map(
    ({ code, message }) => `${code}: ${message}`,
  );

describe('parameters', () => {
  const id = { domain: 'web1', mac: '52:54:00:aa:00:01' };

  test.each([
    [{ ...id, network: 'lan', portgroup: 'a', model: 'virtio', link: 'up' }, []],
    [{ ...id, type: 'direct', dev: 'eth1', mode: 'private' }, []],
    [{ ...id, type: 'user' }, []],
    [{ ...id, state: 'absent', scope: 'config' }, []],
    [{ ...id, state: 'defined', scope: 'config' }, []],
    [{ domain: 'web1', target: 'vnet3', link: 'down' }, []],
    [{ ...id, type: '{{ kind }}', bridge: 'br0' }, []],
    [
      { domain: 'web1' },
      ['PARAM_MISSING: one of mac, nic, alias, target and index must say which NIC is meant'],
    ],
    [{ ...id, nic: 'front' }, ['PARAM_CONFLICT: nic and mac both say which NIC is meant']],
    [{ ...id, index: 0 }, ['PARAM_CONFLICT: index and mac both say which NIC is meant']],
    [
      { domain: 'web1', index: 0, state: 'absent' },
      ['PARAM_CONFLICT: index cannot name a NIC that shall be absent'],
    ],
    [
      { ...id, target: 'vnet3' },
      ['PARAM_FORMAT: target vnet3: libvirt keeps names that begin with vnet, macvtap or macvlan to itself'],
    ],
    [{ ...id, state: 'active', scope: 'config' }, ['PARAM_CONFLICT: scope config contradicts state active']],
    [{ ...id, state: 'defined', scope: 'both' }, ['PARAM_CONFLICT: scope both contradicts state defined']],
    [{ ...id, state: 'defined', scope: 'live' }, ['PARAM_CONFLICT: scope live contradicts state defined']],
    [{ ...id, state: 'inactive', scope: 'live' }, ['PARAM_CONFLICT: scope live contradicts state inactive']],
    [
      { ...id, network: 'lan', bridge: 'br0' },
      ['PARAM_CONFLICT: bridge means nothing to a NIC of type network'],
    ],
    [{ ...id, type: 'user', bridge: 'br1' }, ['PARAM_CONFLICT: bridge means nothing to a NIC of type user']],
    [{ ...id, type: 'bridge' }, ['PARAM_MISSING: a NIC of type bridge needs bridge']],
    [{ ...id, type: 'user', mtu: 1400 }, ['PARAM_CONFLICT: libvirt has no mtu for NICs of type user']],
    [
      { ...id, dev: 'eth1', port_isolated: true },
      ['PARAM_CONFLICT: libvirt has no port_isolated for NICs of type direct'],
    ],
    [{ ...id, type: 'user', port_isolated: false, virtualport: {}, filterref: {} }, []],
    [
      { ...id, dev: 'eth1', filterref: { filter: 'f' } },
      ['PARAM_CONFLICT: libvirt has no filterref for NICs of type direct'],
    ],
    [
      { ...id, model: 'e1000e', driver: { queues: 4 } },
      ['PARAM_CONFLICT: driver settings are for virtio cards, and the model is e1000e'],
    ],
    [{ ...id, model: '{{ card }}', driver: { queues: 4 } }, []],
    [
      { ...id, driver: { rx_queue_size: 300 } },
      ['PARAM_CONFLICT: driver.rx_queue_size must be a power of two'],
    ],
    [
      { ...id, bandwidth: { outbound: { peak: 5 } } },
      ['PARAM_CONFLICT: bandwidth.outbound needs an average'],
    ],
    [{ ...id, bandwidth: { outbound: {} } }, []],
    [
      { ...id, bridge: 'br0', bandwidth: { inbound: { floor: 5 } } },
      ['PARAM_CONFLICT: bandwidth.inbound.floor is not for NICs of type bridge'],
    ],
    [{ ...id, bridge: 'br0', virtualport: { profileid: 'x' } }, ['PARAM_CONFLICT: virtualport needs a type']],
    [
      { ...id, dev: 'eth1', virtualport: { type: '802.1Qbg', managerid: '1' } },
      ['PARAM_CONFLICT: virtualport 802.1Qbg needs typeid'],
    ],
    [{ ...id, rom: { enabled: false, bar: true } }, ['PARAM_CONFLICT: a disabled ROM has no other settings']],
    [{ ...id, type: 'vmnet' }, [expect.stringMatching(/^PARAM_ENUM: .*network, bridge, direct/)]],
    [{ ...id, type: null }, ['PARAM_NULL: domain-nic.type is null']],
    [{ ...id, type: 'null', model: 'virtio' }, []],
    [{ ...id, type: 'hostdev' }, ['PARAM_MISSING: a NIC of type hostdev needs pci']],
    [{ ...id, pci: '0000:06:10.1', managed: true, vlan: { tags: [{ id: 5 }] } }, []],
    [{ ...id, type: 'vhostuser', path: '/run/x', mode: 'client', model: 'virtio', mtu: 9000 }, []],
    [{ ...id, type: 'vhostuser', path: '/run/x' }, ['PARAM_MISSING: a NIC of type vhostuser needs mode']],
    [
      { ...id, type: 'vhostuser', path: '/run/x', mode: 'vepa' },
      ['PARAM_CONFLICT: a NIC of type vhostuser has no mode vepa'],
    ],
    [
      { ...id, path: '/run/x', mode: 'client', model: 'e1000e' },
      ['PARAM_CONFLICT: a NIC of type vhostuser is a virtio card'],
    ],
    [{ ...id, type: 'direct', dev: '/dev/x' }, ['PARAM_FORMAT: dev "/dev/x" is no name of an interface']],
    [{ ...id, type: 'vdpa', dev: '/dev/vhost-vdpa-0' }, []],
    [{ ...id, type: 'mcast' }, ['PARAM_MISSING: a NIC of type mcast needs socket']],
    [
      { ...id, type: 'client', socket: { port: 5 } },
      ['PARAM_MISSING: the socket of a NIC of type client needs address'],
    ],
    [{ ...id, type: 'server', socket: { port: 5558 } }, []],
    [
      { ...id, type: 'mcast', socket: { address: '230.0.0.1', port: 5, local: { port: 6 } } },
      ['PARAM_CONFLICT: socket.local means nothing to a NIC of type mcast'],
    ],
    [{ ...id, type: 'user', backend: 'passt', port_forward: [{ proto: 'tcp' }] }, []],
    [
      { ...id, type: 'user', backend: 'slirp', port_forward: [{ proto: 'tcp' }] },
      ['PARAM_CONFLICT: only passt forwards ports to a guest'],
    ],
    [
      { ...id, bridge: 'br0', backend: { type: 'passt' } },
      ['PARAM_CONFLICT: passt is not for NICs of type bridge'],
    ],
    [
      { ...id, bridge: 'br0', guest_ips: ['10.0.0.2/24'] },
      ['PARAM_CONFLICT: libvirt has no guest_ips for NICs of type bridge'],
    ],
    [{ ...id, type: 'ethernet', target: 'tap1', target_managed: false, script: '' }, []],
    [
      { ...id, bridge: 'br0', target_managed: false },
      ['PARAM_CONFLICT: libvirt has no target_managed for NICs of type bridge'],
    ],
    [
      { ...id, bridge: 'br0', model: 'e1000e', teaming: { type: 'persistent' } },
      ['PARAM_CONFLICT: the persistent card of a team is a virtio card'],
    ],
    [
      { ...id, bridge: 'br0', teaming: { type: 'transient' } },
      ['PARAM_CONFLICT: teaming.persistent is needed with type transient'],
    ],
    [
      { ...id, bridge: 'br0', teaming: { type: 'persistent', persistent: 'ua-a' } },
      ['PARAM_CONFLICT: teaming.persistent is for type transient'],
    ],
    [
      { ...id, dev: 'eth1', coalesce: { rx_frames: 3 } },
      ['PARAM_CONFLICT: libvirt has no coalesce for NICs of type direct'],
    ],
    [{ ...id, replug: 'allow' }, []],
    [{ ...id, xml: '<interface/>' }, []],
    [
      {
        domain: 'web1',
        xml: `<interface type='bridge'><mac address='${id.mac}'/><source bridge='br0'/></interface>`,
      },
      [],
    ],
    [
      { ...id, xml: `<interface type='bridge'><source bridge='br0'/></interface>`, link: 'up' },
      ['PARAM_CONFLICT: the XML says this: link cannot stand beside it'],
    ],
    [
      {
        ...id,
        xml: `<interface type='bridge'><mac address='52:54:00:00:00:09'/><source bridge='br0'/></interface>`,
      },
      [`PARAM_CONFLICT: mac is ${id.mac}, and in the XML 52:54:00:00:00:09`],
    ],
    [
      {
        ...id,
        xml: `<interface type='bridge'>\n  <source bridge='br0'/>\n  <mtu size='big'/>\n  <guest dev='x'/>\n</interface>`,
      },
      [
        'XML_CONTENT: XML, line 3, column 8: size of <mtu> must be a whole number',
        'XML_CONTENT: XML, line 4, column 3: there is no parameter for <guest> in <interface>',
      ],
    ],
    [
      { ...id, xml: `<interface type='direct'><source network='n' dev='eth1'/></interface>` },
      [expect.stringMatching(/this is the live form of a NIC on the network n/)],
    ],
    [
      { ...id, xml: `<interface type='user'><mtu size='1400'/></interface>` },
      ['PARAM_CONFLICT: in the XML: libvirt has no mtu for NICs of type user'],
    ],
    [{ ...id, xml: `<interface type='bridge'>` }, [expect.stringMatching(/^XML_SYNTAX/)]],
    [{ domain: 'web1', xml: '{{ nic }}' }, []],
    [{ ...id, mac: '53:54:00:aa:00:01' }, [expect.stringMatching(/^PARAM_FORMAT: domain-nic.mac/)]],
    [{ ...id, alias: 'net0' }, [expect.stringMatching(/^PARAM_FORMAT: domain-nic.alias/)]],
    [{ ...id, model: null }, ['PARAM_NULL: domain-nic.model is null']],
    [{ ...id, bandwith: {} }, [expect.stringMatching(/^PARAM_UNKNOWN: .*bandwith/)]],
  ])('%j', (params, expected) => {
    expect(problems(params)).toEqual(expected);
  });
});

const nic = (type: string, mac: string, body: string) =>
  storeNic(parseXml(`<interface type='${type}'><mac address='${mac}'/>${body}</interface>`));
const lan = parseNetwork(
  `<network><name>lan</name><forward mode='nat'/><bridge name='virbr0'/><ip address='10.0.0.1' prefix='24'/>
   <portgroup name='slow' default='yes'><bandwidth><inbound average='100'/></bandwidth></portgroup></network>`,
);
const pool = parseNetwork(
  `<network><name>pool</name><forward mode='vepa'><interface dev='eth1'/><interface dev='eth2'/></forward></network>`,
);

function host(domains: Record<string, DomainState>): HostState {
  const networks = Object.fromEntries(
    [lan, pool].map((network) => [network.model.name, { stored: network, live: network, autostart: true }]),
  );
  return { ...emptyState, libvirt: { 'qemu:///system': { version: '9.0.0', networks, domains } } };
}
const shutOff = (...stored: DomainState['stored']): DomainState => ({
  state: 'shut off',
  persistent: true,
  stored,
  live: [],
});
const [a, b] = ['52:54:00:00:00:0a', '52:54:00:00:00:0b'];

function plan(params: Params, state: HostState, sshAddress?: string) {
  const result = planNic(state, domainNic.goal(params, state, settings), { sshAddress });
  return {
    ...result,
    nic: domainNic.result!(params, result.predicted, settings).nic as Record<string, unknown>,
  };
}

describe('goal and plan', () => {
  test('a new NIC: what is given is in the diff, what only libvirt knows is unknown', () => {
    const { steps, diff, predicted, touches } = plan(
      { domain: 'web1', nic: 'front', network: 'lan' },
      host({ web1: shutOff() }),
    );
    const mac = deriveMac('web1', 'front');
    const object = `web1 NIC ${mac}`;
    expect(steps).toEqual([
      {
        title: `attach ${object} (stored)`,
        argv: [
          'virsh',
          '-q',
          '-c',
          'qemu:///system',
          'attach-device',
          '--domain',
          'web1',
          '--file',
          '/dev/stdin',
          '--config',
        ],
        stdin: `<interface type="network"><mac address="${mac}"/><source network="lan"/></interface>`,
      },
    ]);
    expect(diff).toEqual([
      { object, field: 'state', want: 'present', stored: 'absent', live: 'absent' },
      { object, field: 'type', want: 'network' },
      { object, field: 'network', want: 'lan' },
    ]);
    expect(predicted.libvirt['qemu:///system']!.domains.web1!.stored[0]!.model).toEqual({
      mac,
      type: 'network',
      network: 'lan',
      model: UNKNOWN,
      address: UNKNOWN,
    });
    expect(touches).toEqual([{ source: 'domains', uri: 'qemu:///system', names: ['web1'] }]);
  });

  test('the MAC of a name is the same for ever', () => {
    expect(deriveMac('web1', 'front')).toBe('52:54:00:5c:56:8e');
  });

  const onLan = (average: number): DomainState => ({
    state: 'running',
    persistent: true,
    stored: [nic('network', a!, `<source network='lan'/><model type='virtio'/>`)],
    live: [
      nic(
        'network',
        a!,
        `<source network='lan' bridge='virbr0'/><bandwidth><inbound average='${average}'/></bandwidth><model type='virtio'/>`,
      ),
    ],
  });

  test('the limits of a portgroup are not its own: without any, it has them still', () => {
    const bandwidth = { inbound: {}, outbound: {} };
    const { steps, pending } = plan(
      { domain: 'web1', mac: a!, network: 'lan', bandwidth },
      host({ web1: onLan(100) }),
    );
    expect([steps, pending]).toEqual([[], []]);
  });

  test('a portgroup that has other limits now is followed in place', () => {
    const { steps, diff } = plan({ domain: 'web1', mac: a!, network: 'lan' }, host({ web1: onLan(50) }));
    expect(steps.map(({ title }) => title)).toEqual([`update web1 NIC ${a} (live)`]);
    expect(diff).toMatchObject([
      { field: 'actual.bandwidth', want: { inbound: { average: 100 } }, live: { inbound: { average: 50 } } },
    ]);
  });

  test('a NIC to be plugged in says what its network will give it', () => {
    const running: DomainState = { ...shutOff(), state: 'running' };
    expect(plan({ domain: 'web1', mac: a!, network: 'lan' }, host({ web1: running })).nic.actual).toEqual({
      type: 'network',
      network: 'lan',
      bridge: 'virbr0',
      target: UNKNOWN,
      bandwidth: { inbound: { average: 100 } },
    });
    expect(plan({ domain: 'web1', mac: a!, network: 'pool' }, host({ web1: running })).nic.actual).toEqual({
      type: 'direct',
      network: 'pool',
      device: UNKNOWN,
      mode: 'vepa',
      target: UNKNOWN,
    });
  });

  test('goals build on each other', () => {
    const first = plan(
      { domain: 'web1', mac: a!, network: 'lan', model: 'virtio' },
      host({ web1: shutOff() }),
    );
    const same = plan({ domain: 'web1', mac: a!, model: 'virtio' }, first.predicted);
    expect([same.steps, same.diff, same.pending]).toEqual([[], [], []]);
    const second = plan({ domain: 'web1', mac: a!, link: 'down' }, first.predicted);
    expect(second.diff).toEqual([{ object: `web1 NIC ${a}`, field: 'link', want: 'down' }]);
    expect(second.nic.config).toMatchObject({
      network: 'lan',
      model: 'virtio',
      link: 'down',
      address: UNKNOWN,
    });
  });

  test('what libvirt fills in is no difference', () => {
    const stored = nic(
      'direct',
      a!,
      `<source dev='eth1' mode='vepa'/><vlan trunk='yes'><tag id='1'/><tag id='2'/></vlan><model type='virtio'/>
       <virtualport type='openvswitch'><parameters interfaceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f' profileid='p'/></virtualport>`,
    );
    const { steps } = plan(
      {
        domain: 'web1',
        mac: a!.toUpperCase(),
        type: 'direct',
        dev: 'eth1',
        mode: 'vepa',
        link: 'up',
        vlan: { tags: [{ id: 1 }, { id: 2 }] },
        virtualport: { type: 'openvswitch', profileid: 'p' },
        driver: { queues: 1 },
        bandwidth: { inbound: {} },
        filterref: {},
        port_isolated: false,
        portgroup: '',
      },
      host({ web1: shutOff(stored) }),
    );
    expect(steps).toEqual([]);
  });

  test('an id that libvirt made up stays when the port is changed', () => {
    const stored = nic(
      'bridge',
      a!,
      `<source bridge='br0'/><virtualport type='openvswitch'><parameters interfaceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'/></virtualport>`,
    );
    const { steps } = plan(
      { domain: 'web1', mac: a!, virtualport: { type: 'openvswitch', profileid: 'q' } },
      host({ web1: shutOff(stored) }),
    );
    expect(steps[0]!.stdin).toContain('interfaceid="09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f" profileid="q"');
  });

  test('a domain that is not there', () => {
    const state = { ...host({}) };
    expect(() => plan({ domain: 'web1', mac: a!, type: 'user' }, state)).toThrow(
      'there is no domain web1 at qemu:///system',
    );
    expect(plan({ domain: 'web1', mac: a!, state: 'absent' }, state)).toMatchObject({
      steps: [],
      warnings: ['there is no domain web1 at qemu:///system'],
    });
  });

  const two = shutOff(
    nic('user', a!, `<alias name='ua-first'/><target dev='web1-a'/>`),
    nic('user', b!, `<alias name='ua-second'/>`),
  );
  test.each([
    [{ mac: b! }, b],
    [{ alias: 'ua-first' }, a],
    [{ alias: 'ua-third' }, deriveMac('web1', 'ua-third')],
    [{ target: 'web1-a' }, a],
    [{ index: 1 }, b],
  ])('%j finds %s', (key, mac) => {
    const goal = domainNic.goal({ domain: 'web1', type: 'user', ...key }, host({ web1: two }), settings);
    expect(goal.policy).toMatchObject({ mac });
  });

  test.each([
    [{ index: 2 }, 'web1 has no NIC 2: it has 2, counted from 0'],
    [{ target: 'vnet7' }, 'web1 has no live NIC with the target vnet7'],
    [{ mac: a!, alias: 'ua-second' }, `the alias ua-second belongs to web1 NIC ${b}`],
    [{ mac: '52:54:00:00:00:0c' }, 'web1 has no NIC 52:54:00:00:00:0c yet, and its type is not given'],
    [{ mac: a!, scope: 'live' as const }, 'web1 is shut off: scope live needs a running guest'],
    [
      { mac: a!, driver: { queues: 4 } },
      'web1: driver settings are for virtio cards, and the model is not given',
    ],
  ])('%j is refused', (params, message) => {
    expect(() => plan({ domain: 'web1', ...params }, host({ web1: two }))).toThrow(message);
  });

  test('two NICs with one MAC are not touched', () => {
    const web1 = shutOff(nic('user', a!, ''), nic('user', a!, ''));
    expect(() => plan({ domain: 'web1', mac: a!, link: 'down' }, host({ web1 }))).toThrow(
      `web1 has more than one stored NIC with the MAC ${a}`,
    );
  });

  test('a guest that boots by its <os> takes no boot order', () => {
    const web1 = { ...shutOff(nic('user', a!, '')), osBoot: true };
    expect(() => plan({ domain: 'web1', mac: a!, boot_order: 1 }, host({ web1 }))).toThrow(
      'web1 boots by <boot> in its <os>, beside which no NIC can have a boot order',
    );
  });

  test('a network and a bridge that earlier tasks make', () => {
    const context = { settings, sshAddress: undefined, check: true };
    const running: DomainState = { ...shutOff(), state: 'running' };
    let state = host({ web1: running });
    const made = network.goal(
      {
        name: 'fresh',
        forward: { mode: 'nat' },
        bridge: { name: 'virbr9' },
        ips: [{ address: '10.9.0.1/24' }],
      },
      state,
      settings,
    );
    expect(plan({ domain: 'web1', mac: a!, network: 'fresh' }, state).refused).toMatchObject({
      code: 'REQUIREMENT',
    });
    state = world.plan(state, made, context).predicted;
    const fresh = plan({ domain: 'web1', mac: a!, network: 'fresh' }, state);
    expect(fresh.refused).toBeUndefined();
    expect(fresh.nic.actual).toMatchObject({ type: 'network', network: 'fresh', bridge: 'virbr9' });

    state = world.plan(state, bridge.goal({ name: 'br9' }, state, settings), context).predicted;
    expect(plan({ domain: 'web1', mac: a!, bridge: 'br9' }, fresh.predicted).refused).toMatchObject({
      code: 'REQUIREMENT',
    });
    expect(plan({ domain: 'web1', mac: a!, bridge: 'br9' }, state).nic.actual).toMatchObject({
      bridge: 'br9',
    });
  });

  test('a card is not given the device of the SSH connection', () => {
    const none = { addresses: [], dynamic: [], linkLocal: [], routes: [], learned: [] };
    const link = (name: string, addresses: string[]): HostState['links'][string] => ({
      ...{ name, kind: 'ethernet', index: 1, up: true, mac: '52:54:00:00:00:01', mtu: 1500, promisc: false },
      ipv4: { ...none, addresses },
      ipv6: none,
    });
    const running: DomainState = { ...shutOff(), state: 'running' };
    const state = {
      ...host({ web1: running }),
      links: { eth0: link('eth0', ['10.0.0.5/24']), eth1: link('eth1', []) },
    };
    const params: Params = { domain: 'web1', mac: a!, dev: 'eth0', mode: 'passthrough' };
    expect(plan(params, state, '10.0.0.5').refused).toMatchObject({
      code: 'LIFELINE',
      message: expect.stringContaining('goes to 10.0.0.5 on eth0'),
    });
    expect(plan({ ...params, dev: 'eth1' }, state, '10.0.0.5').refused).toBeUndefined();
    expect(plan({ ...params, mode: 'bridge' }, state, '10.0.0.5').refused).toBeUndefined();
    expect(plan({ ...params, state: 'defined' }, state, '10.0.0.5').refused).toBeUndefined();
  });

  test('what goes live comes before what is stored, but a NIC that stays defined is stored first', () => {
    const running: DomainState = { ...two, state: 'running', live: two.stored };
    const titles = (params: Partial<Params>, domain: DomainState) =>
      plan({ domain: 'web1', mac: a!, ...params } as Params, host({ web1: domain })).steps.map(
        ({ title }) => title,
      );
    expect(titles({ link: 'down' }, running)).toEqual([
      `update web1 NIC ${a} (live)`,
      `update web1 NIC ${a} (stored)`,
    ]);
    expect(titles({ state: 'absent' }, running)).toEqual([
      `detach web1 NIC ${a} (live)`,
      `detach web1 NIC ${a} (stored)`,
    ]);
    expect(titles({ state: 'inactive' }, { ...running, stored: [] })).toEqual([
      `attach web1 NIC ${a} (stored)`,
      `detach web1 NIC ${a} (live)`,
    ]);
  });
});

/** Where every value must be refused or arrive as it is. */
describe('hostile values', () => {
  const values = [
    'eth0; reboot',
    '$(id)',
    '`id`',
    `it's`,
    'say "hi"',
    'a\nb',
    'a\tb',
    '-x',
    '--config',
    '<b/>&amp;]]>',
    '\\',
    '%d',
    'é',
    '../x',
  ];
  const places: Record<string, (value: string) => Record<string, unknown>> = {
    nic: (nic) => ({ nic, mac: undefined, type: 'user' }),
    domain: (domain) => ({ domain, type: 'user' }),
    mac: (mac) => ({ mac, type: 'user' }),
    alias: (alias) => ({ alias, type: 'user' }),
    target: (target) => ({ target, type: 'user' }),
    uri: (uri) => ({ uri, type: 'user' }),
    network: (network) => ({ network }),
    portgroup: (portgroup) => ({ network: 'lan', portgroup }),
    bridge: (bridge) => ({ bridge }),
    dev: (dev) => ({ dev }),
    model: (model) => ({ type: 'user', model }),
    address: (address) => ({ type: 'user', address }),
    'filterref.filter': (filter) => ({ bridge: 'br0', filterref: { filter } }),
    'filterref.parameters': (value) => ({
      bridge: 'br0',
      filterref: { filter: 'f', parameters: { IP: value } },
    }),
    'filterref.parameters list': (value) => ({
      bridge: 'br0',
      filterref: { filter: 'f', parameters: { IP: ['1', value] } },
    }),
    'filterref.parameters name': (name) => ({
      bridge: 'br0',
      filterref: { filter: 'f', parameters: { [name]: '1' } },
    }),
    'rom.file': (file) => ({ type: 'user', rom: { file: `/${file}` } }),
    ...Object.fromEntries(
      ['managerid', 'typeid', 'typeidversion', 'instanceid', 'interfaceid', 'profileid'].map((name) => [
        `virtualport.${name}`,
        (value: string) => ({ bridge: 'br0', virtualport: { type: 'openvswitch', [name]: value } }),
      ]),
    ),
  };

  test.each(Object.entries(places))('%s', (place, make) => {
    let refused = 0;
    const narrow = ['mac', 'alias', 'address', 'filterref.parameters name'].includes(place);
    for (const value of values) {
      const given = { domain: 'web1', mac: a, ...make(value) };
      const params = Object.fromEntries(
        Object.entries(given).filter(([, one]) => one !== undefined),
      ) as unknown as Params;
      if (problems(params, 'runtime').length > 0) {
        refused++;
        continue;
      }
      const uri = params.uri ?? settings.libvirtUri;
      const known = host({ [params.domain]: shutOff() });
      const state = { ...known, libvirt: { [uri]: known.libvirt['qemu:///system']! } };
      const [step] = plan(params, state).steps;
      expect(step!.argv.slice(0, 4)).toEqual(['virsh', '-q', '-c', uri]);
      expect(step!.argv.slice(4)).toEqual([
        'attach-device',
        '--domain',
        params.domain,
        '--file',
        '/dev/stdin',
        '--config',
      ]);
      const arrived = storeNic(parseXml(step!.stdin!)).model;
      const { domain: _, nic: __, uri: ___, ...fields } = params;
      expect(arrived, `${place} ${value}`).toMatchObject(fields);
    }
    expect(refused, 'a line break is refused everywhere').toBeGreaterThan(0);
    expect(refused < values.length, 'text is taken where libvirt takes it').toBe(!narrow);
  });
});
