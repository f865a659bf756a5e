import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from '../../../fast-check.ts';
import { describe, expect, it } from 'vitest';
import { ifupdown } from '../../../../src/host/interfaces/backends/ifupdown/index.ts';
import type { FileChange } from '../../../../src/host/interfaces/backends/backend.ts';
import type { BackendFacts, Files, Profile, Stored } from '../../../../src/host/interfaces/profile.ts';
import { definitions } from './definitions.ts';
import { hasPairs, type Node, pairs } from './netcf.ts';

const MAIN = '/etc/network/interfaces';
const facts: BackendFacts = {
  active: true,
  facts: { hook: 'bridge\nifenslave', dns: 'resolved', dhcp: 'dhclient' },
};
const SOURCED = 'auto lo\niface lo inet loopback\n\nsource /etc/network/interfaces.d/*\n';

const filesOf = (contents: Readonly<Record<string, string>>): Files =>
  Object.fromEntries(
    Object.entries(contents).map(([name, content]) => [name, { content, mode: 0o644, uid: 0, gid: 0 }]),
  );

const storedOf = (files: Files, about = facts): Stored => {
  const profiles: Record<string, Profile[]> = {};
  for (const profile of ifupdown.parse(files, about)) profiles[profile.name] = [profile];
  return { backends: { ifupdown: about }, files, profiles };
};

const read = (text: string): readonly Profile[] => ifupdown.parse(filesOf({ [MAIN]: text }), facts);

const apply = (files: Files, changes: readonly FileChange[]): Files => {
  const next = { ...files };
  for (const { path: name, content } of changes) {
    if (content === undefined) delete next[name];
    else next[name] = { content, mode: 0o644, uid: 0, gid: 0 };
  }
  return next;
};

const write = (files: Files, set: readonly Profile[], remove: readonly string[] = []): Files =>
  apply(files, ifupdown.write(storedOf(files), { set, remove }));

const profile = (fields: Partial<Profile> & Pick<Profile, 'name'>): Profile => ({
  kind: 'ethernet',
  backend: 'ifupdown',
  onboot: 'onboot',
  at: [],
  ours: true,
  ...fields,
});

const meaning = ({ at: _, ours: __, ...rest }: Profile): unknown => rest;

describe('reads what people write', () => {
  it('addresses, in several stanzas and spellings', () => {
    const [eth0, ...others] = read(`
# comment
auto lo eth0
iface lo inet loopback
iface eth0 inet static
  address 192.0.2.1
  netmask 255.255.255.0
  gateway 192.0.2.254
  dns-nameservers 192.0.2.53 192.0.2.54
  dns-search example.com
iface eth0 inet static
  address 192.0.2.2/25
iface eth0:1 inet static
  address 10.1.1.1
iface eth0 inet6 static
  address 2001:DB8::1/64
  accept_ra 0
`);
    expect(others).toEqual([]);
    expect(eth0).toEqual({
      name: 'eth0',
      kind: 'ethernet',
      backend: 'ifupdown',
      onboot: 'onboot',
      ipv4: {
        gateway: '192.0.2.254',
        addresses: ['192.0.2.1/24', '192.0.2.2/25', '10.1.1.1/8'],
        dns: { servers: ['192.0.2.53', '192.0.2.54'], search: ['example.com'] },
      },
      ipv6: { addresses: ['2001:db8::1/64'], accept_ra: 0 },
      at: [5, 11, 13, 15].map((line) => ({ file: MAIN, line })),
      ours: false,
    });
  });

  it('routes, rules and settings in commands, and keeps the commands it does not know', () => {
    const [eth0] = read(`iface eth0 inet static
  address 192.0.2.1/24
  up /sbin/ip route add 10.0.0.0/8 via 192.0.2.9 dev $IFACE metric 5 || true
  down ip route del 10.0.0.0/8 metric 5
  post-up route add -net 172.16.0.0 netmask 255.240.0.0 gw 192.0.2.8
  up ip rule add from 192.0.2.0/24 lookup 100 prio 7
  down ip rule del from 192.0.2.0/24 lookup 100 prio 7
  up ip link set $IFACE promisc on
  up ip link set dev eth0 alias 'to the "lab"'
  up ip route add 10.9.0.0/16 via 192.0.2.9 dev eth1
  up echo up > /run/x; ip link set eth0 promisc off
  up \\
     /usr/local/bin/hook \\
     --now
  wpa-ssid home
`);
    expect(eth0).toMatchObject({
      onboot: 'none',
      promisc: true,
      label: 'to the "lab"',
      ipv4: {
        routes: [
          { to: '10.0.0.0/8', via: '192.0.2.9', metric: 5 },
          { to: '172.16.0.0/12', via: '192.0.2.8' },
        ],
        rules: [{ from: '192.0.2.0/24', table: 100, priority: 7 }],
      },
      extra: [
        'inet up ip route add 10.9.0.0/16 via 192.0.2.9 dev eth1',
        'inet up echo up > /run/x; ip link set eth0 promisc off',
        'inet up   /usr/local/bin/hook   --now',
        'inet wpa-ssid home',
      ].map((text) =>
        expect.stringMatching(new RegExp(text.replaceAll(/[.$|]/g, '\\$&').replaceAll(/ +/g, ' +'))),
      ),
    });
  });

  it('hotplug: a NIC when it appears, and at boot what nobody but ifup makes', () => {
    const files = write({}, [
      profile({ name: 'eth1', onboot: 'hotplug' }),
      profile({ name: 'br0', kind: 'bridge', onboot: 'hotplug', bridge: { stp: false, forward_delay: 15 } }),
    ]);
    const text = Object.values(files).map(({ content }) => content);
    expect(text.join('').match(/^(auto|allow-hotplug) .*$/gm)).toEqual(['allow-hotplug eth1', 'auto br0']);
    expect(ifupdown.parse(files, facts).map(({ name, onboot }) => `${name} ${onboot}`)).toEqual([
      'br0 hotplug',
      'eth1 hotplug',
    ]);
  });

  it('bridges, bonds and VLANs, and ports that only they list', () => {
    const all = read(`auto br0
iface br0 inet manual
  bridge_ports bond0.20 tap1
  bridge-stp yes
  bridge_fd 2.5
iface bond0 inet manual
  slaves eth1 eth2
  bond-mode 1
  bond-arp-ip-target 192.0.2.1,192.0.2.2
  bond-lacp-rate fast
iface eth3 inet manual
  bond-master bond0
allow-hotplug vlan7
iface vlan7 inet manual
  vlan-raw-device eth4
`);
    expect(all.map(meaning)).toEqual([
      {
        name: 'br0',
        kind: 'bridge',
        backend: 'ifupdown',
        onboot: 'onboot',
        bridge: { stp: true, forward_delay: 2.5 },
      },
      {
        ...{ name: 'bond0', kind: 'bond', backend: 'ifupdown', onboot: 'none' },
        bond: { mode: 'active-backup', arp_targets: ['192.0.2.1', '192.0.2.2'], lacp_rate: 'fast' },
      },
      { name: 'eth3', kind: 'ethernet', backend: 'ifupdown', onboot: 'none', controller: 'bond0' },
      {
        ...{ name: 'vlan7', kind: 'vlan', backend: 'ifupdown', onboot: 'hotplug', parent: 'eth4' },
        vlan: { id: 7, protocol: '802.1q', reorder_hdr: true },
      },
      {
        ...{ name: 'bond0.20', kind: 'vlan', backend: 'ifupdown', controller: 'br0', parent: 'bond0' },
        vlan: { id: 20, protocol: '802.1q', reorder_hdr: true },
      },
      { name: 'tap1', kind: 'ethernet', backend: 'ifupdown', controller: 'br0' },
      { name: 'eth1', kind: 'ethernet', backend: 'ifupdown', controller: 'bond0' },
      { name: 'eth2', kind: 'ethernet', backend: 'ifupdown', controller: 'bond0' },
    ]);
    expect(all.at(-1)?.at).toEqual([{ file: MAIN, line: 7 }]);
  });

  it('what is inherited; a template is no interface', () => {
    const all = read(`iface office inet static
  mtu 1400
  gateway 192.0.2.254
  up ip route add 10.0.0.0/8 via 192.0.2.9
auto eth0
iface eth0 inet static inherits office
  address 192.0.2.1/24
  mtu 1300
mapping eth*
  script /x
  map y
`);
    expect(all).toMatchObject([
      {
        ...{ name: 'eth0', mtu: 1300 },
        ipv4: { gateway: '192.0.2.254', addresses: ['192.0.2.1/24'], routes: [{ to: '10.0.0.0/8' }] },
      },
    ]);
  });

  it('the files that are sourced, and no others', () => {
    const stanza = (name: string): string => `iface ${name} inet manual\n`;
    const at = (main: string): string[] =>
      ifupdown
        .parse(
          filesOf({
            [MAIN]: main,
            '/etc/network/interfaces.d/a.cfg': stanza('a'),
            '/etc/network/interfaces.d/b': stanza('b'),
            '/etc/network/interfaces.d/.c': stanza('c'),
          }),
          facts,
        )
        .map(({ name }) => name);
    expect(at('source /etc/network/interfaces.d/*\n')).toEqual(['a', 'b']);
    expect(at('source interfaces.d/*.cfg\n')).toEqual(['a']);
    expect(at('source-directory interfaces.d\n')).toEqual(['b']);
    expect(at('source /etc/network/interfaces.d/[!a]*\nsource /etc/network/interfaces\n')).toEqual(['b']);
    expect(at('')).toEqual([]);
  });

  it('keeps stanzas of methods it does not know, and other ways to be selected', () => {
    const files = filesOf({
      [MAIN]: `allow-ovs eth0\nno-auto-down eth0\niface eth0 inet ppp\n  provider x\n${SOURCED}`,
    });
    const [eth0] = ifupdown.parse(files, facts);
    expect(eth0?.extra).toEqual(['allow-ovs', 'no-auto-down', 'iface eth0 inet ppp\n    provider x']);
    const after = write(files, [{ ...eth0!, mtu: 1400, ours: true }]);
    expect(after[MAIN]?.content).toBe(SOURCED);
    const [again] = ifupdown.parse(after, facts);
    expect(again).toMatchObject({ mtu: 1400, ours: true, extra: eth0!.extra });
  });
});

describe('writes', () => {
  it('a definition into a file of its own, and nothing else', () => {
    const files = filesOf({ [MAIN]: `${SOURCED}# mine\nauto eth9\niface eth9 inet dhcp\n` });
    const stack = [
      profile({ name: 'bond0', kind: 'bond', uuid: 'u-1', bond: { mode: 'active-backup', primary: 'eth2' } }),
      profile({ name: 'bond0.20', kind: 'vlan', parent: 'bond0', vlan: { id: 20 }, controller: 'br20' }),
      profile({
        ...{ name: 'br20', kind: 'bridge', bridge: { stp: false, forward_delay: 2 } },
        ipv4: { addresses: ['10.20.0.1/24'], gateway: '10.20.0.254' },
      }),
      { ...profile({ name: 'eth1', controller: 'bond0' }), onboot: undefined },
      profile({ name: 'eth2', controller: 'bond0', mtu: 9000 }),
    ] as Profile[];
    const changes = ifupdown.write(storedOf(files), { set: stack, remove: [] });
    expect(Object.fromEntries(changes.map((change) => [change.path, change.content]))).toEqual({
      '/etc/network/interfaces.d/wirebook-bond0': `# Managed by wirebook
# uuid u-1
auto bond0
iface bond0 inet manual
    pre-up ifup eth2 || true
    bond-slaves eth1 eth2
    bond-mode active-backup
    bond-primary eth2
`,
      '/etc/network/interfaces.d/wirebook-bond0_2e20': `# Managed by wirebook
auto bond0.20
iface bond0.20 inet manual
    vlan-raw-device bond0
`,
      '/etc/network/interfaces.d/wirebook-br20': `# Managed by wirebook
auto br20
iface br20 inet static
    address 10.20.0.1/24
    gateway 10.20.0.254
    pre-up ifup bond0.20 || true
    bridge_ports bond0.20
    bridge_stp off
    bridge_fd 2
    post-down ifdown bond0.20 || true
`,
      '/etc/network/interfaces.d/wirebook-eth2': `# Managed by wirebook
auto eth2
iface eth2 inet manual
    mtu 9000
`,
    });
    const after = apply(files, changes);
    expect(ifupdown.write(storedOf(after), { set: stack, remove: [] })).toEqual([]);
    const gone = write(after, [], ['br20', 'bond0.20', 'bond0', 'eth1', 'eth2']);
    expect(gone).toEqual(files);
  });

  it('makes sure that its file is read, and takes in no other', () => {
    const set = [profile({ name: 'eth0' })];
    const main = (content: string): string | undefined =>
      write(filesOf({ [MAIN]: content }), set)[MAIN]?.content;
    expect(main('auto lo')).toBe('auto lo\nsource /etc/network/interfaces.d/wirebook-*\n');
    expect(main('source interfaces.d/*.cfg\n')).toBe(
      'source interfaces.d/*.cfg\nsource /etc/network/interfaces.d/wirebook-*\n',
    );
    expect(main('source-directory interfaces.d\n')).toBe('source-directory interfaces.d\n');
  });

  it('takes a definition over from where it stood, keeping every other byte', () => {
    const files = filesOf({
      [MAIN]: `# first\nauto eth0 eth1\t eth2\nallow-hotplug \\\n  eth1\n\n# about eth1\niface eth1 inet static\n\taddress 192.0.2.1/24\n\t# in between\n\tup /bin/x \\\n\t  y\n\niface eth2 inet manual\n`,
      '/etc/network/interfaces.d/other': 'iface eth1:0 inet static\n  address 10.0.0.1/8\n',
    });
    const sourced = apply(files, [{ path: MAIN, content: `${files[MAIN]!.content}source interfaces.d/*\n` }]);
    const eth1 = storedOf(sourced).profiles.eth1![0]!;
    const after = write(sourced, [{ ...eth1, mtu: 1400 }]);
    expect(after[MAIN]?.content).toBe(
      '# first\nauto eth0\t eth2\n\n# about eth1\n\t# in between\n\niface eth2 inet manual\nsource interfaces.d/*\n',
    );
    expect(after['/etc/network/interfaces.d/other']?.content).toBe('');
    expect(storedOf(after).profiles.eth1).toMatchObject([
      {
        ...{
          mtu: 1400,
          ours: true,
          onboot: 'onboot',
          extra: ['allow-hotplug', expect.stringContaining('/bin/x')],
        },
        ipv4: { addresses: ['192.0.2.1/24', '10.0.0.1/8'] },
      },
    ]);
    expect(write(sourced, [], ['eth1'])[MAIN]).toEqual(after[MAIN]);
  });

  it('moves ports in the lists of others', () => {
    const files = filesOf({
      [MAIN]: `${SOURCED}iface br0 inet manual\n  bridge_ports eth1 eth2\nauto bond0\niface bond0 inet manual\n  bond-mode 1\n`,
    });
    const eth1 = { ...storedOf(files).profiles.eth1![0]!, controller: 'bond0' };
    const after = write(files, [eth1]);
    expect(after[MAIN]?.content).toContain('  bridge_ports eth2\n');
    expect(after[MAIN]?.content).toContain('iface bond0 inet manual\n    bond-slaves eth1\n  bond-mode 1\n');
    const alone = write(after, [profile({ name: 'eth2', mtu: 1400 })]);
    expect(alone[MAIN]?.content).toContain('  bridge_ports none\n');
  });

  it('brings up first what is a port of ours, and no longer what was', () => {
    const br0 = profile({ name: 'br0', kind: 'bridge' });
    const port = (name: string): Profile => profile({ name, mtu: 1400, controller: 'br0' });
    const before = write(filesOf({ [MAIN]: SOURCED }), [br0, port('eth1')]);
    const after = write(before, [profile({ name: 'eth1', mtu: 1400 }), port('eth2')]);
    const lines = after['/etc/network/interfaces.d/wirebook-br0']?.content
      .split('\n')
      .map((line) => line.trim());
    expect(lines?.filter((line) => /ifup|ports/.test(line))).toEqual([
      'pre-up ifup eth2 || true',
      'bridge_ports eth2',
    ]);
  });

  it('keeps a pattern of ports', () => {
    const files = filesOf({ [MAIN]: `iface br0 inet manual\n  bridge_ports regex eth.*\n${SOURCED}` });
    const br0 = storedOf(files).profiles.br0![0]!;
    const after = write(files, [{ ...br0, mtu: 1400 }]);
    const { content } = after['/etc/network/interfaces.d/wirebook-br0']!;
    expect(content.match(/bridge_ports.*/g)).toEqual(['bridge_ports regex eth.*']);
    expect(storedOf(after).profiles).toMatchObject({ br0: [{ kind: 'bridge', mtu: 1400 }] });
  });

  it('keeps what someone has put into a file of ours', () => {
    const files = write(filesOf({ [MAIN]: SOURCED }), [profile({ name: 'eth1', mtu: 1400 })]);
    const own = '/etc/network/interfaces.d/wirebook-eth1';
    const mixed = apply(files, [{ path: own, content: `${files[own]!.content}\niface eth7 inet dhcp\n` }]);
    expect(storedOf(mixed).profiles.eth7).toMatchObject([{ ours: false }]);
    const changed = write(mixed, [profile({ name: 'eth1', mtu: 1300 })]);
    expect(storedOf(changed).profiles).toMatchObject({ eth1: [{ mtu: 1300, ours: true }], eth7: [{}] });
    expect(write(changed, [], ['eth1'])[own]?.content).toBe('iface eth7 inet dhcp\n');
  });

  it.each<[string, Partial<Profile>, BackendFacts['facts'], RegExp]>([
    ['a bridge without its hook', { kind: 'bridge' }, {}, /no bridges/],
    ['a bond without its hook', { kind: 'bond' }, { hook: 'bridge' }, /no bonds/],
    ['DHCP without a client', { ipv4: { dhcp: true } }, {}, /DHCP client/],
    ['name servers that nothing takes', { ipv4: { dns: { servers: ['192.0.2.1'] } } }, {}, /name servers/],
    ['peerdns', { ipv4: { dhcp: true, peerdns: false } }, { dhcp: 'dhclient' }, /peerdns/],
    ['a name for the shell', { name: '$(reboot)' }, {}, /no name/],
    ['a name that would be a VLAN', { name: 'en.3' }, {}, /VLAN/],
    ['a port of nothing', { controller: 'br9' }, {}, /port of br9/],
  ])('refuses %s', (_, fields, about, message) => {
    const stored = storedOf(filesOf({ [MAIN]: SOURCED }), { active: true, facts: about });
    const set = [profile({ name: 'x0', ...fields })];
    expect(() => ifupdown.write(stored, { set, remove: [] })).toThrow(message);
  });

  it('refuses to write beside definitions that it cannot see', () => {
    const stored = storedOf(filesOf({ [MAIN]: 'auto lo\nsource /srv/net/*\n' }));
    expect(() => ifupdown.write(stored, { set: [profile({ name: 'eth0' })], remove: [] })).toThrow(
      '/etc/network/interfaces:2 sources /srv/net/*',
    );
  });
});

describe("netcf's pairs", () => {
  it.skipIf(!hasPairs)('are there (needs ../shared)', () => {
    expect(pairs('debian')).toHaveLength(10);
  });

  /** interfaces(5) from its tree */
  const textOf = (nodes: readonly Node[]): string =>
    nodes
      .flatMap(({ label, children = [] }) =>
        children.map(({ key, children: items = [] }) => {
          if (label === 'auto') return `auto ${items.map(({ value }) => value).join(' ')}\n`;
          const of = (name: string): string => items.find((item) => item.label === name)?.value ?? '';
          const options = items.filter((item) => !['family', 'method'].includes(item.label ?? ''));
          return [
            `iface ${key} ${of('family')} ${of('method')}`,
            ...options.map((item) => `   ${item.label} ${item.value}`),
            '',
          ].join('\n');
        }),
      )
      .join('');

  /**
   * netcf's reading: an IPv6 method but `auto` says nothing of autoconf, which then is as the kernel has it, on; what
   * states it off is the same as not stating it. Ports have no start of their own, and netcf makes the first port of
   * any bond the primary.
   */
  const plain = ({ at: _, ours: __, backend: ___, onboot, ipv6, bond, ...rest }: Profile): unknown => {
    const { autoconf = false, ...others } = ipv6 ?? {};
    const { primary, ...options } = bond ?? {};
    const hasPrimary = options.mode === 'active-backup';
    return {
      ...rest,
      ...(rest.controller === undefined && { onboot: onboot ?? 'onboot' }),
      ...(ipv6 && { ipv6: { ...others, ...(autoconf && { autoconf }) } }),
      ...(bond && { bond: { ...options, ...(hasPrimary && { primary }) } }),
    };
  };
  const sorted = (all: readonly Profile[]): unknown =>
    [...all].sort((a, b) => (a.name < b.name ? -1 : 1)).map(plain);

  it.each(pairs('debian'))('$name', ({ name, model, files }) => {
    const native = read(textOf(files.flatMap(({ nodes }) => nodes)));
    // "inet6 manual" and "inet6 dhcp" leave autoconf to the kernel
    const isAutomatic = name === 'ipv6-autoconf' || name === 'ipv6-autoconf-dhcp';
    const automatic = (one: Profile): Profile =>
      isAutomatic ? { ...one, ipv6: { ...one.ipv6, autoconf: true } } : one;
    expect(sorted(native.map(automatic))).toEqual(sorted(model));
    const own = model.map((one): Profile => ({ ...one, backend: 'ifupdown' }));
    const written = ifupdown.parse(write(filesOf({ [MAIN]: SOURCED }), own), facts);
    expect(sorted(written)).toEqual(sorted(model));
  });
});

describe('any definition', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(definitions('ifupdown'), (all) => {
        const files = write(filesOf({ [MAIN]: SOURCED }), all);
        const found = ifupdown.parse(files, facts);
        for (const one of all) {
          const again = found.find(({ name }) => name === one.name)!;
          expect(meaning(again)).toEqual(meaning(one));
          expect(again.ours).toBe(true);
        }
        expect(found).toHaveLength(all.length);
        expect(
          write(
            files,
            [],
            all.map(({ name }) => name),
          ),
        ).toEqual(filesOf({ [MAIN]: SOURCED }));
      }),
      { numRuns: 300 },
    );
  });

  const ifquery = ['/sbin/ifquery', '/usr/sbin/ifquery'].find((file) => existsSync(file));
  it.skipIf(!ifquery)('is accepted by ifquery (needs ifupdown)', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'wirebook-ifquery-'));
    try {
      fc.assert(
        fc.property(definitions('ifupdown'), (all) => {
          const files = write(filesOf({ [MAIN]: SOURCED }), all);
          const text = Object.entries(files)
            .filter(([name]) => name !== MAIN)
            .map(([, file]) => file.content);
          const file = path.join(folder, 'interfaces');
          writeFileSync(file, text.join('\n'));
          for (const one of all.filter(({ controller, kind }) => !controller || kind !== 'ethernet')) {
            const result = spawnSync(ifquery!, ['-i', file, one.name], { encoding: 'utf8' });
            expect(result.stderr).toBe('');
            expect(result.status).toBe(0);
          }
        }),
        { numRuns: 20 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
