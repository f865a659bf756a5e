import * as fc from '../../../fast-check.ts';
import { describe, expect, test } from 'vitest';
import { networkd } from '../../../../src/host/interfaces/backends/networkd/index.ts';
import { hasPrimary } from '../../../../src/host/interfaces/bond-mode.ts';
import type { BackendFacts, Profile } from '../../../../src/host/interfaces/profile.ts';
import { definitions } from './definitions.ts';
import { byName, contentsOf, filesOf, storedOf, writeTo } from './on-files.ts';

const ETC = '/etc/systemd/network';
const facts: BackendFacts = {
  active: true,
  facts: {
    link: [
      'lo 00:00:00:00:00:00 772 - -',
      'eth1 02:00:00:00:00:01 1 - -',
      'eth2 02:00:00:00:00:01 1 - 02:00:00:00:00:02',
      'eth3 02:00:00:00:00:03 1 - -',
      'wlan0 02:00:00:00:00:04 1 wlan -',
    ].join('\n'),
  },
};

const read = (contents: Readonly<Record<string, string>>, about = facts): Record<string, unknown> =>
  byName(networkd.parse(filesOf(contents), about));

const base = { backend: 'networkd', onboot: 'onboot' } as const;
const ethernet = (fields: Partial<Profile> & Pick<Profile, 'name'>): Profile => ({
  ...base,
  kind: 'ethernet',
  at: [],
  ours: true,
  ...fields,
});

describe('reads what people write', () => {
  test('addresses in all their forms', () => {
    const text = `# my uplink
[Match]
Name=eth1
[Link]
MTUBytes=9K
MACAddress=AA-BB-CC-00-11-22
RequiredForOnline=no

[Network]
DHCP=ipv4
Address = 10.0.0.1/24
Address=10.0.0.2
; as the kernel writes it
Address=fd00:0::1/64
Gateway=10.0.0.254
DNS=10.0.0.53 fd00::53
Domains=a.example ~.
IPv6AcceptRA=no
LLDP=yes

[Address]
Address=10.0.9.1/32
[Address]
Address=10.0.8.1/32
Label=eth1:1

[Route]
Destination=10.1.0.0/16
Gateway=10.0.0.253
Metric=50
[Route]
Gateway=fe80::1
[Route]
Gateway=10.0.0.252
GatewayOnLink=yes
[DHCPv4]
UseDNS=no
RouteMetric=10
[RoutingPolicyRule]
From=10.0.0.0/24
Table=100
Priority=5
`;
    expect(read({ [`${ETC}/20-up.network`]: text })).toEqual({
      eth1: {
        ...base,
        name: 'eth1',
        kind: 'ethernet',
        mtu: 9216,
        mac: 'aa:bb:cc:00:11:22',
        ipv4: {
          dhcp: true,
          peerdns: false,
          addresses: ['10.0.0.1/24', '10.0.9.1/32'],
          gateway: '10.0.0.254',
          dns: { servers: ['10.0.0.53'], search: ['a.example', '~.'] },
          routes: [{ to: '10.1.0.0/16', via: '10.0.0.253', metric: 50 }],
          rules: [{ from: '10.0.0.0/24', table: 100, priority: 5 }],
        },
        ipv6: {
          addresses: ['fd00::1/64'],
          gateway: 'fe80::1',
          dns: { servers: ['fd00::53'] },
          accept_ra: 0,
        },
        extra: [
          'network [Link]\nRequiredForOnline=no',
          'network [Network]\nAddress=10.0.0.2',
          'network [Network]\nLLDP=yes',
          'network [Address]\nAddress=10.0.8.1/32\nLabel=eth1:1',
          'network [Route]\nGateway=10.0.0.252\nGatewayOnLink=yes',
          'network [DHCPv4]\nRouteMetric=10',
        ],
      },
    });
  });

  test('a stack: bond, VLAN and bridge', () => {
    const found = read({
      [`${ETC}/10-bond0.netdev`]:
        '[NetDev]\nName=bond0\nKind=bond\nMTUBytes=9000\n[Bond]\nMode=active-backup\nMIIMonitorSec=0.1\nUpDelaySec=1s 500ms\nLearnPacketIntervalSec=5\n',
      [`${ETC}/10-ports.network`]: '[Match]\nName=eth1 eth2\n[Network]\nBond=bond0\n',
      [`${ETC}/10-ports.network.d/x.conf`]: '[Network]\nLLDP=no\n',
      [`${ETC}/20-v.netdev`]: '[NetDev]\nName=v20\nKind=vlan\n[VLAN]\nId=20\nProtocol=802.1Q\n',
      [`${ETC}/20-bond0.network`]: '[Match]\nName=bond0\n[Network]\nVLAN=v20\nLinkLocalAddressing=no\n',
      [`${ETC}/30-br.netdev`]: '[NetDev]\nName=br0\nKind=bridge\n[Bridge]\nSTP=on\nForwardDelaySec=4\n',
      [`${ETC}/30-v.network`]: '[Match]\nName=v20\n[Network]\nBridge=br0\nLinkLocalAddressing=no\n',
    });
    expect(found).toEqual({
      eth1: {
        ...base,
        name: 'eth1',
        kind: 'ethernet',
        controller: 'bond0',
        extra: ['network [Network]\nLLDP=no'],
      },
      eth2: {
        ...base,
        name: 'eth2',
        kind: 'ethernet',
        controller: 'bond0',
        extra: ['network [Network]\nLLDP=no'],
      },
      bond0: {
        ...base,
        name: 'bond0',
        kind: 'bond',
        mtu: 9000,
        bond: { mode: 'active-backup', miimon: 100, updelay: 1500 },
        extra: ['netdev [Bond]\nLearnPacketIntervalSec=5', 'network [Network]\nLinkLocalAddressing=no'],
      },
      v20: {
        ...base,
        name: 'v20',
        kind: 'vlan',
        parent: 'bond0',
        controller: 'br0',
        vlan: { id: 20, protocol: '802.1q' },
      },
      br0: { ...base, onboot: 'none', name: 'br0', kind: 'bridge', bridge: { stp: true, forward_delay: 4 } },
    });
  });

  test.each([
    ['a glob', 'Name=eth*', ['eth1', 'eth2', 'eth3']],
    ['a set of characters', 'Name=eth[!1]', ['eth2', 'eth3']],
    ['all but one', 'Name=!eth1 lo wlan0', ['eth2', 'eth3']],
    ['a MAC address', 'MACAddress=02:00:00:00:00:03', ['eth3']],
    ['the MAC address of a port', 'PermanentMACAddress=02-00-00-00-00-02', ['eth2']],
    ['a type', 'Type=wlan', ['wlan0']],
    ['a name that is not there', 'Name=eth9 eth1', ['eth1', 'eth9']],
    ['what is not known here', 'Driver=e1000e', []],
    ['two of them', 'Name=eth*\nMACAddress=02:00:00:00:00:03', ['eth3']],
  ])('which interfaces match by %s', (_, match, names) => {
    const found = read({ [`${ETC}/x.network`]: `[Match]\n${match}\n[Network]\nDHCP=yes\n` });
    expect(Object.keys(found).sort()).toEqual(names);
  });

  test('the first file in order counts, and /etc before /run', () => {
    const network = (address: string): string => `[Match]\nName=eth1\n[Network]\nAddress=${address}\n`;
    const addresses = (contents: Record<string, string>, about = facts): unknown =>
      networkd.parse(filesOf(contents), about).map(({ ipv4 }) => ipv4?.addresses?.[0]);
    const two = {
      [`${ETC}/20-a.network`]: network('10.0.0.1/24'),
      [`${ETC}/10-b.network`]: network('10.0.0.2/24'),
    };
    expect(addresses(two)).toEqual(['10.0.0.2/24']);
    const both = {
      [`${ETC}/20-a.network`]: network('10.0.0.1/24'),
      '/run/systemd/network/20-a.network': network('10.0.0.3/24'),
    };
    expect(addresses(both)).toEqual(['10.0.0.1/24']);
    const masked = { active: true, facts: { ...facts.facts, masked: `${ETC}/10-b.network` } };
    expect(addresses({ '/run/systemd/network/10-b.network': network('10.0.0.3/24') }, masked)).toEqual([]);
    expect(addresses({ ...two, [`${ETC}/10-b.network`]: '' })).toEqual(['10.0.0.1/24']);
    expect(addresses({ '/run/systemd/network/10-netplan-eth1.network': network('10.0.0.4/24') })).toEqual([]);
  });

  test('what networkd is told to leave alone is not its own', () => {
    expect(read({ [`${ETC}/00-m.network`]: '[Match]\nName=eth1\n[Link]\nUnmanaged=yes\n' })).toEqual({});
  });

  test('lists that are taken back, and lines that go on', () => {
    const text =
      '[Match]\nName=eth1\n[Network]\nAddress=10.0.0.1/24\nAddress=\nAddress=10.0.0.2/24\nDNS=10.0.0.53 \\\n# no\n  10.0.0.54\n';
    expect(read({ [`${ETC}/x.network`]: text }).eth1).toMatchObject({
      ipv4: { addresses: ['10.0.0.2/24'], dns: { servers: ['10.0.0.53', '10.0.0.54'] } },
    });
  });

  test('where it stands', () => {
    const [profile] = networkd.parse(filesOf({ [`${ETC}/x.network`]: '# a\n[Match]\n\nName=eth1\n' }), facts);
    expect(profile).toMatchObject({ at: [{ file: `${ETC}/x.network`, line: 4 }], ours: false });
  });
});

describe('writes', () => {
  test('a stack, in files of its own', () => {
    const stack: Profile[] = [
      ethernet({ name: 'eth1', controller: 'bond0' }),
      ethernet({ name: 'eth2', controller: 'bond0', onboot: 'none' }),
      ethernet({
        name: 'bond0',
        kind: 'bond',
        label: 'uplink',
        bond: { mode: 'active-backup', miimon: 100, primary: 'eth1', use_carrier: true },
      }),
      ethernet({ name: 'bond0.20', kind: 'vlan', parent: 'bond0', controller: 'br20', vlan: { id: 20 } }),
      ethernet({
        name: 'br20',
        kind: 'bridge',
        bridge: { stp: false, forward_delay: 2 },
        ipv4: { addresses: ['10.0.0.1/24'], gateway: '10.0.0.254' },
      }),
    ];
    expect(contentsOf(writeTo(networkd, {}, facts, stack))).toMatchInlineSnapshot(`
      {
        "/etc/systemd/network/05-wirebook-bond0.20.netdev": "# Managed by wirebook

      [NetDev]
      Name=bond0.20
      Kind=vlan

      [VLAN]
      Id=20
      ",
        "/etc/systemd/network/05-wirebook-bond0.20.network": "# Managed by wirebook

      [Match]
      Name=bond0.20

      [Network]
      Bridge=br20
      LinkLocalAddressing=no
      ConfigureWithoutCarrier=yes
      ",
        "/etc/systemd/network/05-wirebook-bond0.netdev": "# Managed by wirebook

      [NetDev]
      Name=bond0
      Kind=bond

      [Bond]
      Mode=active-backup
      MIIMonitorSec=100ms
      ",
        "/etc/systemd/network/05-wirebook-bond0.network": "# Managed by wirebook
      # label: uplink
      # use_carrier: true

      [Match]
      Name=bond0

      [Network]
      ConfigureWithoutCarrier=yes
      ",
        "/etc/systemd/network/05-wirebook-bond0.network.d/wirebook-bond0.20.conf": "# Managed by wirebook

      [Network]
      VLAN=bond0.20
      ",
        "/etc/systemd/network/05-wirebook-br20.netdev": "# Managed by wirebook

      [NetDev]
      Name=br20
      Kind=bridge

      [Bridge]
      STP=no
      ForwardDelaySec=2
      ",
        "/etc/systemd/network/05-wirebook-br20.network": "# Managed by wirebook

      [Match]
      Name=br20

      [Network]
      ConfigureWithoutCarrier=yes
      Address=10.0.0.1/24
      Gateway=10.0.0.254
      ",
        "/etc/systemd/network/05-wirebook-eth1.network": "# Managed by wirebook

      [Match]
      Name=eth1

      [Network]
      Bond=bond0
      LinkLocalAddressing=no
      ",
        "/etc/systemd/network/05-wirebook-eth1.network.d/wirebook-primary.conf": "# Managed by wirebook

      [Network]
      PrimarySlave=yes
      ",
        "/etc/systemd/network/05-wirebook-eth2.network": "# Managed by wirebook

      [Match]
      Name=eth2

      [Link]
      ActivationPolicy=manual

      [Network]
      Bond=bond0
      LinkLocalAddressing=no
      ",
        "/etc/udev/rules.d/90-wirebook-bond0.rules": "# Managed by wirebook
      SUBSYSTEM=="net", ACTION=="add", KERNEL=="bond0", ENV{ID_NET_NAME}=="|bond0", ATTR{ifalias}="uplink"
      SUBSYSTEM=="net", ACTION=="add", KERNEL!="bond0", ENV{ID_NET_NAME}=="bond0", ATTR{ifalias}="uplink"
      ",
      }
    `);
  });

  test('nothing, when the definition is as it was', () => {
    const files = writeTo(networkd, {}, facts, [
      ethernet({ name: 'eth1', ipv4: { addresses: ['10.0.0.1/24'] } }),
    ]);
    const stored = storedOf(networkd, files, facts);
    expect(networkd.write(stored, { set: stored.profiles.eth1!, remove: [] })).toEqual([]);
  });

  test('only the interfaces that change', () => {
    const files = writeTo(networkd, {}, facts, [ethernet({ name: 'eth1' }), ethernet({ name: 'eth2' })]);
    const next = writeTo(networkd, files, facts, [ethernet({ name: 'eth2', mtu: 1400 })], []);
    expect(next[`${ETC}/05-wirebook-eth1.network`]).toBe(files[`${ETC}/05-wirebook-eth1.network`]);
    expect(contentsOf(writeTo(networkd, next, facts, [], ['eth1', 'eth2']))).toEqual({});
  });

  test('a VLAN on what someone else defines, beside their file', () => {
    const theirs = { [`${ETC}/20-up.network`]: '[Match]\nName=eth1\n' };
    const vlan = ethernet({ name: 'v5', kind: 'vlan', parent: 'eth1', vlan: { id: 5 } });
    const files = writeTo(networkd, filesOf(theirs), facts, [vlan]);
    expect(contentsOf(files)).toMatchObject({
      ...theirs,
      [`${ETC}/20-up.network.d/wirebook-v5.conf`]: '# Managed by wirebook\n\n[Network]\nVLAN=v5\n',
    });
    expect(contentsOf(writeTo(networkd, files, facts, [], ['v5']))).toEqual(theirs);
  });

  test('ports again, when their bridge becomes a bond', () => {
    const bridge = ethernet({ name: 'b0', kind: 'bridge', bridge: {} });
    const files = writeTo(networkd, {}, facts, [bridge, ethernet({ name: 'eth1', controller: 'b0' })]);
    const next = writeTo(networkd, files, facts, [ethernet({ name: 'b0', kind: 'bond', bond: {} })]);
    expect(next[`${ETC}/05-wirebook-eth1.network`]?.content).toContain('Bond=b0');
  });

  test('what it cannot say is refused', () => {
    const bond = (fields: Profile['bond']): Profile => ethernet({ name: 'b', kind: 'bond', bond: fields });
    expect(() => writeTo(networkd, {}, facts, [bond({ use_carrier: false })])).toThrow(
      'no setting for use_carrier: false',
    );
    expect(() => writeTo(networkd, {}, facts, [bond({ arp_validate: 'filter' })])).toThrow(
      'no setting for arp_validate: filter',
    );
    expect(() => writeTo(networkd, {}, facts, [ethernet({ name: 'e*' })])).toThrow(
      'cannot be told of an interface named e*',
    );
    expect(() => writeTo(networkd, {}, facts, [ethernet({ name: 'eth1', controller: 'br7' })])).toThrow(
      'eth1 cannot be a port of br7: systemd-networkd has no definition of it',
    );
  });
});

describe('takes over from people', () => {
  const adopt = (contents: Readonly<Record<string, string>>, name = 'eth1'): Record<string, string> =>
    contentsOf(writeTo(networkd, filesOf(contents), facts, [ethernet({ name })]));
  const remove = (contents: Readonly<Record<string, string>>, name = 'eth1'): Record<string, string> =>
    contentsOf(writeTo(networkd, filesOf(contents), facts, [], [name]));
  const ours = { [`${ETC}/05-wirebook-eth1.network`]: '# Managed by wirebook\n\n[Match]\nName=eth1\n' };

  test('a file for this interface alone goes, with what is beside it', () => {
    const theirs = {
      [`${ETC}/20-up.network`]: '[Match]\nName=eth1\n',
      [`${ETC}/20-up.network.d/a.conf`]: '[Network]\nDHCP=yes\n',
    };
    expect(adopt(theirs)).toEqual(ours);
    expect(remove(theirs)).toEqual({});
  });

  test('a file that names others keeps every other byte', () => {
    const text = '# two ports\n[Match]\nName = eth1  eth2\n[Network] \nBond=b\n';
    const left = { [`${ETC}/x.network`]: '# two ports\n[Match]\nName=eth2\n[Network] \nBond=b\n' };
    expect(remove({ [`${ETC}/x.network`]: text })).toEqual(left);
    expect(adopt({ [`${ETC}/x.network`]: text })).toEqual({ ...left, ...ours });
  });

  test('a pattern stays, ours comes first; taken out it cannot be', () => {
    const theirs = { [`${ETC}/20-all.network`]: '[Match]\nName=eth*\n' };
    expect(adopt(theirs)).toEqual({ ...theirs, ...ours });
    expect(() => remove(theirs)).toThrow(`${ETC}/20-all.network is for eth1 and others by a pattern`);
    expect(() => adopt({ [`${ETC}/00-all.network`]: '[Match]\nName=eth*\n' })).toThrow(
      'is for eth1 and others by a pattern',
    );
  });

  test('what another program generates is refused', () => {
    expect(() => remove({ '/run/systemd/network/x.network': '[Match]\nName=eth1\n' })).toThrow(
      'eth1 is defined by /run/systemd/network/x.network, which another program generates',
    );
  });

  test('all that it said and we have no word for', () => {
    const theirs = filesOf({
      [`${ETC}/b.netdev`]: '[NetDev]\nName=b0\nKind=bond\nDescription=x\n[Bond]\nMode=802.3ad\nMinLinks=1\n',
      [`${ETC}/b.network`]:
        '[Match]\nName=b0\n[Link]\nARP=no\n[Network]\nLLDP=yes\n[Route]\nGateway=10.0.0.1\nGatewayOnLink=yes\n',
    });
    const before = networkd.parse(theirs, facts).find(({ name }) => name === 'b0')!;
    const files = writeTo(networkd, theirs, facts, [{ ...before, ours: true }]);
    expect(Object.keys(files)).toEqual([`${ETC}/05-wirebook-b0.netdev`, `${ETC}/05-wirebook-b0.network`]);
    expect(byName(networkd.parse(files, facts))).toEqual(byName([before]));
  });
});

/** The form in which networkd's files say a definition; undefined: it has no words for it. */
function expressible(profile: Profile, all: readonly Profile[]): Profile | undefined {
  const { bond, ipv6 } = profile;
  if (bond?.use_carrier === false || bond?.arp_validate === 'filter_backup') return undefined;
  if (bond?.xmit_hash_policy === 'vlan+srcmac') return undefined;
  const { primary, ...rest } = bond ?? {};
  const port = all.find(({ name }) => name === primary);
  const keeps = hasPrimary(bond?.mode) && port?.controller === profile.name;
  return {
    ...profile,
    onboot: profile.onboot ?? 'onboot',
    ...(bond && { bond: keeps ? bond : rest }),
    // It listens to routers by itself, so must be told to
    ...(ipv6?.autoconf && ipv6.accept_ra === undefined && { ipv6: { ...ipv6, accept_ra: 1 } }),
  };
}

test('what is written is read back, whatever it is', () => {
  fc.assert(
    fc.property(definitions('networkd'), (all) => {
      const forms = all.map((profile) => expressible(profile, all));
      fc.pre(forms.every((form) => form !== undefined));
      const parents = all.flatMap(({ parent }) =>
        parent && !all.some(({ name }) => name === parent) ? [parent] : [],
      );
      fc.pre(all.every(({ controller }) => !controller || all.some(({ name }) => name === controller)));
      const files = writeTo(networkd, {}, facts, all);
      const found = networkd.parse(files, facts).filter(({ name }) => !parents.includes(name));
      expect(byName(found)).toEqual(byName(forms as Profile[]));
      expect(found.every(({ ours }) => ours)).toBe(true);
      const gone = writeTo(networkd, files, facts, [], [...all.map(({ name }) => name), ...parents]);
      expect(contentsOf(gone)).toEqual({});
    }),
    { numRuns: 150 },
  );
});
