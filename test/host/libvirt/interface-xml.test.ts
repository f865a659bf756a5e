import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../src/host/interfaces/profile.ts';
import { formatInterface } from '../../../src/host/libvirt/interface-format.ts';
import { interfaceProblems, parseInterface, sameInterface } from '../../../src/host/libvirt/interface-xml.ts';

const shared = new URL('../../../../shared/', import.meta.url).pathname;
const folders = [`${shared}corpus/interfaceschemadata/`, `${shared}corpus/netcf/tests/interface/`];
const files = folders
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((file) => folder + file));
const hasXmllint = spawnSync('xmllint', ['--version']).status === 0;

/** What libvirt's schema has against a document. */
function schemaProblems(xml: string): string {
  const schema = `${shared}schemas/interface.rng`;
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--relaxng', schema, '-'], {
    input: xml,
    encoding: 'utf8',
  });
  return status === 0 ? '' : stderr;
}

describe.skipIf(files.length === 0)("libvirt's and netcf's own interfaces (needs the corpus)", () => {
  it.each(files)('%s is read, and means the same when written again', (file) => {
    const text = readFileSync(file, 'utf8');
    expect(interfaceProblems(text)).toEqual([]);
    const profiles = parseInterface(text);
    const { xml, omitted } = formatInterface(profiles[0]!, profiles);
    expect(omitted).toEqual([]);
    expect(parseInterface(xml)).toEqual(profiles);
    expect(sameInterface(xml, text)).toBe(true);
  });

  it.skipIf(!hasXmllint).each(files)('%s written again is valid (needs xmllint)', (file) => {
    const profiles = parseInterface(readFileSync(file, 'utf8'));
    expect(schemaProblems(formatInterface(profiles[0]!, profiles).xml)).toBe('');
  });

  it.each(files)('%s means something else with any one thing changed', (file) => {
    const text = readFileSync(file, 'utf8').replaceAll(/<!--.*?-->|<link [^>]*>/gs, '');
    const values = [...text.matchAll(/(?<= (?!family|type)\w+=)(['"])([^'"]*)\1/g)];
    expect(values.length).toBeGreaterThan(1);
    for (const { 2: value, index } of values) {
      const other = changed(value!);
      const edited = `${text.slice(0, index + 1)}${other}${text.slice(index + 1 + value!.length)}`;
      expect(interfaceProblems(edited), `${value} → ${other}`).toEqual([]);
      expect(sameInterface(edited, text), `${value} → ${other}`).toBe(false);
    }
  });
});

/** Another value that can stand in the same place. */
function changed(value: string): string {
  const pairs = ['on', 'off', 'yes', 'no', 'onboot', 'none', 'ioctl', 'netif', 'active', 'backup'];
  const index = pairs.indexOf(value);
  if (index >= 0) return pairs[index ^ 1]!;
  if (/^\d+$/.test(value)) return String(Number(value) - 1);
  if (/^[\d.]+$/.test(value)) return value.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10));
  if (value === 'active-backup') return 'balance-rr';
  if (value.includes(':')) return value.replace(/.$/, '9');
  return `${value}9`;
}

const interfaceOf = (body: string, type = 'ethernet', name = 'x0'): string =>
  `<interface type='${type}' name='${name}'>${body}</interface>`;
const port = (name: string): string => interfaceOf('', 'ethernet', name);

describe('a document', () => {
  it('says everything of the interface and what is in it', () => {
    const text = `<interface type="bridge" name="br0">
      <start mode="hotplug"/>
      <mtu size="9000"/>
      <protocol family="ipv6"><autoconf/><ip address="2001:DB8::0:1" prefix="64"/></protocol>
      <protocol family="ipv4"><dhcp peerdns="no"/><ip address="10.0.0.1"/><route gateway="10.0.0.254"/></protocol>
      <bridge stp="on" delay="2.50">
        <interface type="bond" name="bond0"><link speed="1000" state="up"/><bond mode="active-backup">
          <miimon freq="100" updelay="200" carrier="netif"/>
          <interface type="ethernet" name="eth1"><mac address="52:54:00:AA:00:01"/></interface>
          <interface type="ethernet" name="eth0"/>
        </bond></interface>
        <interface type="vlan" name="eth2.7"><vlan tag="7"><interface name="eth2"/></vlan></interface>
      </bridge>
    </interface>`;
    const rest = { backend: 'libvirt', at: [], ours: true } as const;
    expect(parseInterface(text)).toEqual([
      {
        ...rest,
        name: 'br0',
        kind: 'bridge',
        onboot: 'hotplug',
        mtu: 9000,
        ipv4: { dhcp: true, peerdns: false, addresses: ['10.0.0.1/8'], gateway: '10.0.0.254' },
        ipv6: { autoconf: true, addresses: ['2001:db8::1/64'] },
        bridge: { stp: true, forward_delay: 2.5 },
      },
      {
        ...rest,
        name: 'bond0',
        kind: 'bond',
        controller: 'br0',
        bond: { mode: 'active-backup', primary: 'eth1', miimon: 100, updelay: 200, use_carrier: true },
      },
      { ...rest, name: 'eth1', kind: 'ethernet', controller: 'bond0', mac: '52:54:00:aa:00:01' },
      { ...rest, name: 'eth0', kind: 'ethernet', controller: 'bond0' },
      { ...rest, name: 'eth2.7', kind: 'vlan', controller: 'br0', parent: 'eth2', vlan: { id: 7 } },
    ] satisfies Profile[]);
  });

  it.each<[string, string, string, boolean]>([
    [
      'an order of protocols',
      '<protocol family="ipv4"/><protocol family="ipv6"/>',
      '<protocol family="ipv6"/><protocol family="ipv4"/>',
      true,
    ],
    ['a protocol that says nothing', '<protocol family="ipv6"/>', '', false],
    ['run-time information', '<link state="up"/>', '', true],
    ['case in an address', '<mac address="AA:00:00:00:00:01"/>', '<mac address="aa:00:00:00:00:01"/>', true],
    ['a start mode', '<start mode="none"/>', '<start mode="onboot"/>', false],
  ])('compared by meaning: %s', (_, a, b, same) => {
    expect(sameInterface(interfaceOf(a), interfaceOf(b))).toBe(same);
  });

  it('compared by meaning: order of ports counts only where the first is the primary', () => {
    const bond = (mode: string, ...ports: string[]) =>
      interfaceOf(`<bond mode="${mode}">${ports.map(port).join('')}</bond>`, 'bond');
    expect(sameInterface(bond('balance-rr', 'a', 'b'), bond('balance-rr', 'b', 'a'))).toBe(true);
    expect(sameInterface(bond('active-backup', 'a', 'b'), bond('active-backup', 'b', 'a'))).toBe(false);
    expect(sameInterface(bond('balance-rr', 'a', 'b'), bond('balance-rr', 'a'))).toBe(false);
  });

  it('compared by meaning: a delay is a number', () => {
    const bridge = (delay: string) => interfaceOf(`<bridge delay="${delay}"/>`, 'bridge');
    expect(sameInterface(bridge('0'), bridge('0.00'))).toBe(true);
    expect(sameInterface(bridge('0'), bridge('0.01'))).toBe(false);
  });
});

describe('what libvirt would refuse, or drop without a word, is refused with its place', () => {
  it.each<[string, readonly string[]]>([
    ['<interface', ["XML, line 1, column 1: Unclosed tag 'interface'."]],
    ['<network/>', ['line 1, column 1: the document is a <network>, not an <interface>']],
    ['<interface name="x0"/>', ['line 1, column 1: <interface> lacks its attribute type']],
    [
      '<interface\n  name="x0"\n  type="team"/>',
      ['line 3, column 3: type of <interface> is "team", not one of ethernet, bridge, bond, vlan'],
    ],
    [
      interfaceOf('\n<mtu size="big"/>\n<mtu size="1"/> <start mode="auto"/>'),
      [
        'line 3, column 1: <interface type="ethernet"> has <mtu> more than once',
        'line 2, column 6: size of <mtu> in <interface type="ethernet"> is "big", not a whole number from 0 to 100000',
        'line 3, column 24: mode of <start> in <interface type="ethernet"> is "auto", not one of onboot, none, hotplug',
      ],
    ],
    [
      interfaceOf('<mac address="52:54:00:00:00:01"/><bridge/>', 'bridge'),
      ['line 1, column 36: <interface type="bridge"> has no <mac>'],
    ],
    [interfaceOf('', 'vlan'), ['line 1, column 1: <interface type="vlan"> lacks its <vlan>']],
    [
      interfaceOf('<vlan tag="4096"><interface name="x0"/></vlan>', 'vlan'),
      [
        'line 1, column 40: tag of <vlan> in <interface type="vlan"> is "4096", not a whole number from 0 to 4095',
      ],
    ],
    [
      interfaceOf('<vlan tag="1"><interface name="x0"/></vlan>', 'vlan'),
      ['line 1, column 24: x0 cannot stand on itself'],
    ],
    [
      interfaceOf('<bond/>', 'bond'),
      ['line 1, column 34: <bond> in <interface type="bond"> lacks its <interface>'],
    ],
    [
      interfaceOf(
        `<bond><miimon freq="1"/><arpmon interval="1" target="10.0.0.1"/>${port('a')}</bond>`,
        'bond',
      ),
      ['line 1, column 58: <miimon> and <arpmon> turn each other off: one of them can be there'],
    ],
    [interfaceOf(`<bond>${port('a')}${port('a')}</bond>`, 'bond'), ['line 1, column 115: a is there twice']],
    [
      interfaceOf(`<bridge>${interfaceOf('<mtu size="9000"/>')}</bridge>`, 'bridge', 'br0'),
      ['line 1, column 82: <interface type="ethernet"> in <bridge> has no <mtu>'],
    ],
    [
      interfaceOf('<protocol family="ipv4"><ip address="10.0.0.256" prefix="33"/><autoconf/></protocol>'),
      [
        'line 1, column 66: address of <ip> in <protocol> is "10.0.0.256", not an IPv4 address',
        'line 1, column 87: prefix of <ip> in <protocol> is "33", not a whole number from 0 to 32',
        'line 1, column 100: <protocol> in <interface type="ethernet"> has no <autoconf>',
      ],
    ],
    [
      interfaceOf('<protocol family="ipv4"/><protocol family="ipv4"/>'),
      ['line 1, column 73: there are two <protocol> for ipv4'],
    ],
    [interfaceOf('9000'), ['line 1, column 1: <interface type="ethernet"> holds no text']],
    [
      interfaceOf('', 'ethernet', 'a name'),
      [
        'line 1, column 28: name of <interface> is "a name", not 1 to 15 letters, digits, dots, dashes, underscores',
      ],
    ],
    ["<interface type='ethernet' name='a' toString='x'/>", ['has no attribute toString']],
    [interfaceOf('<toString/>'), ['has no <toString>']],
    ["<interface type='constructor' name='a'/>", ['type of <interface> is "constructor", not one of']],
  ])('%s', (text, problems) => {
    const found = interfaceProblems(text).map(({ message }) => message);
    expect(found).toEqual(problems.map((problem) => expect.stringContaining(problem)));
    expect(() => parseInterface(text)).toThrow(problems[0]);
  });
});

const profile = (fields: Partial<Profile>): Profile => ({
  name: 'x0',
  kind: 'ethernet',
  backend: 'networkd',
  at: [],
  ours: true,
  ...fields,
});

describe('a definition as XML', () => {
  it("is in libvirt's order, with what is in it", () => {
    const all = [
      profile({ name: 'eth0', controller: 'bond0', mtu: 9000 }),
      profile({ name: 'eth1', controller: 'bond0', mtu: 9000 }),
      profile({
        name: 'bond0',
        kind: 'bond',
        mtu: 9000,
        onboot: 'onboot',
        ipv6: { autoconf: true },
        ipv4: { addresses: ['10.0.0.1/24'], gateway: '10.0.0.254', dhcp: false },
        bond: { mode: 'active-backup', primary: 'eth1', miimon: 100, downdelay: 200, use_carrier: false },
      }),
      profile({ name: 'eth2' }),
    ];
    const { xml, omitted } = formatInterface(all[2]!, all);
    expect(xml).toMatchInlineSnapshot(`
      "<interface type="bond" name="bond0">
        <start mode="onboot"/>
        <mtu size="9000"/>
        <protocol family="ipv4">
          <ip address="10.0.0.1" prefix="24"/>
          <route gateway="10.0.0.254"/>
        </protocol>
        <protocol family="ipv6">
          <autoconf/>
        </protocol>
        <bond mode="active-backup">
          <miimon freq="100" downdelay="200" carrier="ioctl"/>
          <interface type="ethernet" name="eth1"/>
          <interface type="ethernet" name="eth0"/>
        </bond>
      </interface>"
    `);
    expect(omitted).toEqual([]);
  });

  it.each<[string, Partial<Profile>, readonly string[]]>([
    ['nothing', { ipv4: { dhcp: false, routes: [], dns: {} }, promisc: false }, []],
    ['name servers', { ipv4: { dns: { servers: ['10.0.0.53'] } } }, ['x0: ipv4.dns']],
    ['more routes', { ipv6: { routes: [{ to: 'default', via: 'fe80::1' }] } }, ['x0: ipv6.routes']],
    ['rules', { ipv4: { rules: [{ from: '10.0.0.0/8', table: 7 }] } }, ['x0: ipv4.rules']],
    ['router advertisements of its own', { ipv6: { accept_ra: 2 } }, ['x0: ipv6.accept_ra 2']],
    [
      'a label and more',
      { label: 'uplink', uuid: 'u', promisc: true },
      ['x0: label uplink', 'x0: uuid u', 'x0: promisc'],
    ],
    ['what only the backend knows', { extra: ['a', 'b'] }, ['x0: 2 settings of networkd']],
    ["a bridge's MAC", { kind: 'bridge', mac: '52:54:00:00:00:01' }, ['x0: mac 52:54:00:00:00:01']],
    ['bridge options', { kind: 'bridge', bridge: { stp: true, priority: 4096 } }, ['x0: priority 4096']],
    [
      '802.1ad',
      { kind: 'vlan', parent: 'eth0', vlan: { id: 5, protocol: '802.1ad' } },
      ['x0: protocol 802.1ad'],
    ],
    ['802.1q', { kind: 'vlan', parent: 'eth0', vlan: { id: 5, protocol: '802.1q', reorder_hdr: true } }, []],
    [
      'headers',
      { kind: 'vlan', parent: 'eth0', vlan: { id: 5, reorder_hdr: false } },
      ['x0: reorder_hdr false'],
    ],
    [
      'LACP',
      { kind: 'bond', bond: { mode: '802.3ad', miimon: 100, lacp_rate: 'fast' } },
      ['x0: lacp_rate fast'],
    ],
    ['another primary', { kind: 'bond', bond: { mode: 'balance-tlb', primary: 'p0' } }, ['x0: primary p0']],
    ['delays without miimon', { kind: 'bond', bond: { updelay: 100 } }, ['x0: updelay 100']],
    [
      'ARP and MII',
      { kind: 'bond', bond: { miimon: 100, arp_interval: 0, arp_targets: ['10.0.0.1'] } },
      ['x0: arp_targets'],
    ],
    [
      'several ARP targets',
      {
        kind: 'bond',
        bond: { arp_interval: 100, arp_targets: ['10.0.0.1', '10.0.0.2'], arp_validate: 'filter' },
      },
      ['x0: arp_targets', 'x0: arp_validate filter'],
    ],
    [
      'one ARP target',
      {
        kind: 'bond',
        bond: { miimon: 0, arp_interval: 100, arp_targets: ['10.0.0.1'], arp_validate: 'none' },
      },
      [],
    ],
  ])('tells what it cannot say: %s', (_, fields, omitted) => {
    const all = [
      profile(fields),
      ...(fields.kind === 'bond' ? [profile({ name: 'p0', controller: 'x0' })] : []),
    ];
    const written = formatInterface(all[0]!, all);
    expect(written.omitted).toEqual(omitted);
    expect(interfaceProblems(written.xml)).toEqual([]);
    if (hasXmllint && existsSync(shared)) expect(schemaProblems(written.xml)).toBe('');
  });

  it('tells what ports have that the XML cannot say', () => {
    const all = [
      profile({ name: 'br0', kind: 'bridge', mtu: 1500, onboot: 'onboot' }),
      profile({
        name: 'a',
        controller: 'br0',
        mtu: 9000,
        onboot: 'none',
        ipv4: { addresses: ['10.0.0.1/24'] },
      }),
      profile({ name: 'b', controller: 'br0', mtu: 1500, onboot: 'onboot', ipv4: {} }),
      profile({ name: 'c', controller: 'br0', kind: 'bond', bond: {} }),
      profile({ name: 'd', controller: 'c', kind: 'vlan', parent: 'e', vlan: { id: 1 } }),
      profile({ name: 'f', controller: 'c' }),
    ];
    expect(formatInterface(all[0]!, all).omitted).toEqual([
      'a: onboot none',
      'a: mtu 9000',
      'a: ipv4',
      'c: port vlan d',
    ]);
  });

  it.each<[string, Partial<Profile>, string]>([
    ['a bond without ports', { kind: 'bond' }, 'bond x0: it has no ports'],
    [
      'a VLAN without parent',
      { kind: 'vlan', vlan: { id: 5 } },
      'vlan x0: its parent is not in its definition',
    ],
    ['a VLAN without id', { kind: 'vlan', parent: 'eth0' }, 'vlan x0: its id is not in its definition'],
    ['a name that the schema does not have', { name: 'ä' }, 'interface ä: this name is none to libvirt'],
  ])('there is none of %s', (_, fields, message) => {
    expect(() => formatInterface(profile(fields), [])).toThrow(message);
  });
});
