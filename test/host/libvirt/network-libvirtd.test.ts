import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FieldDiff, Plan, Settings } from '../../../src/engine/module.ts';
import { checkParams } from '../../../src/engine/params.ts';
import { world } from '../../../src/host/index.ts';
import { differences } from '../../../src/host/libvirt/network-diff.ts';
import { findNetwork } from '../../../src/host/libvirt/network-goal.ts';
import type { HostState } from '../../../src/host/state.ts';
import { type NetworkParams, network } from '../../../src/modules/network/index.ts';
import { apply, observe } from '../../libvirt-tasks.ts';
import { guestXml, virshEach } from '../../libvirt-objects.ts';
import { type LibvirtHost, libvirtdMissing, startLibvirtd } from '../../libvirtd.ts';

const uri = 'qemu:///system';
const settings: Settings = { libvirtUri: uri, networkBackend: undefined };
const context = { settings, sshAddress: undefined, check: false };

/** Makes a guest that is started, and paused before its first instruction. */
const startGuest = (name: string, mac: string, on: string): string =>
  virshEach('create --paused', [
    guestXml(name, {
      devices: `<interface type='network'><mac address='${mac}'/><source network='${on}'/></interface>`,
    }),
  ]);

interface Run {
  readonly plan: Plan<HostState>;
  readonly after: HostState;
  readonly unmet: readonly FieldDiff[];
}

describe.skipIf(libvirtdMissing)(
  `networks on a real libvirtd (${libvirtdMissing ?? 'ready'})`,
  { timeout: 600_000 },
  () => {
    let host: LibvirtHost;

    beforeAll(async () => {
      host = await startLibvirtd();
      const { stderr } = await host.exec(
        'ip link add br0 type bridge; ip link set br0 up; for n in 1 2 3; do ip link add eth$n type veth peer name peer$n; ip link set eth$n up; done',
      );
      if (stderr !== '') throw new Error(stderr);
    });
    afterAll(() => host?.stop());

    const look = (params: NetworkParams) => observe(host, network.sources(params, settings));

    /** Takes the steps of the task. */
    async function run(params: NetworkParams): Promise<Run> {
      const options = { label: 'network', mode: 'runtime', check: network.check } as const;
      expect(checkParams(network.schema, params, options).problems).toEqual([]);
      const before = await look(params);
      const goal = network.goal(params, before, settings);
      const plan = world.plan(before, goal, context);
      if (plan.refused) throw plan.refused;
      for (const step of plan.steps) {
        const output = await apply(host, step);
        if (output.status !== 0)
          throw new Error(`${step.title}: ${output.stderr}\n${step.stdin ?? step.argv.join(' ')}`);
      }
      const after = await look(params);
      return { plan, after, unmet: world.verify(goal, plan, after) };
    }

    /** Applies the task; then all is as wanted and as predicted, and a second run has nothing to do. */
    async function converge(params: NetworkParams): Promise<Run & { titles: string[] }> {
      const done = await run(params);
      expect(done.unmet).toEqual([]);
      const name = params.name ?? /<name>(.*)<.name>/.exec(params.xml ?? '')![1]!;
      const predicted = findNetwork(done.plan.predicted, uri, name);
      const found = findNetwork(done.after, uri, name);
      const view = (one: typeof found) =>
        one && { stored: one.stored?.model, live: one.live?.model, autostart: one.autostart };
      expect(differences(view(predicted), view(found))).toEqual([]);
      const bridges = ({ links }: HostState) => Object.keys(links).filter((name) => name.startsWith('virbr'));
      if (typeof found?.live?.model.bridge?.name === typeof predicted?.live?.model.bridge?.name) {
        expect(bridges(done.plan.predicted)).toEqual(bridges(done.after));
      }
      const again = world.plan(done.after, network.goal(params, done.after, settings), context);
      expect(again.steps).toEqual([]);
      expect(again.diff).toEqual([]);
      expect(again.pending.map(({ field }) => field)).toEqual(done.plan.pending.map(({ field }) => field));
      return { ...done, titles: done.plan.steps.map(({ title }) => title) };
    }

    const lan: NetworkParams = {
      name: 'lan',
      forward: { mode: 'nat' },
      bridge: { name: 'virbr20' },
      ips: [
        {
          address: '192.168.20.1/24',
          dhcp: { ranges: [{ start: '192.168.20.100', end: '192.168.20.200' }] },
        },
      ],
    };

    it('creates, stops, starts, autostarts and removes a network', async () => {
      expect((await converge(lan)).titles).toEqual(['define network lan', 'start network lan']);
      expect((await converge({ name: 'lan', autostart: true })).titles).toEqual(['autostart network lan']);
      expect((await converge({ name: 'lan', state: 'inactive' })).titles).toEqual(['stop network lan']);
      expect((await converge({ name: 'lan', state: 'defined' })).titles).toEqual([]);
      expect((await converge({ name: 'lan' })).titles).toEqual(['start network lan']);
      expect((await converge({ name: 'lan', autostart: false })).titles).toEqual([
        'do not autostart network lan',
      ]);
      expect((await converge({ name: 'lan', state: 'absent' })).titles).toEqual([
        'stop network lan',
        'remove network lan',
      ]);
      expect((await converge({ name: 'lan', state: 'absent' })).titles).toEqual([]);
    });

    it('takes names and values as they are', async () => {
      const odd = `it's; "$(id)" & <b> \\ %s -x`;
      for (const name of [odd, '-x', 'autostart', '__proto__']) {
        const task: NetworkParams = {
          name,
          bridge: { name: 'virbr30' },
          dns: { txt: [{ name: 'a', value: odd }] },
        };
        await converge({ ...task, autostart: true });
        await converge({ ...task, dns: { txt: [{ name: 'a', value: `${odd} ` }] } });
        await converge({ name, state: 'absent' });
      }
    });

    describe('with guests on it', () => {
      const plug = (tap: string, bridge: string) =>
        host.exec(`ip tuntap add ${tap} mode tap && ip link set ${tap} master ${bridge}`);
      const unplug = (tap: string) => host.exec(`ip link del ${tap}`);
      const dhcp = (more: object) => ({ ...lan, ips: [{ ...lan.ips![0]!, dhcp: more }] }) as NetworkParams;

      it('changes live what net-update can, and leaves the rest for a restart', async () => {
        await converge(lan);
        await plug('vnet7', 'virbr20');
        const hosts = [
          { mac: '52:54:00:AA:00:01', ip: '192.168.20.10', name: 'web1' },
          { mac: '52:54:00:aa:00:02', ip: '192.168.20.11' },
          { ip: '192.168.20.12', name: 'web3' },
        ];
        const ranges = [{ start: '192.168.20.100', end: '192.168.20.200' }];
        const steps: [NetworkParams, string[]][] = [
          [
            dhcp({ ranges, hosts }),
            [
              'add ip-dhcp-host 192.168.20.10 in network lan',
              'add ip-dhcp-host 192.168.20.11 in network lan',
              'add ip-dhcp-host 192.168.20.12 in network lan',
            ],
          ],
          // Swapped addresses: each must go before the other comes
          [
            dhcp({
              ranges,
              hosts: [{ ...hosts[0], ip: '192.168.20.11' }, { ...hosts[1], ip: '192.168.20.10' }, hosts[2]],
            }),
            [
              'remove ip-dhcp-host 192.168.20.10 from network lan',
              'remove ip-dhcp-host 192.168.20.11 from network lan',
              'add ip-dhcp-host 192.168.20.10 in network lan',
              'add ip-dhcp-host 192.168.20.11 in network lan',
            ],
          ],
          [
            dhcp({ ranges, hosts: [hosts[2]!] }),
            [
              'remove ip-dhcp-host 192.168.20.10 from network lan',
              'remove ip-dhcp-host 192.168.20.11 from network lan',
            ],
          ],
          [
            dhcp({
              ranges: [{ start: '192.168.20.50', end: '192.168.20.60', lease: 7200 }, ...ranges],
              hosts: [hosts[2]!],
            }),
            [
              'remove ip-dhcp-range 192.168.20.100 from network lan',
              'add ip-dhcp-range 192.168.20.50 in network lan',
              'add ip-dhcp-range 192.168.20.100 in network lan',
            ],
          ],
          [
            dhcp({}),
            [
              'remove ip-dhcp-range 192.168.20.50 from network lan',
              'remove ip-dhcp-range 192.168.20.100 from network lan',
              'remove ip-dhcp-host 192.168.20.12 from network lan',
            ],
          ],
          [
            {
              name: 'lan',
              dns: {
                hosts: [
                  { ip: '192.168.20.9', hostnames: ['a', 'b'] },
                  { ip: '192.168.20.8', hostnames: ['b'] },
                ],
                txt: [{ name: 't', value: 'x, y "z" <&>' }],
                srv: [{ service: 's', protocol: 'tcp', target: 'a.b', port: 5 }],
              },
            },
            [
              'add dns-txt t in network lan',
              'add dns-srv s in network lan',
              'add dns-host 192.168.20.8 in network lan',
              'add dns-host 192.168.20.9 in network lan',
            ],
          ],
          [
            {
              name: 'lan',
              dns: {
                hosts: [{ ip: '192.168.20.9', hostnames: ['b'] }],
                txt: [{ name: 't', value: 'new' }],
                srv: [],
              },
            },
            [
              'remove dns-txt t from network lan',
              'remove dns-host 192.168.20.8 from network lan',
              'remove dns-host 192.168.20.9 from network lan',
              'remove dns-srv s from network lan',
              'add dns-txt t in network lan',
              'add dns-host 192.168.20.9 in network lan',
            ],
          ],
          [
            { name: 'lan', portgroups: [{ name: 'a', default: true }, { name: 'b' }] },
            ['add portgroup b in network lan', 'add portgroup a in network lan'],
          ],
          [
            { name: 'lan', portgroups: [{ name: 'a' }, { name: 'b', default: true }] },
            ['change portgroup a in network lan', 'change portgroup b in network lan'],
          ],
          [
            { name: 'lan', portgroups: [{ name: 'b', default: true, trust_guest_rx_filters: true }] },
            ['remove portgroup a from network lan', 'change portgroup b in network lan'],
          ],
        ];
        for (const [task, titles] of steps) {
          const done = await converge(task);
          expect(done.titles).toEqual(['define network lan', ...titles]);
          expect(done.plan.pending).toEqual([]);
        }
        const task: NetworkParams = { name: 'lan', bridge: { delay: 4 }, dns: { txt: [] } };
        await expect(run(task)).rejects.toMatchObject({
          code: 'REFUSED',
          message: 'bridge.delay of network lan needs its restart, and guests are on it: vnet7',
        });
        const left = await converge({ ...task, restart: 'never' });
        expect(left.titles).toEqual(['define network lan', 'remove dns-txt t from network lan']);
        expect(left.plan.pending).toEqual([
          {
            object: 'network lan',
            field: 'bridge.delay',
            want: 4,
            stored: 4,
            live: 0,
            until: 'restart of network lan',
          },
        ]);
        await expect(run({ name: 'lan', state: 'absent' })).rejects.toMatchObject({
          code: 'REFUSED',
          message: 'guests are on network lan: vnet7',
        });
        await unplug('vnet7');
        expect((await converge({ name: 'lan', restart: 'never', bridge: { delay: 4 } })).titles).toEqual([]);
        expect((await converge({ name: 'lan', bridge: { delay: 4 } })).titles).toEqual([
          'stop network lan',
          'start network lan',
        ]);
        await plug('vnet7', 'virbr20');
        expect((await converge({ name: 'lan', state: 'absent', force: true })).titles).toEqual([
          'stop network lan',
          'remove network lan',
        ]);
        await unplug('vnet7');
      });

      it('is restarted under running guests, and each is plugged in again', async () => {
        const isolated: NetworkParams = {
          name: 'iso',
          bridge: { name: 'virbr21' },
          forward: { mode: 'isolated' },
          ips: [{ address: '192.168.21.1/24' }],
          port_isolated: true,
        };
        await converge(isolated);
        for (const [index, name] of ['web1', "it's"].entries()) {
          const made = await host.exec(startGuest(name, `52:54:00:00:21:0${index}`, 'iso'));
          expect(made.stderr).toBe('');
        }
        const ports = async () =>
          Object.values((await look(isolated)).links)
            .filter(({ controller }) => controller === 'virbr21')
            .map(({ portFlags, mtu }) => ({ portFlags, mtu }));
        const port = { portFlags: { isolated: true }, mtu: 1500 };
        expect(await ports()).toEqual([port, port]);
        const nics = "it's 52:54:00:00:21:01 (vnet1), web1 52:54:00:00:21:00 (vnet0)".split(', ').reverse();
        await expect(run({ name: 'iso', mtu: 1400 })).rejects.toMatchObject({
          code: 'REFUSED',
          message: `mtu of network iso needs its restart, and guests are on it: ${nics.join(', ')}`,
        });
        expect((await converge({ name: 'iso', mtu: 1400, restart: 'allow' })).titles).toEqual([
          'define network iso',
          'stop network iso',
          'start network iso',
          ...nics.flatMap((nic) => [`plug ${nic} into virbr21 again`, `set port options of ${nic}`]),
        ]);
        expect(await ports()).toEqual([
          { ...port, mtu: 1400 },
          { ...port, mtu: 1400 },
        ]);
        await converge({ name: 'iso', port_isolated: false, forward: { mode: 'nat' }, restart: 'allow' });
        expect(await ports()).toEqual([{ mtu: 1400 }, { mtu: 1400 }]);
        await expect(
          run({ name: 'iso', bridge: { name: 'virbr22' }, restart: 'allow' }),
        ).rejects.toMatchObject({ code: 'REFUSED' });
        expect(await ports()).toHaveLength(2);
        await host.exec(`virsh -q destroy web1; virsh -q destroy "it's"`);
        await converge({ name: 'iso', state: 'absent' });
      });

      it('takes a document, and its own output is no change', async () => {
        const xml = `<network xmlns:dnsmasq="http://libvirt.org/schemas/network/dnsmasq/1.0">
  <name>doc</name>
  <metadata><a:b xmlns:a="urn:a">c</a:b></metadata>
  <forward mode="nat"/>
  <ip address="192.168.31.1" netmask="255.255.255.0">
    <dhcp><range start="192.168.31.10" end="192.168.31.20"><lease expiry="2" unit="hours"/></range></dhcp>
  </ip>
  <dnsmasq:options><dnsmasq:option value="log-queries"/></dnsmasq:options>
</network>`;
        const first = await converge({ xml });
        expect(first.titles).toEqual(['define network doc', 'start network doc']);
        const { stdout: stored } = await host.exec('virsh -q net-dumpxml doc --inactive');
        const { stdout: live } = await host.exec('virsh -q net-dumpxml doc');
        expect((await converge({ xml: stored })).titles).toEqual([]);
        expect((await converge({ xml: live })).titles).toEqual([]);
        const identity = (text: string) => text.match(/<uuid>.*<.uuid>|<bridge name='\w+'|<mac .*>/g);
        const changed = await converge({ xml: xml.replace('hours', 'minutes').replace(/<metadata>.*/, '') });
        expect(changed.titles).toEqual([
          'define network doc',
          'remove ip-dhcp-range 192.168.31.10 from network doc',
          'add ip-dhcp-range 192.168.31.10 in network doc',
        ]);
        const { stdout: after } = await host.exec('virsh -q net-dumpxml doc --inactive');
        expect(identity(after)).toEqual(identity(stored));
        expect(after).not.toContain('urn:a');
        await converge({ xml, state: 'absent' });
      });

      it('changes a pool of interfaces live only while no guest is on it', async () => {
        const pool = (...interfaces: string[]): NetworkParams => ({
          name: 'pool',
          forward: { mode: 'bridge', interfaces },
        });
        await converge(pool('eth1'));
        expect((await converge(pool('eth2', 'eth1'))).titles).toEqual([
          'define network pool',
          'remove forward-interface eth1 from network pool',
          'add forward-interface eth2 in network pool',
          'add forward-interface eth1 in network pool',
        ]);
        await host.exec('ip link add link eth1 name macvtap7 type macvtap mode bridge');
        const done = await converge({ ...pool('eth2'), restart: 'never' });
        expect(done.titles).toEqual(['define network pool']);
        expect(done.plan.pending.map(({ field }) => field)).toEqual(['forward.interfaces']);
        await host.exec('ip link del macvtap7');
        await converge({ name: 'pool', state: 'absent' });
      });

      it('changes the hosts of the second of two addresses', async () => {
        const two = (...hosts: object[]): NetworkParams => ({
          name: 'two',
          forward: { mode: 'isolated' },
          bridge: { name: 'virbr8' },
          ips: [
            { address: '10.9.1.1/24' },
            { address: 'fd00:9::1/64', dhcp: { hosts } },
          ] as NetworkParams['ips'],
        });
        const a = { id: '00:03:00:01:52:54:00:00:00:01', ip: 'fd00:9::2', name: 'a' };
        const b = { ip: 'fd00:9::3', name: 'b', lease: 900 };
        await converge(two(a));
        await plug('vnet8', 'virbr8');
        expect((await converge(two(a, b))).titles).toEqual([
          'define network two',
          'add ip-dhcp-host fd00:9::3 in network two',
        ]);
        expect((await converge(two(b))).titles).toEqual([
          'define network two',
          'remove ip-dhcp-host fd00:9::2 from network two',
        ]);
        await unplug('vnet8');
        await converge({ name: 'two', state: 'absent' });
      });

      it('makes a transient network persistent, and keeps what it does not know', async () => {
        await host.exec(
          `echo "<network><name>tr</name><metadata><x:y xmlns:x='urn:x'>z</x:y></metadata><bridge name='virbr9'/></network>" | virsh -q net-create /dev/stdin`,
        );
        const done = await converge({ name: 'tr', autostart: true });
        expect(done.titles).toEqual(['define network tr', 'autostart network tr']);
        expect(done.after.libvirt[uri]!.networks.tr!.stored!.xml).toContain('<x:y xmlns:x="urn:x">z</x:y>');
        await converge({ name: 'tr', state: 'absent' });
      });
    });

    describe.each<[string, NetworkParams[]]>([
      [
        'nat',
        [
          {
            name: 'm',
            forward: { mode: 'nat', nat: { ports: { start: 2000, end: 3000 } } },
            ips: [{ address: '10.9.1.1/24' }],
          },
          { name: 'm', forward: { nat: { addresses: { start: '192.0.2.1', end: '192.0.2.9' } } } },
          { name: 'm', forward: { dev: 'eth1' } },
          {
            name: 'm',
            forward: { mode: 'nat', nat: { ipv6: true } },
            ips: [
              { address: '10.9.1.1', netmask: '255.255.255.0' },
              {
                address: 'fd00:9::1',
                prefix: 64,
                dhcp: { ranges: [{ start: 'fd00:9::10', end: 'fd00:9::20' }] },
              },
            ],
          },
          { name: 'm', bridge: { stp: false, delay: 3 } },
          { name: 'm', mtu: 1400, mac: '52:54:00:AA:00:01', domain: { name: 'm.test', local_only: true } },
          {
            name: 'm',
            bridge: { name: 'virbr55' },
            routes: [{ to: '10.77.0.0/16', via: '10.9.1.7', metric: 5 }],
          },
          { name: 'm', ipv6: true, port_isolated: true, trust_guest_rx_filters: true },
          {
            name: 'm',
            routes: [],
            ips: [
              {
                address: '10.9.2.1/24',
                local_ptr: true,
                tftp: { root: '/var' },
                dhcp: {
                  ranges: [{ start: '10.9.2.9', end: '10.9.2.20', lease: 3600 }],
                  bootp: { file: 'pxe.img', server: '10.9.2.1' },
                },
              },
            ],
          },
          { name: 'm', forward: { mode: 'route' } },
          { name: 'm', forward: { mode: 'isolated' } },
          { name: 'm', ips: [] },
          { name: 'm', forward: { mode: 'open' }, ips: [{ address: '10.9.2.1/24' }] },
          { name: 'm', forward: { mode: 'bridge' }, bridge: { name: 'br0' } },
        ],
      ],
      ['route', [{ name: 'm', forward: { mode: 'route', dev: 'eth1' }, ips: [{ address: '10.9.1.1/24' }] }]],
      ['open', [{ name: 'm', forward: { mode: 'open' }, ips: [{ address: '10.9.1.1/24' }] }]],
      [
        'isolated',
        [
          { name: 'm' },
          { name: 'm', dns: { enable: false } },
          {
            name: 'm',
            dns: {
              enable: true,
              forward_plain_names: false,
              forwarders: [{ addr: '192.0.2.53', domain: 'x.test' }],
            },
          },
          { name: 'm', dnsmasq_options: ['log-queries'] },
          { name: 'm', dnsmasq_options: [] },
          { name: 'm', forward: { mode: 'isolated' }, ips: [{ address: '10.9.1.1/24' }] },
          { name: 'm', bridge: { mac_table_manager: 'kernel', delay: 2 } },
          {
            name: 'm',
            portgroups: [
              { name: 'a', default: true },
              { name: 'b', trust_guest_rx_filters: true },
            ],
          },
        ],
      ],
      [
        'bridge',
        [
          { name: 'm', forward: { mode: 'bridge' }, bridge: { name: 'br0' } },
          {
            name: 'm',
            portgroups: [
              { name: 'fast', bandwidth: { inbound: { average: 1000, peak: 5000, burst: 1024 } } },
            ],
          },
          {
            name: 'm',
            virtualport: { type: 'openvswitch' },
            vlan: { tags: [{ id: 5 }, { id: 6, native_mode: 'untagged' }] },
          },
          {
            name: 'm',
            forward: { mode: 'nat' },
            bridge: { name: 'virbr5' },
            ips: [{ address: '10.9.1.1/24' }],
          },
        ],
      ],
      [
        'macvtap bridge',
        [
          { name: 'm', forward: { mode: 'bridge', interfaces: ['eth1', 'eth2'] } },
          { name: 'm', forward: { interfaces: ['eth2', 'eth3'] } },
          { name: 'm', forward: { mode: 'private' } },
          { name: 'm', forward: { mode: 'passthrough', dev: 'eth1' } },
          { name: 'm', forward: { mode: 'bridge', dev: 'eth1' }, trust_guest_rx_filters: true },
        ],
      ],
      ['private', [{ name: 'm', forward: { mode: 'private', dev: 'eth1' } }]],
      [
        'vepa',
        [
          {
            name: 'm',
            forward: { mode: 'vepa', interfaces: ['eth1'] },
            virtualport: { type: '802.1Qbg', managerid: '11', typeid: '1193047', typeidversion: '2' },
          },
        ],
      ],
      [
        'passthrough',
        [{ name: 'm', forward: { mode: 'passthrough', interfaces: ['eth1', 'eth2', 'eth3'] } }],
      ],
    ])('mode %s', (_, tasks) => {
      it('is created, changed step by step, stopped, started and removed', async () => {
        for (const task of tasks) await converge(task);
        await converge({ name: 'm', state: 'inactive' });
        await converge({ ...tasks[0]!, state: 'defined' });
        await converge({ name: 'm' });
        await converge({ name: 'm', state: 'absent' });
      });
    });
  },
);
