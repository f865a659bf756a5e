import * as fc from '../../../fast-check.ts';
import { describe, expect, it } from 'vitest';
import type { FileChange } from '../../../../src/host/interfaces/backends/backend.ts';
import { networkmanager } from '../../../../src/host/interfaces/backends/networkmanager/index.ts';
import type { BackendFacts, Files, Profile, Stored } from '../../../../src/host/interfaces/profile.ts';
import { definitions } from './definitions.ts';
import { expressible } from './networkmanager.ts';

const ETC = '/etc/NetworkManager/system-connections';
const facts: BackendFacts = {
  active: true,
  facts: {
    active: 'yes',
    device: [
      'eth0 52:54:00:00:00:01 physical 22222222-2222-2222-2222-222222222222',
      'eth1 52:54:00:00:00:02 physical -',
      'v1 52:54:00:00:00:02 virtual -',
    ].join('\n'),
  },
};

const file = (content: string, mode = 0o600): Files[string] => ({ content, mode, uid: 0, gid: 0 });

const filesOf = (contents: Readonly<Record<string, string>>): Files =>
  Object.fromEntries(Object.entries(contents).map(([name, content]) => [name, file(content)]));

const storedOf = (files: Files, about = facts): Stored => {
  const profiles: Record<string, Profile[]> = {};
  for (const profile of networkmanager.parse(files, about)) profiles[profile.name] = [profile];
  return { backends: { networkmanager: about }, files, profiles };
};

const apply = (files: Files, changes: readonly FileChange[]): Files => {
  const next = { ...files };
  for (const { path, content, mode } of changes) {
    if (content === undefined) delete next[path];
    else next[path] = file(content, mode);
  }
  return next;
};

const write = (files: Files, set: readonly Profile[], remove: readonly string[] = []): Files =>
  apply(files, networkmanager.write(storedOf(files), { set, remove }));

const profile = (fields: Partial<Profile> & Pick<Profile, 'name'>): Profile => ({
  kind: 'ethernet',
  backend: 'networkmanager',
  onboot: 'onboot',
  at: [],
  ours: true,
  ...fields,
});

const meaning = ({ at: _, ours: __, backend: ___, ...rest }: Profile): unknown => rest;

/** One connection, as a person or nmcli wrote it. */
const read = (text: string, name = 'some.nmconnection'): unknown[] =>
  networkmanager.parse(filesOf({ [`${ETC}/${name}`]: text }), facts).map(meaning);

const refusal = (set: Profile, about = facts, files: Files = {}): string => {
  try {
    networkmanager.write(storedOf(files, about), { set: [set], remove: [] });
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
  return 'written';
};

describe('reads what people and nmcli write', () => {
  it('an ethernet with addresses, routes, rules and name servers', () => {
    expect(
      read(`
[connection]
id=Uplink
uuid=0D7A9C0E-0000-4000-8000-000000000001
type=ethernet
interface-name=eth0
autoconnect-priority=5
timestamp=1700000000

[ethernet]
mtu=9000
cloned-mac-address=52:54:00:AA:BB:CC
wake-on-lan=64

[ipv4]
address1=192.0.2.5/24,192.0.2.1
address2=192.0.2.6/24
dns=192.0.2.53;192.0.2.54;
dns-search=example.com;lab;
ignore-auto-dns=true
method=manual
route-metric=0
route1=198.51.100.0/24,192.0.2.9,50
route1_options=table=200,src=192.0.2.5
route2=203.0.113.0/24
route3=203.0.113.9/32,192.0.2.9,7
route3_options=onlink=true
routing-rule1=priority 100 from 192.0.2.0/24 table 200
routing-rule2=priority 101 fwmark 0x1 table 200

[ipv6]
addr-gen-mode=default
method=auto
`),
    ).toEqual([
      {
        name: 'eth0',
        kind: 'ethernet',
        onboot: 'onboot',
        mtu: 9000,
        mac: '52:54:00:aa:bb:cc',
        uuid: '0d7a9c0e-0000-4000-8000-000000000001',
        ipv4: {
          addresses: ['192.0.2.5/24', '192.0.2.6/24'],
          gateway: '192.0.2.1',
          peerdns: false,
          dns: { servers: ['192.0.2.53', '192.0.2.54'], search: ['example.com', 'lab'] },
          routes: [
            { to: '198.51.100.0/24', via: '192.0.2.9', table: 200, metric: 50, src: '192.0.2.5' },
            { to: '203.0.113.0/24' },
          ],
          rules: [{ from: '192.0.2.0/24', table: 200, priority: 100 }],
        },
        ipv6: { dhcp: true, autoconf: true },
        extra: [
          'connection/id=Uplink',
          'connection/autoconnect-priority=5',
          'connection/timestamp=1700000000',
          'ethernet/wake-on-lan=64',
          'ipv4/route3=203.0.113.9/32,192.0.2.9,7',
          'ipv4/route3_options=onlink=true',
          'ipv4/routing-rule2=priority 101 fwmark 0x1 table 200',
          'ipv6/addr-gen-mode=default',
        ],
      },
    ]);
  });

  it.each([
    ['ethernet', 100],
    ['bond', 300],
    ['bridge', 425],
  ] as const)('metrics of routes of an %s, which are not the kernel’s', (kind, metric) => {
    const [found] = read(`[connection]
type=${kind}
interface-name=x0
[ipv4]
method=manual
addresses=192.0.2.5/24
gateway=192.0.2.1
route1=198.51.100.0/24,192.0.2.9
`) as Profile[];
    expect(found?.ipv4).toEqual({
      addresses: ['192.0.2.5/24'],
      routes: [
        { to: 'default', via: '192.0.2.1', metric },
        { to: '198.51.100.0/24', via: '192.0.2.9', metric },
      ],
    });
  });

  it('a bridge: STP is on and the delay 15 s unless it says otherwise', () => {
    const bridge = (lines: string): unknown =>
      (read(`[connection]\ntype=bridge\ninterface-name=br0\n[bridge]\n${lines}`)[0] as Profile).bridge;
    expect(bridge('ageing-time=100\npriority=4096\nvlan-filtering=true\nmulticast-snooping=false\n')).toEqual(
      {
        stp: true,
        forward_delay: 15,
        ageing_time: 100,
        priority: 4096,
        vlan_filtering: true,
        mcast_snooping: false,
      },
    );
    expect(bridge('stp=false\nforward-delay=2\ngroup-forward-mask=0x4000\n')).toEqual({
      stp: false,
      forward_delay: 2,
      group_fwd_mask: 0x4000,
    });
  });

  it('a bond by numbers, a VLAN on it by UUID, ports by either name of the keys', () => {
    const uuid = '33333333-3333-3333-3333-333333333333';
    const found = networkmanager.parse(
      filesOf({
        [`${ETC}/b`]: `[connection]\ntype=bond\nuuid=${uuid}\ninterface-name=bond0\n[bond]\nmode=1\nmiimon=100\nuse_carrier=0\nlacp_rate=1\nnum_grat_arp=3\narp_ip_target=192.0.2.1,192.0.2.2\n`,
        [`${ETC}/v`]: `[connection]\ntype=vlan\n[vlan]\nid=20\nparent=${uuid}\nflags=2\n[ipv4]\nmethod=disabled\n`,
        [`${ETC}/p`]: `[connection]\ntype=802-3-ethernet\ninterface-name=eth0\nmaster=${uuid}\nslave-type=bond\n[802-3-ethernet]\nmtu=1400\n`,
        [`${ETC}/q`]: `[connection]\ntype=ethernet\ninterface-name=eth1\ncontroller=bond0\nport-type=bond\n[bond-port]\nqueue-id=2\n`,
      }),
      facts,
    );
    expect(found.map(meaning)).toEqual([
      {
        name: `${uuid}.20`,
        kind: 'vlan',
        onboot: 'onboot',
        parent: 'bond0',
        vlan: { id: 20, reorder_hdr: false },
        ipv6: { dhcp: true, autoconf: true },
        extra: ['vlan/flags=2'],
      },
      {
        name: 'bond0',
        kind: 'bond',
        onboot: 'onboot',
        uuid,
        bond: {
          mode: 'active-backup',
          miimon: 100,
          use_carrier: false,
          lacp_rate: 'fast',
          arp_targets: ['192.0.2.1', '192.0.2.2'],
        },
        ipv4: { dhcp: true },
        ipv6: { dhcp: true, autoconf: true },
        extra: ['bond/num_grat_arp=3'],
      },
      { name: 'eth0', kind: 'ethernet', onboot: 'onboot', mtu: 1400, controller: 'bond0' },
      {
        name: 'eth1',
        kind: 'ethernet',
        onboot: 'onboot',
        controller: 'bond0',
        extra: ['bond-port/queue-id=2'],
      },
    ]);
  });

  it('a connection for a MAC address, of the hardware that has it', () => {
    const [found] = read(
      '[connection]\ntype=ethernet\n[ethernet]\nmac-address=52:54:00:00:00:02\n',
    ) as Profile[];
    expect(found?.name).toBe('eth1');
    expect(found?.extra).toEqual(['ethernet/mac-address=52:54:00:00:00:02']);
  });

  it('of several connections of one interface the active one, else the one of highest priority', () => {
    const one = (uuid: string, name: string, more = ''): string =>
      `[connection]\nid=${uuid[0]}\nuuid=${uuid}\ntype=ethernet\ninterface-name=${name}\n${more}`;
    const ids = (files: Readonly<Record<string, string>>): unknown =>
      networkmanager.parse(filesOf(files), facts).map(({ at }) => at[0]?.file);
    expect(
      ids({
        [`${ETC}/a`]: one('11111111-1111-1111-1111-111111111111', 'eth0', 'autoconnect-priority=9\n'),
        [`${ETC}/b`]: one('22222222-2222-2222-2222-222222222222', 'eth0'),
      }),
    ).toEqual([`${ETC}/b`]);
    expect(
      ids({
        [`${ETC}/a`]: one('11111111-1111-1111-1111-111111111111', 'eth1'),
        [`${ETC}/b`]: one('33333333-3333-3333-3333-333333333333', 'eth1', 'autoconnect-priority=9\n'),
        [`${ETC}/c`]: one('44444444-4444-4444-4444-444444444444', 'eth1', 'autoconnect=false\n'),
      }),
    ).toEqual([`${ETC}/b`]);
  });

  it.each<[string, { path: string; mode: number; text?: string }]>([
    ['that others can read', { path: `${ETC}/a`, mode: 0o644 }],
    ['that is a backup', { path: `${ETC}/a~`, mode: 0o600 }],
    ['for any device', { path: `${ETC}/a`, mode: 0o600, text: '[connection]\ntype=ethernet\n' }],
    ['of wifi', { path: `${ETC}/a`, mode: 0o600, text: '[connection]\ntype=wifi\ninterface-name=wlan0\n' }],
    [
      'that netplan generated',
      { path: '/run/NetworkManager/system-connections/netplan-eth0.nmconnection', mode: 0o600 },
    ],
    [
      'that NetworkManager made up',
      {
        path: '/run/NetworkManager/system-connections/a.nmconnection',
        mode: 0o600,
        text: '[connection]\ntype=ethernet\ninterface-name=eth0\n[.nmmeta]\nnm-generated=true\n',
      },
    ],
  ])('not a file %s', (_, { path, mode, text = '[connection]\ntype=ethernet\ninterface-name=eth0\n' }) => {
    expect(networkmanager.parse({ [path]: file(text, mode) }, facts)).toEqual([]);
  });
});

describe('writes', () => {
  it('a bridge with an address', () => {
    const files = write({}, [
      profile({
        name: 'br0',
        kind: 'bridge',
        label: 'guests; all',
        bridge: { stp: false, forward_delay: 2 },
        ipv4: { addresses: ['192.0.2.5/24'], gateway: '192.0.2.1', dns: { servers: ['192.0.2.53'] } },
      }),
      profile({ name: 'eth0', controller: 'br0' }),
    ]);
    expect(files[`${ETC}/wirebook-br0.nmconnection`]?.mode).toBe(0o600);
    expect(files[`${ETC}/wirebook-br0.nmconnection`]?.content).toMatchInlineSnapshot(`
      "# Managed by wirebook
      [connection]
      id=br0
      uuid=78a1725a-8f64-5ebf-be7f-da552aabe1dc
      type=bridge
      interface-name=br0

      [bridge]
      stp=false
      forward-delay=2

      [ipv4]
      method=manual
      address1=192.0.2.5/24
      gateway=192.0.2.1
      route-metric=0
      dns=192.0.2.53;

      [ipv6]
      method=ignore

      [user]
      wirebook.label=guests; all
      "
    `);
    expect(files[`${ETC}/wirebook-eth0.nmconnection`]?.content).toMatchInlineSnapshot(`
      "# Managed by wirebook
      [connection]
      id=eth0
      uuid=69996b8e-b634-5d59-976e-13c2589ebcad
      type=ethernet
      interface-name=eth0
      master=br0
      slave-type=bridge
      "
    `);
  });

  it('every definition such that it is read back as it is', () => {
    fc.assert(
      fc.property(definitions('networkmanager'), (all) => {
        const wanted = expressible(all);
        const found = networkmanager.parse(write({}, wanted), { active: false, facts: {} });
        const sorted = [...wanted].sort((a, b) => (a.name < b.name ? -1 : 1));
        expect(found.map(meaning)).toEqual(sorted.map(meaning));
        expect(found.every(({ ours }) => ours)).toBe(true);
      }),
      { numRuns: 150, seed: 1 },
    );
  }, 120_000);

  it('a gateway beside DHCP as a route, since NetworkManager takes it no other way', () => {
    const files = write({}, [profile({ name: 'eth0', ipv4: { dhcp: true, gateway: '192.0.2.1' } })]);
    const text = files[`${ETC}/wirebook-eth0.nmconnection`]!.content;
    expect(text).toContain('[ipv4]\nmethod=auto\nroute1=0.0.0.0/0,192.0.2.1,0\n');
    expect(networkmanager.parse(files, facts)[0]?.ipv4).toEqual({ dhcp: true, gateway: '192.0.2.1' });
  });

  it('nothing where a definition is as it is to be, and no other file', () => {
    const files = write({}, [profile({ name: 'eth0', mtu: 1400 }), profile({ name: 'eth1' })]);
    const stored = storedOf(files);
    expect(networkmanager.write(stored, { set: [profile({ name: 'eth0', mtu: 1400 })], remove: [] })).toEqual(
      [],
    );
    expect(
      networkmanager
        .write(stored, { set: [profile({ name: 'eth0', mtu: 1401 })], remove: [] })
        .map(({ path }) => path),
    ).toEqual([`${ETC}/wirebook-eth0.nmconnection`]);
  });

  it('a definition taken over in place of the file it stood in, with its UUID and what else it said', () => {
    const text = `[connection]
id=Wired 1
uuid=0d7a9c0e-0000-4000-8000-000000000001
type=ethernet
interface-name=eth0
zone=trusted

[ipv4]
method=auto
dhcp-client-id=me

[proxy]
`;
    const files = filesOf({ [`${ETC}/Wired 1.nmconnection`]: text });
    const [before] = networkmanager.parse(files, facts);
    expect(before?.ours).toBe(false);
    const after = write(files, [{ ...before!, ours: true, mtu: 1400 }]);
    expect(Object.keys(after)).toEqual([`${ETC}/wirebook-eth0.nmconnection`]);
    const [again] = networkmanager.parse(after, facts);
    expect(meaning(again!)).toEqual({ ...(meaning(before!) as object), mtu: 1400 });
    expect(again?.ours).toBe(true);
  });

  it('ports that start with their controller, and follow it', () => {
    const bridge = (onboot: Profile['onboot']): Profile =>
      profile({ name: 'br0', kind: 'bridge', onboot, bridge: { stp: false, forward_delay: 2 } });
    const files = write({}, [
      bridge('none'),
      { ...profile({ name: 'eth0', controller: 'br0' }), onboot: undefined! },
    ]);
    const starts = (all: Files): unknown =>
      networkmanager.parse(all, facts).map(({ name, onboot }) => [name, onboot]);
    expect(starts(files)).toEqual([
      ['br0', 'none'],
      ['eth0', 'none'],
    ]);
    expect(starts(write(files, [bridge('onboot')]))).toEqual([
      ['br0', 'onboot'],
      ['eth0', 'onboot'],
    ]);
  });

  it('a removal of all that stands there', () => {
    const files = write({}, [profile({ name: 'eth0' }), profile({ name: 'eth1' })]);
    expect(Object.keys(write(files, [], ['eth0']))).toEqual([`${ETC}/wirebook-eth1.nmconnection`]);
  });
});

describe('refuses', () => {
  const conf = (name: string, text: string): Files => ({
    [`/etc/NetworkManager/${name}`]: file(text, 0o644),
  });

  it.each([
    ['unmanaged-devices=interface-name:eth0', true],
    ['unmanaged-devices=interface-name:eth*;mac:00:00:00:00:00:00', true],
    ['unmanaged-devices=mac:52:54:00:00:00:01', true],
    ['unmanaged-devices=type:ethernet', true],
    ['unmanaged-devices=*,except:interface-name:eth0', false],
    ['unmanaged-devices=*,except:interface-name:eth1', true],
    ['unmanaged-devices=interface-name:eth1', false],
    ['unmanaged-devices=eth0\nunmanaged-devices-=eth0', false],
    ['unmanaged-devices=driver:veth', false],
  ])('what NetworkManager is told to leave alone: %s', (line, refused) => {
    const message = refusal(
      profile({ name: 'eth0' }),
      facts,
      conf('conf.d/lab.conf', `[main]\n[keyfile]\n${line}\n`),
    );
    const told =
      'REQUIREMENT: NetworkManager is told to leave eth0 alone, in /etc/NetworkManager/conf.d/lab.conf:3';
    expect(message).toBe(refused ? told : 'written');
  });

  it('a device section that says so, unless a file of the same name hides it', () => {
    const text = '[device-lab]\nmatch-device=interface-name:eth0\nmanaged=0\n';
    const files = { '/usr/lib/NetworkManager/conf.d/a.conf': file(text, 0o644) };
    expect(refusal(profile({ name: 'eth0' }), facts, files)).toContain('conf.d/a.conf:3');
    expect(refusal(profile({ name: 'eth0' }), facts, { ...files, ...conf('conf.d/a.conf', '') })).toBe(
      'written',
    );
  });

  it.each<[string, Partial<Profile>, string]>([
    [
      'a rule without priority',
      { ipv4: { addresses: ['192.0.2.5/24'], rules: [{ from: '192.0.2.0/24' }] } },
      'REQUIREMENT: NetworkManager needs a priority for each rule of eth0',
    ],
    [
      'a gateway without addresses',
      { ipv4: { gateway: '192.0.2.1' } },
      'REQUIREMENT: NetworkManager keeps no ipv4.gateway for eth0 without an address',
    ],
    [
      'a name server of the other family',
      { ipv4: { dhcp: true, dns: { servers: ['2001:db8::1'] } } },
      'REQUIREMENT: name server 2001:db8::1 is not one of ipv4 of eth0',
    ],
    [
      'router advertisements by halves',
      { ipv6: { autoconf: false, accept_ra: 1 } },
      'REQUIREMENT: NetworkManager takes addresses and routes from router advertisements, or neither',
    ],
    [
      'a port of nothing',
      { controller: 'br9' },
      'REQUIREMENT: NetworkManager has no definition of br9, of which eth0 is a port',
    ],
    [
      'a primary that only NetworkManager refuses',
      { kind: 'bond', bond: { mode: 'balance-tlb', primary: 'eth1' } },
      'REQUIREMENT: NetworkManager takes no primary with mode balance-tlb',
    ],
  ])('%s', (_, fields, message) => {
    expect(refusal(profile({ name: 'eth0', ...fields }))).toBe(message);
  });

  it('bonds where Debian’s hooks of ifenslave would take them apart', () => {
    const about = { ...facts, facts: { ...facts.facts, ifenslave: 'yes' } };
    expect(refusal(profile({ name: 'bond0', kind: 'bond' }), about)).toContain('hooks of ifenslave');
    expect(refusal(profile({ name: 'eth0' }), about)).toBe('written');
  });
});
