import { describe, expect, it } from 'vitest';
import type { Settings } from '../../../src/engine/module.ts';
import { world } from '../../../src/host/index.ts';
import type { Link } from '../../../src/host/interfaces/link.ts';
import { parseNetwork } from '../../../src/host/libvirt/network-xml.ts';
import { emptyState, type HostState, type NetworkState } from '../../../src/host/state.ts';
import { type NetworkParams, network } from '../../../src/modules/network/index.ts';

const uri = 'qemu:///system';
const settings: Settings = { libvirtUri: uri, networkBackend: undefined };

const none = { addresses: [], dynamic: [], linkLocal: [], routes: [], learned: [] };
const link = (name: string, more: Partial<Link> = {}): Link => ({
  name,
  kind: 'ethernet',
  index: 2,
  up: true,
  mac: '52:54:00:00:00:99',
  mtu: 1500,
  promisc: false,
  ipv4: none,
  ipv6: none,
  ...more,
});
const eth0 = link('eth0', { ipv4: { ...none, addresses: ['10.0.0.5/24'], gateway: '10.0.0.1' } });

const lanXml = `<network><name>lan</name><uuid>11111111-1111-4111-8111-111111111111</uuid>
  <metadata><x:y xmlns:x="urn:x">kept</x:y></metadata><forward mode='nat'/>
  <bridge name='virbr1' stp='on' delay='0'/><mac address='52:54:00:00:00:01'/>
  <ip address='10.9.1.1' netmask='255.255.255.0'/></network>`;
const definition = parseNetwork(lanXml);
const counted = { ...definition, xml: lanXml.replace('<network>', "<network connections='2'>") };
const bridgeLink = link('virbr1', { kind: 'bridge', ipv4: { ...none, addresses: ['10.9.1.1/24'] } });
const tap = link('vnet3', { kind: 'tun', controller: 'virbr1' });

const taps = { vnet3: { domain: 'web1', mac: '52:54:00:00:00:07' } };

const active: NetworkState = { stored: definition, live: definition, autostart: false };
const inactive: NetworkState = { stored: definition, autostart: false };

interface Have {
  readonly lan?: NetworkState;
  readonly other?: NetworkState;
  readonly links?: readonly Link[];
  readonly version?: string;
}

const stateOf = ({ lan, other, links = [eth0], version = '9.0.0' }: Have): HostState => ({
  ...emptyState,
  links: Object.fromEntries(links.map((one) => [one.name, one])),
  libvirt: {
    [uri]: { version, networks: { ...(lan && { lan }), ...(other && { other }) }, domains: {}, taps },
  },
});

function plan(have: Have, params: Partial<NetworkParams>, sshAddress?: string) {
  const state = stateOf(have);
  const goal = network.goal({ name: 'lan', ...params }, state, settings);
  return { state, goal, ...world.plan(state, goal, { settings, sshAddress, check: true }) };
}

const withBridge = [eth0, bridgeLink];
const withGuest = [...withBridge, tap];

describe('a plan for a network', () => {
  it.each<[string, Have, Partial<NetworkParams>, string[]]>([
    [
      'defines and starts',
      {},
      { forward: { mode: 'nat' }, ips: [{ address: '10.9.1.1/24' }] },
      ['define network lan', 'start network lan'],
    ],
    ['only defines', {}, { state: 'defined' }, ['define network lan']],
    [
      'does nothing where all is as asked',
      { lan: active, links: withBridge },
      {
        forward: { mode: 'nat' },
        ips: [{ address: '10.9.1.1', netmask: '255.255.255.0' }],
        bridge: { stp: true, delay: 0 },
        dns: { enable: true },
        mac: '52:54:00:00:00:01',
      },
      [],
    ],
    ['starts', { lan: inactive }, {}, ['start network lan']],
    ['leaves inactive what is only defined', { lan: inactive }, { state: 'defined' }, []],
    ['stops', { lan: active, links: withBridge }, { state: 'inactive' }, ['stop network lan']],
    [
      'removes',
      { lan: active, links: withBridge },
      { state: 'absent' },
      ['stop network lan', 'remove network lan'],
    ],
    ['removes what is only defined', { lan: inactive }, { state: 'absent' }, ['remove network lan']],
    [
      'removes what is transient',
      { lan: { live: definition, autostart: false }, links: withBridge },
      { state: 'absent' },
      ['stop network lan'],
    ],
    ['has nothing to remove', {}, { state: 'absent' }, []],
    [
      'restarts for what cannot change live',
      { lan: active, links: withBridge },
      { mtu: 1400 },
      ['define network lan', 'stop network lan', 'start network lan'],
    ],
    [
      'restarts under a guest if told to, and plugs it in again',
      { lan: active, links: withGuest },
      { mtu: 1400, restart: 'allow' },
      [
        'define network lan',
        'stop network lan',
        'start network lan',
        'plug web1 52:54:00:00:00:07 (vnet3) into virbr1 again',
      ],
    ],
    [
      'gives a tap the port options it had, and those the network now asks for',
      {
        lan: active,
        links: [...withBridge, { ...tap, portFlags: { learning: false }, mtu: 1500 }],
      },
      { port_isolated: true, restart: 'allow' },
      [
        'define network lan',
        'stop network lan',
        'start network lan',
        'plug web1 52:54:00:00:00:07 (vnet3) into virbr1 again',
        'set port options of web1 52:54:00:00:00:07 (vnet3)',
      ],
    ],
    [
      'does not restart for what no packet sees',
      { lan: active, links: withGuest },
      { metadata: '<a xmlns="urn:a"/>' },
      ['define network lan'],
    ],
    [
      'does not restart under a guest if told not to',
      { lan: active, links: withGuest },
      { mtu: 1400, restart: 'never' },
      ['define network lan'],
    ],
    [
      'never restarts if told not to',
      { lan: active, links: withBridge },
      { mtu: 1400, restart: 'never' },
      ['define network lan'],
    ],
    [
      'never restarts if only the definition is asked for',
      { lan: active, links: withBridge },
      { mtu: 1400, state: 'defined' },
      ['define network lan'],
    ],
    [
      'changes live what can be',
      { lan: active, links: withGuest },
      { dns: { txt: [{ name: 'a', value: 'b' }] } },
      ['define network lan', 'add dns-txt a in network lan'],
    ],
    [
      'stores and starts what is transient',
      { lan: { live: definition, autostart: false }, links: withBridge },
      {},
      ['define network lan'],
    ],
    [
      'stops over a port of libvirt itself',
      { lan: active, links: [...withBridge, link('virbr1-nic', { kind: 'tun', controller: 'virbr1' })] },
      { state: 'inactive' },
      ['stop network lan'],
    ],
    [
      'stops under guests when forced',
      { lan: active, links: withGuest },
      { state: 'inactive', force: true },
      ['stop network lan'],
    ],
  ])('%s', (_, have, params, titles) => {
    const { refused, steps, diff } = plan(have, params);
    expect(refused).toBeUndefined();
    expect(steps.map(({ title }) => title)).toEqual(titles);
    expect(diff.length > 0).toBe(titles.length > 0);
  });

  it('keeps identity and what it does not know when it redefines', () => {
    const { steps } = plan({ lan: active, links: withGuest }, { bridge: { stp: false }, restart: 'allow' });
    expect(steps[0]!.argv).toEqual([
      'virsh',
      '-q',
      '-c',
      uri,
      'net-define',
      '--file',
      '/dev/stdin',
      '--validate',
    ]);
    expect(steps[0]!.stdin).toBe(lanXml.replaceAll("'", '"').replace('stp="on"', 'stp="off"'));
  });

  it('says what waits for a restart, and that a live field is not there yet', () => {
    const { pending, diff, predicted } = plan(
      { lan: active, links: withGuest },
      { mtu: 1400, restart: 'never' },
    );
    expect(pending).toEqual([
      {
        object: 'network lan',
        field: 'mtu',
        want: 1400,
        stored: 1400,
        live: undefined,
        until: 'restart of network lan',
      },
    ]);
    expect(diff).toEqual([
      { object: 'network lan', field: 'mtu', want: 1400, stored: undefined, live: undefined },
    ]);
    expect(predicted.libvirt[uri]!.networks.lan!.live).toEqual(definition);
  });

  it('does not validate where libvirt cannot', () => {
    const { steps } = plan({ version: '7.6.0' }, {});
    expect(steps[0]!.argv).not.toContain('--validate');
  });

  it('foretells the bridge that comes and goes, and that taps hang loose', () => {
    const started = plan({ lan: inactive }, {});
    expect(started.predicted.links.virbr1).toMatchObject({
      kind: 'bridge',
      up: true,
      mac: '52:54:00:00:00:01',
      ipv4: { addresses: ['10.9.1.1/24'] },
    });
    const stopped = plan({ lan: active, links: withGuest }, { state: 'absent', force: true });
    expect(Object.keys(stopped.predicted.links)).toEqual(['eth0', 'vnet3']);
    expect(stopped.predicted.links.vnet3).not.toHaveProperty('controller');
  });

  it('leaves open what libvirt makes up', () => {
    const { predicted, steps } = plan({}, {});
    expect(JSON.stringify(predicted.libvirt[uri]!.networks.lan!.stored!.model)).toContain(
      '"uuid":"(known after apply)"',
    );
    expect(steps[0]!.stdin).toBe('<network><name>lan</name></network>');
    expect(Object.keys(predicted.links)).toEqual(['eth0']);
  });

  it('warns of devices that are not there', () => {
    expect(plan({}, { forward: { mode: 'bridge' }, bridge: { name: 'br7' } }).warnings).toEqual([
      'network lan is on br7, which is not there',
    ]);
    expect(plan({}, { forward: { mode: 'vepa', dev: 'eth0' } }).warnings).toEqual([]);
  });

  const other = parseNetwork(lanXml.replace('>lan<', '>other<'));
  const ips = [{ address: '10.9.1.1/24' }];
  it.each<[string, Have, Partial<NetworkParams>, string | undefined, string]>([
    [
      'guests on what stops',
      { lan: active, links: withGuest },
      { state: 'inactive' },
      undefined,
      'REFUSED: guests are on network lan: web1 52:54:00:00:00:07 (vnet3)',
    ],
    [
      'guests that only libvirt sees',
      { lan: { ...active, live: counted }, links: withBridge },
      { state: 'absent' },
      undefined,
      'REFUSED: guests are on network lan: 2 connected',
    ],
    [
      'a container on what goes',
      { lan: active, links: [...withBridge, link('veth1', { kind: 'veth', controller: 'virbr1' })] },
      { state: 'absent' },
      undefined,
      'REFUSED: guests are on network lan: veth1',
    ],
    [
      'guests on what goes',
      { lan: active, links: withGuest },
      { state: 'absent' },
      undefined,
      'REFUSED: guests are on network lan: web1 52:54:00:00:00:07 (vnet3)',
    ],
    [
      'a restart under guests that nobody asked for',
      { lan: active, links: withGuest },
      { mtu: 1400 },
      undefined,
      'REFUSED: mtu of network lan needs its restart, and guests are on it: web1 52:54:00:00:00:07 (vnet3)',
    ],
    [
      'a restart that would put the bridge of guests away',
      { lan: active, links: withGuest },
      { bridge: { name: 'virbr8' }, restart: 'allow' },
      undefined,
      'REFUSED: guests on network lan could not be plugged in again, since the bridge virbr1 becomes virbr8: web1 52:54:00:00:00:07 (vnet3)',
    ],
    [
      'a restart of what carries the SSH connection',
      { lan: active, links: withBridge },
      { mtu: 1400, restart: 'allow' },
      '10.9.1.1',
      'LIFELINE: mtu of network lan needs its restart, and it carries this SSH connection, which goes to 10.9.1.1',
    ],
    [
      'the SSH path on what stops',
      { lan: active, links: withBridge },
      { state: 'inactive', force: true },
      '10.9.1.1',
      'LIFELINE: network lan carries this SSH connection, which goes to 10.9.1.1',
    ],
    [
      'the SSH path in what starts',
      { links: [] },
      { ips: [{ address: '10.0.0.1/24' }] },
      '10.0.0.5',
      'LIFELINE: the addresses of network lan cover 10.0.0.5, which this SSH connection goes to',
    ],
    [
      'a link with the name of the bridge',
      { links: [eth0, link('virbr7')] },
      { bridge: { name: 'virbr7' } },
      undefined,
      'REFUSED: network lan cannot have the bridge virbr7: there is a link of that name',
    ],
    [
      'a network with that bridge',
      { other: { stored: other, autostart: false } },
      { bridge: { name: 'virbr1' }, state: 'defined' },
      undefined,
      'REFUSED: network lan cannot have the bridge virbr1: network other has it',
    ],
    [
      'a network with that UUID',
      { other: { stored: other, autostart: false } },
      { uuid: '11111111111141118111111111111111' },
      undefined,
      'REFUSED: network lan cannot have the UUID 11111111-1111-4111-8111-111111111111: network other has it',
    ],
    [
      'an address of the host',
      {},
      { ips: [{ address: '10.0.0.129/25' }] },
      undefined,
      'REFUSED: 10.0.0.129/25 of network lan overlaps an address or route of eth0',
    ],
    [
      'a route of the host',
      {
        links: [
          link('eth1', {
            ipv4: {
              ...none,
              routes: [
                { to: '10.9.0.0/16', via: '10.0.0.9' },
                { to: 'default', via: '10.0.0.1' },
              ],
            },
          }),
        ],
      },
      { ips },
      undefined,
      'REFUSED: 10.9.1.1/24 of network lan overlaps an address or route of eth1',
    ],
  ])('refuses %s', (_, have, params, sshAddress, message) => {
    const { refused, steps, predicted, state } = plan(have, params, sshAddress);
    expect(`${refused?.code}: ${refused?.message}`).toBe(message);
    expect(steps).toEqual([]);
    expect(predicted.links).toEqual(state.links);
  });

  it('foretells which bridge a tap is on after a restart, and with which MTU', () => {
    const { predicted, steps } = plan({ lan: active, links: withGuest }, { mtu: 1400, restart: 'allow' });
    expect(predicted.links.vnet3).toMatchObject({ controller: 'virbr1', mtu: 1400 });
    expect(steps.at(-1)!.argv.join(' ')).toBe('ip link set dev vnet3 mtu 1400 master virbr1');
  });

  it.each<[Have, Partial<NetworkParams>, string]>([
    [
      {},
      { forward: { mode: 'nat' } },
      'PARAM_CONFLICT: network lan: forward mode nat needs an address in ips',
    ],
    [
      {},
      { forward: { mode: 'private' } },
      'PARAM_CONFLICT: network lan: forward mode private needs forward.dev, forward.interfaces or forward.pf',
    ],
    [
      {},
      { forward: { mode: 'bridge' } },
      'PARAM_CONFLICT: network lan: forward mode bridge needs bridge.name, forward.dev, forward.interfaces or forward.pf',
    ],
    [
      { lan: active },
      { virtualport: { type: 'openvswitch' } },
      'PARAM_CONFLICT: network lan: virtualport is for forward mode bridge, private, vepa, passthrough and hostdev, not nat',
    ],
    [
      { lan: active },
      { uuid: '22222222-1111-4111-8111-111111111111' },
      'REFUSED: network lan has the UUID 11111111-1111-4111-8111-111111111111, which cannot change',
    ],
    [{}, { title: 'x' }, 'REQUIREMENT: title needs libvirt 9.7, the host has 9.0.0'],
    [
      {},
      { forward: { mode: 'hostdev' } },
      'PARAM_CONFLICT: network lan: forward mode hostdev needs forward.addresses or forward.pf',
    ],
    [
      {},
      { forward: { mode: 'hostdev', pf: 'eth0', driver: { model: 'x' } } },
      'REQUIREMENT: forward.driver.model needs libvirt 10.0, the host has 9.0.0',
    ],
    [
      {},
      { forward: { mode: 'open' } },
      'REQUIREMENT: forward mode open without ips needs libvirt 10.8, the host has 9.0.0',
    ],
    [
      {},
      { forward: { mode: 'bridge' }, bridge: { name: 'br0' }, vlan: { tags: [{ id: 5 }] } },
      'REQUIREMENT: vlan on a bridge that is not of Open vSwitch needs libvirt 11.0, the host has 9.0.0',
    ],
    [
      {},
      { dns: { forwarders: [{ addr: '192.0.2.1', port: 5353 }] } },
      'REQUIREMENT: port of a DNS forwarder needs libvirt 12.0, the host has 9.0.0',
    ],
  ])('%j does not take %j', (have, params, message) => {
    let found = '';
    try {
      plan(have, params);
    } catch (error) {
      found = `${(error as { code: string }).code}: ${(error as Error).message}`;
    }
    expect(found).toBe(message);
  });
});

describe('verification of a network', () => {
  const found = (lan: NetworkState) => stateOf({ lan, links: withBridge });

  it('finds what did not come about, and nothing else', () => {
    const planned = plan({ lan: active, links: withBridge }, { mtu: 1400, autostart: true });
    const without = parseNetwork(lanXml);
    const stored = { ...without, model: { ...without.model, mtu: 1400 } };
    const verify = (lan: NetworkState) =>
      world
        .verify(planned.goal, planned, found(lan))
        .map(({ field, want, stored: kept, live }) => [field, want, kept ?? live]);
    expect(verify({ stored, live: stored, autostart: true })).toEqual([]);
    expect(verify({ stored, live: without, autostart: true })).toEqual([['mtu', 1400, undefined]]);
    expect(verify({ stored: without, live: stored, autostart: true })).toEqual([['mtu', 1400, undefined]]);
    expect(verify({ stored, live: stored, autostart: false })).toEqual([['autostart', true, false]]);
    expect(verify({ stored, autostart: true })).toEqual([['state', 'active', 'inactive']]);
    const moved = { ...stored, model: { ...stored.model, description: 'not claimed' } };
    expect(verify({ stored: moved, live: moved, autostart: true })).toEqual([]);
  });

  it('does not miss what is pending', () => {
    const planned = plan({ lan: active, links: withGuest }, { mtu: 1400, restart: 'never' });
    const stored = planned.goal.state.libvirt[uri]!.networks.lan!.stored!;
    expect(
      world.verify(planned.goal, planned, found({ stored, live: definition, autostart: false })),
    ).toEqual([]);
  });
});
