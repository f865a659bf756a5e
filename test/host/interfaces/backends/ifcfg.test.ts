import { spawnSync } from 'node:child_process';
import * as fc from '../../../fast-check.ts';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../../../src/engine/module.ts';
import type { Activation, FileChange } from '../../../../src/host/interfaces/backends/backend.ts';
import { ifcfg } from '../../../../src/host/interfaces/backends/ifcfg/index.ts';
import { readVariables } from '../../../../src/host/interfaces/backends/ifcfg/variables.ts';
import type { Links } from '../../../../src/host/interfaces/link.ts';
import type { BackendFacts, Files, Profile, Stored } from '../../../../src/host/interfaces/profile.ts';
import { definitions } from './definitions.ts';
import { hasPairs, type Node, pairs } from './netcf.ts';

const FOLDER = '/etc/sysconfig/network-scripts';
const scripts: BackendFacts = { active: true, facts: { nm: 'no' } };
const managed: BackendFacts = { active: true, facts: { nm: 'yes' } };

const filesOf = (contents: Readonly<Record<string, string>>): Files =>
  Object.fromEntries(
    Object.entries(contents).map(([name, content]) => [
      `${FOLDER}/${name}`,
      { content, mode: 0o644, uid: 0, gid: 0 },
    ]),
  );

const storedOf = (files: Files, facts = scripts): Stored => {
  const profiles: Record<string, Profile[]> = {};
  for (const profile of ifcfg.parse(files, facts)) profiles[profile.name] = [profile];
  return { backends: { ifcfg: facts }, files, profiles };
};

const apply = (files: Files, changes: readonly FileChange[]): Files => {
  const next = { ...files };
  for (const { path: name, content } of changes) {
    if (content === undefined) delete next[name];
    else next[name] = { content, mode: 0o644, uid: 0, gid: 0 };
  }
  return next;
};

const write = (
  files: Files,
  set: readonly Profile[],
  remove: readonly string[] = [],
  facts = scripts,
): Files => apply(files, ifcfg.write(storedOf(files, facts), { set, remove }));

const profile = (fields: Partial<Profile> & Pick<Profile, 'name'>): Profile => ({
  kind: 'ethernet',
  backend: 'ifcfg',
  onboot: 'onboot',
  at: [],
  ours: true,
  ...fields,
});

const meaning = ({ at: _, ours: __, ...rest }: Profile): unknown => rest;
const contents = (files: Files): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([path, { content }]) => [path.slice(FOLDER.length + 1), content]),
  );

describe('values', () => {
  const hasShell = spawnSync('sh', ['-c', ':']).status === 0;

  it.skipIf(!hasShell)('are read as a shell reads them', () => {
    const text = [
      `A=plain # comment`,
      `B="two words"`,
      `C='single "quoted"'`,
      `D="a \\"b\\" \\$c"`,
      `E=pre'fix'"ed"\\ x`,
      `F=`,
      `export G=ex`,
      `H=once`,
      `H=twice`,
    ].join('\n');
    const shell = spawnSync('sh', ['-c', `${text}\nprintf '%s\\n' "$A" "$B" "$C" "$D" "$E" "$F" "$G" "$H"`], {
      encoding: 'utf8',
    });
    const read = new Map(readVariables(text).map(({ key, value }) => [key, value]));
    expect([...'ABCDEFGH'].map((key) => read.get(key))).toEqual(shell.stdout.split('\n').slice(0, -1));
    expect(readVariables('X=$HOME\nY=`id`\nZ=a;b')).toMatchObject(Array(3).fill({ value: undefined }));
  });

  it.skipIf(!hasShell)('are written as a shell reads them', () => {
    const labels = fc.string({ unit: fc.constantFrom(...'ab \'"$`\\;&='), maxLength: 12 });
    fc.assert(
      fc.property(labels, (search) => {
        const files = write({}, [profile({ name: 'e', ipv4: { dns: { search: [`x${search}`] } } })]);
        const text = contents(files)['ifcfg-e']!;
        const shell = spawnSync('sh', ['-c', `${text}\nprintf %s "$DOMAIN"`], { encoding: 'utf8' });
        expect(shell.stdout).toBe(`x${search}`);
      }),
      { numRuns: 60 },
    );
  });
});

describe('reads what people write', () => {
  it('addresses of all spellings, routes of both, and what it does not know', () => {
    const files = filesOf({
      'ifcfg-System_eth0': `# by hand
NAME="System eth0"
DEVICE=eth0
HWADDR=AA:BB:CC:DD:EE:FF
BOOTPROTO=static
IPADDR=192.0.2.1
NETMASK=255.255.255.0
IPADDR1=192.0.2.2
PREFIX1=25
GATEWAY=192.0.2.254
DNS1=192.0.2.53
DNS2=2001:db8::53
DOMAIN="example.com lab"
IPV6INIT=yes
IPV6ADDR=2001:DB8::1
IPV6ADDR_SECONDARIES="2001:db8::2/64 2001:db8::3/128"
IPV6_DEFAULTGW=fe80::1%eth0
ETHTOOL_OPTS="speed 1000 duplex full"
SECRET=$(cat /etc/secret)
`,
      'ifcfg-eth0:1': 'DEVICE=eth0:1\nIPADDR=10.1.1.1\n',
      'route-System_eth0': 'ADDRESS0=10.0.0.0\nNETMASK0=255.0.0.0\nGATEWAY0=192.0.2.9\n',
      'rule-System_eth0': 'from 192.0.2.0/24 lookup 100 prio 7\niif eth1 table 5\n',
      'ifcfg-eth0.bak': 'DEVICE=eth0\nMTU=9000\n',
      'ifcfg-lo': 'DEVICE=lo\n',
    });
    expect(ifcfg.parse(files, scripts)).toEqual([
      {
        name: 'eth0',
        kind: 'ethernet',
        backend: 'ifcfg',
        onboot: 'onboot',
        mac: 'aa:bb:cc:dd:ee:ff',
        ipv4: {
          addresses: ['192.0.2.1/24', '192.0.2.2/25', '10.1.1.1/8'],
          gateway: '192.0.2.254',
          dns: { servers: ['192.0.2.53'], search: ['example.com', 'lab'] },
          routes: [{ to: '10.0.0.0/8', via: '192.0.2.9' }],
          rules: [{ from: '192.0.2.0/24', table: 100, priority: 7 }],
        },
        ipv6: {
          addresses: ['2001:db8::1/64', '2001:db8::2/64', '2001:db8::3/128'],
          gateway: 'fe80::1',
          dns: { servers: ['2001:db8::53'] },
        },
        extra: [
          'rule iif eth1 table 5',
          'NAME="System eth0"',
          'ETHTOOL_OPTS="speed 1000 duplex full"',
          'SECRET=$(cat /etc/secret)',
        ],
        at: [
          { file: `${FOLDER}/ifcfg-System_eth0`, line: 2 },
          { file: `${FOLDER}/ifcfg-eth0:1`, line: 1 },
        ],
        ours: false,
      },
    ]);
    const after = write(files, [{ ...storedOf(files).profiles.eth0![0]!, mtu: 1400, ours: true }]);
    expect(Object.keys(contents(after)).sort()).toEqual(
      ['ifcfg-eth0', 'ifcfg-eth0.bak', 'ifcfg-lo', 'route-eth0', 'rule-eth0'].sort(),
    );
    const { at: _, ours, mtu, ...again } = ifcfg.parse(after, scripts)[0]!;
    const { at: __, ours: ___, ...before } = ifcfg.parse(files, scripts)[0]!;
    expect({ ours, mtu, again }).toEqual({ ours: true, mtu: 1400, again: before });
  });

  it('bridges, bonds and VLANs, with the units of who reads them', () => {
    const files = filesOf({
      'ifcfg-br0':
        'DEVICE=br0\nTYPE=Bridge\nSTP=on\nDELAY=4\nBRIDGING_OPTS="ageing_time=12000 hairpin_mode=1"\n',
      'ifcfg-bond0':
        'DEVICE=bond0\nBRIDGE=br0\nBONDING_OPTS="mode=1 miimon=100 arp_ip_target=+1.1.1.1,+1.1.1.2 num_grat_arp=2"\nONBOOT=no\nHOTPLUG=yes\n',
      'ifcfg-eth1': 'DEVICE=eth1\nMASTER=bond0\nSLAVE=yes\nONBOOT=no\n',
      'ifcfg-bond0.20': 'VLAN=yes\nREORDER_HDR=0\n',
      'ifcfg-store': 'TYPE=Vlan\nDEVICE=store\nPHYSDEV=eth2\nVLAN_ID=7\n',
    });
    const read = Object.fromEntries(ifcfg.parse(files, scripts).map((one) => [one.name, one]));
    expect(read).toMatchObject({
      br0: {
        kind: 'bridge',
        bridge: { stp: true, forward_delay: 4, ageing_time: 120 },
        extra: ['BRIDGING_OPTS hairpin_mode=1'],
      },
      bond0: {
        ...{ kind: 'bond', controller: 'br0', onboot: 'hotplug', extra: ['BONDING_OPTS num_grat_arp=2'] },
        bond: { mode: 'active-backup', miimon: 100, arp_targets: ['1.1.1.1', '1.1.1.2'] },
      },
      eth1: { controller: 'bond0', onboot: 'none' },
      'bond0.20': { kind: 'vlan', parent: 'bond0', vlan: { id: 20, reorder_hdr: false } },
      store: { kind: 'vlan', parent: 'eth2', vlan: { id: 7, reorder_hdr: true } },
    });
    expect(ifcfg.parse(files, managed).find(({ name }) => name === 'br0')?.bridge?.ageing_time).toBe(12_000);
  });
});

describe('writes', () => {
  it('files of a definition, and nothing else', () => {
    const files = filesOf({ 'ifcfg-eth9': 'DEVICE=eth9\n' });
    const set = [
      profile({
        name: 'bond0',
        kind: 'bond',
        bond: { mode: 'active-backup', primary: 'eth2' },
        onboot: 'none',
      }),
      { ...profile({ name: 'eth1', controller: 'bond0' }), onboot: undefined } as unknown as Profile,
      profile({
        ...{ name: 'br20', kind: 'bridge', bridge: { stp: false, forward_delay: 2 }, label: 'a\n"b"' },
        ipv4: {
          addresses: ['10.20.0.1/24'],
          gateway: '10.20.0.254',
          routes: [{ to: '10.0.0.0/8', via: '10.20.0.9' }],
        },
      }),
    ];
    const after = write(files, set);
    expect(contents(after)).toEqual({
      'ifcfg-eth9': 'DEVICE=eth9\n',
      'ifcfg-bond0': `# Managed by wirebook
DEVICE=bond0
NAME=bond0
TYPE=Bond
ONBOOT=no
BONDING_MASTER=yes
BONDING_OPTS="mode=active-backup primary=eth2"
BOOTPROTO=none
`,
      'ifcfg-eth1': `# Managed by wirebook
DEVICE=eth1
NAME=eth1
TYPE=Ethernet
ONBOOT=no
MASTER=bond0
SLAVE=yes
`,
      'ifcfg-br20': `# Managed by wirebook
# label "a\\n\\"b\\""
DEVICE=br20
NAME=br20
TYPE=Bridge
ONBOOT=yes
STP=no
DELAY=2
BOOTPROTO=none
IPADDR=10.20.0.1
PREFIX=24
GATEWAY=10.20.0.254
`,
      'route-br20': '# Managed by wirebook\n10.0.0.0/8 via 10.20.0.9 dev br20\n',
    });
    expect(ifcfg.write(storedOf(after), { set, remove: [] })).toEqual([]);
    expect(write(after, [], ['bond0', 'eth1', 'br20'])).toEqual(files);
  });

  it.each<[string, Partial<Profile>, RegExp]>([
    ['802.1ad', { kind: 'vlan', parent: 'eth0', vlan: { id: 1, protocol: '802.1ad' } }, /802\.1ad/],
    ['accept_ra', { ipv6: { accept_ra: 2 } }, /accept_ra/],
    ['addresses beside DHCP', { ipv4: { dhcp: true, addresses: ['192.0.2.1/24'] } }, /with dhcp/],
    ['a name for the shell', { name: '$(id)' }, /no name/],
    ['a port of nothing', { controller: 'br9' }, /br9 has no definition/],
    ['a stray name server', { ipv6: { dns: { servers: ['192.0.2.1'] } } }, /other family/],
  ])('refuses %s', (_, fields, message) => {
    const set = [profile({ name: 'x0', ...fields })];
    expect(() => ifcfg.write(storedOf({}), { set, remove: [] })).toThrow(message);
  });
});

describe('any definition', () => {
  /** Without what network scripts have no words for. */
  const expressible = ({ ipv6, vlan, ...rest }: Profile): Profile => {
    const { accept_ra: _, ...family } = ipv6 ?? {};
    return {
      ...rest,
      ...(Object.keys(family).length > 0 && { ipv6: family }),
      ...(vlan && { vlan: { ...vlan, protocol: '802.1q' } }),
    };
  };

  it.each([
    ['network scripts', scripts],
    ['NetworkManager', managed],
  ])('is read back as it was written, for %s', (_, facts) => {
    fc.assert(
      fc.property(definitions('ifcfg'), (some) => {
        const all = some.map(expressible).map((one) => {
          const { dhcp, ...ipv4 } = one.ipv4 ?? {};
          const isBoth = facts === scripts && dhcp && one.ipv4?.addresses;
          return isBoth ? { ...one, ipv4 } : one;
        });
        const files = write({}, all, [], facts);
        const found = ifcfg.parse(files, facts);
        for (const one of all) {
          const again = found.find(({ name }) => name === one.name)!;
          const onboot = one.onboot ?? all.find(({ name }) => name === one.controller)?.onboot;
          expect(meaning(again)).toEqual({ ...(meaning(one) as object), onboot });
          expect(again.ours).toBe(true);
        }
        expect(found).toHaveLength(all.length);
        expect(
          write(
            files,
            [],
            all.map(({ name }) => name),
          ),
        ).toEqual({});
      }),
      { numRuns: 300 },
    );
  });
});

describe("netcf's pairs", () => {
  it.skipIf(!hasPairs)('are there (needs ../shared)', () => {
    expect(pairs('redhat')).toHaveLength(10);
  });

  const textOf = (nodes: readonly Node[]): string =>
    nodes.map(({ label, value }) => `${label}=${value}\n`).join('');

  /**
   * netcf gives a bridge's MTU to its ports as well, and states autoconf off where XML says nothing. What it calls
   * DHCPV6 is DHCPV6C, and an IPv6 address without a prefix has no other meaning there.
   */
  const plain = ({
    at: _,
    ours: __,
    backend: ___,
    extra: ____,
    onboot,
    mtu,
    ipv6,
    ...rest
  }: Profile): unknown => {
    const { autoconf = false, ...others } = ipv6 ?? {};
    return {
      ...rest,
      ...(rest.controller === undefined && { onboot, ...(mtu !== undefined && { mtu }) }),
      ...(ipv6 && { ipv6: { ...others, ...(autoconf && { autoconf }) } }),
    };
  };
  const sorted = (all: readonly Profile[]): unknown =>
    [...all].sort((a, b) => (a.name < b.name ? -1 : 1)).map(plain);

  it.each(pairs('redhat'))('$name', ({ model, files }) => {
    const native = filesOf(
      Object.fromEntries(
        files.map(({ path, nodes }) => [
          path.split('/').at(-1)!,
          textOf(nodes).replace('DHCPV6=', 'DHCPV6C='),
        ]),
      ),
    );
    expect(sorted(ifcfg.parse(native, scripts))).toEqual(sorted(model));
    const own = model.map((one): Profile => ({ ...one, backend: 'ifcfg' }));
    expect(sorted(ifcfg.parse(write({}, own), scripts))).toEqual(sorted(model));
  });
});

describe('what is done', () => {
  const none = { addresses: [], dynamic: [], linkLocal: [], routes: [], learned: [] };
  const links = (up: boolean): Links => ({
    eth0: {
      ...{ name: 'eth0', kind: 'ethernet', index: 1, up, mac: '', mtu: 1500, promisc: false },
      ...{ ipv4: none, ipv6: none },
    },
  });
  const fixed = profile({ name: 'eth0', ipv4: { addresses: ['192.0.2.1/24'] } });
  const leased = profile({ name: 'eth0', ipv4: { dhcp: true }, extra: ['NAME="System eth0"'] });
  const path = `${FOLDER}/ifcfg-eth0`;
  const activation = (facts: BackendFacts, before: Profile, after: Profile, active: boolean): Activation => ({
    stored: storedOf({}, facts),
    facts,
    change: { set: [after], remove: [] },
    files: [{ path, content: 'DEVICE=eth0\n' }],
    before: { eth0: before },
    after: { eth0: after },
    links: links(true),
    goal: links(true),
    operations: [],
    start: [],
    stop: [],
    active: active ? ['eth0'] : [],
  });
  const shown = (steps: readonly Step[]): string[] =>
    steps.map(({ argv }) => (argv[0] === 'sh' ? ['sh', ...argv.slice(4)] : argv).join(' '));
  const write = `sh ${path} 644 `;
  const load = `nmcli connection load ${path}`;

  it.each<[string, Activation, string[], string[] | undefined]>([
    ['defined, for the scripts', activation(scripts, fixed, leased, false), [write], undefined],
    ['defined, for NetworkManager', activation(managed, fixed, leased, false), [write, load], undefined],
    ['DHCP comes', activation(scripts, fixed, leased, true), [write, 'ifup eth0'], ['sh eth0']],
    ['DHCP ends', activation(scripts, leased, fixed, true), ['sh eth0', write], ['ifup eth0']],
    [
      'NetworkManager activates',
      activation(managed, fixed, leased, true),
      [write, load, 'nmcli --wait 45 connection up id System eth0'],
      ['nmcli connection reload', 'nmcli --wait 45 connection up id eth0'],
    ],
    [
      'and what it must not touch is left to others',
      activation(managed, fixed, { ...leased, extra: ['NM_CONTROLLED=no'] }, true),
      [write, load],
      ['nmcli connection reload', 'nmcli --wait 45 connection up id eth0'],
    ],
  ])('%s', (_, given, expected, back) => {
    expect(shown(ifcfg.activate(given))).toEqual(expected);
    if (back) expect(shown(ifcfg.restore(given))).toEqual(back);
  });
});
