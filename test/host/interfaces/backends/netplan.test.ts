import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from '../../../fast-check.ts';
import { afterAll, describe, expect, test } from 'vitest';
import { netplan } from '../../../../src/host/interfaces/backends/netplan/index.ts';
import { hasPrimary } from '../../../../src/host/interfaces/bond-mode.ts';
import type { BackendFacts, Files, Profile } from '../../../../src/host/interfaces/profile.ts';
import { cacheFolder } from '../../../../src/lab/files.ts';
import { definitions } from './definitions.ts';
import { byName, contentsOf, filesOf, storedOf, writeTo } from './on-files.ts';

const OURS = '/etc/netplan/99-wirebook.yaml';
const facts: BackendFacts = {
  active: true,
  facts: {
    link: [
      'eth1 02:00:00:00:00:01 1 - -',
      'eth2 02:00:00:00:00:02 1 - -',
      'ens3 02:00:00:00:00:03 1 - -',
    ].join('\n'),
  },
};

const base = { backend: 'netplan', onboot: 'onboot' } as const;
const ethernet = (fields: Partial<Profile> & Pick<Profile, 'name'>): Profile => ({
  ...base,
  kind: 'ethernet',
  at: [],
  ours: true,
  ...fields,
});
const read = (contents: Readonly<Record<string, string>>): Record<string, unknown> =>
  byName(netplan.parse(filesOf(contents), facts));

describe('reads what people write', () => {
  test('addresses in all their forms', () => {
    const text = `# cloud
network:
    version: 2
    ethernets:
        eth1:
            dhcp4: yes
            dhcp4-overrides: {use-dns: false, route-metric: 20}
            addresses:
                - 10.0.0.1/24
                - 10.0.0.9/24: {label: "eth1:9"}
                - "fd00:0::1/64"
            gateway4: 10.0.0.254
            routes:
            - {to: 0.0.0.0/0, via: 10.0.0.253, metric: 200}
            - to: 10.1.0.0/16
              via: 10.0.0.252
              on-link: true
            - {to: 10.2.0.0/16, scope: link}
            nameservers: {addresses: [10.0.0.53, "fd00::53"], search: [a.example]}
            routing-policy: [{from: 10.0.0.0/24, table: 100}]
            accept-ra: no
            macaddress: AA:BB:CC:00:11:22
            mtu: 1400
            wakeonlan: true
            optional: true
`;
    expect(read({ '/etc/netplan/50-cloud-init.yaml': text })).toEqual({
      eth1: {
        ...base,
        name: 'eth1',
        kind: 'ethernet',
        mtu: 1400,
        mac: 'aa:bb:cc:00:11:22',
        ipv4: {
          dhcp: true,
          peerdns: false,
          addresses: ['10.0.0.1/24'],
          gateway: '10.0.0.254',
          routes: [{ to: 'default', via: '10.0.0.253', metric: 200 }, { to: '10.2.0.0/16' }],
          rules: [{ from: '10.0.0.0/24', table: 100 }],
          dns: { servers: ['10.0.0.53'], search: ['a.example'] },
        },
        ipv6: { addresses: ['fd00::1/64'], dns: { servers: ['fd00::53'] }, accept_ra: 0 },
        extra: [
          'dhcp4-overrides: {"route-metric":"20"}',
          'addresses: [{"10.0.0.9/24":{"label":"eth1:9"}}]',
          'routes: [{"to":"10.1.0.0/16","via":"10.0.0.252","on-link":"true"}]',
          'wakeonlan: "true"',
          'optional: "true"',
        ],
      },
    });
  });

  test('a stack, with ids that are no names, over files in their order', () => {
    const found = read({
      '/etc/netplan/10-a.yaml': `network:
  ethernets:
    lan1: {match: {macaddress: "02:00:00:00:00:01"}}
    lan2: {match: {name: "ens*"}, set-name: eth9}
  bonds:
    bond0: {interfaces: [lan1], parameters: {mode: active-backup, primary: lan1, mii-monitor-interval: 1s, up-delay: 50, gratuitous-arp: 2}}
  vlans: {v20: {id: 20, link: bond0}}
`,
      '/etc/netplan/20-b.yaml': `network:
  bonds: {bond0: {interfaces: [lan2], mtu: 9000}}
  bridges:
    br0:
      interfaces: [v20]
      parameters: {stp: on, forward-delay: 4, ageing-time: 300s, max-age: 20}
  wifis: {wlan0: {access-points: {x: {}}}}
`,
      '/run/netplan/20-b.yaml': 'network: {ethernets: {no: {}}}\n',
      '/lib/netplan/30-c.yaml': 'network: {ethernets: {eth2: {activation-mode: manual}}}\n',
    });
    const port = { ...base, kind: 'ethernet', controller: 'bond0' };
    expect(found).toEqual({
      eth1: { ...port, name: 'eth1' },
      eth9: { ...port, name: 'eth9' },
      bond0: {
        ...base,
        name: 'bond0',
        kind: 'bond',
        mtu: 9000,
        bond: { mode: 'active-backup', primary: 'eth1', miimon: 1000, updelay: 50 },
        extra: ['parameters.gratuitous-arp: "2"'],
      },
      v20: { ...base, name: 'v20', kind: 'vlan', parent: 'bond0', controller: 'br0', vlan: { id: 20 } },
      br0: {
        ...base,
        name: 'br0',
        kind: 'bridge',
        bridge: { stp: true, forward_delay: 4, ageing_time: 300 },
        extra: ['parameters.max-age: "20"'],
      },
      eth2: { ...base, name: 'eth2', kind: 'ethernet', onboot: 'none' },
    });
  });

  test('where it stands, and whose it is', () => {
    const [theirs] = netplan.parse(
      filesOf({ '/etc/netplan/a.yaml': 'network:\n  ethernets:\n    # x\n    eth1: {}\n' }),
      facts,
    );
    expect(theirs).toMatchObject({ at: [{ file: '/etc/netplan/a.yaml', line: 4 }], ours: false });
  });

  test('a file that is not YAML is left to netplan to complain about', () => {
    expect(read({ '/etc/netplan/a.yaml': 'network: [', '/etc/netplan/b.yaml': '- x\n' })).toEqual({});
  });
});

describe('writes', () => {
  const stack: Profile[] = [
    ethernet({ name: 'eth1', controller: 'bond0' }),
    ethernet({ name: 'eth2', controller: 'bond0', onboot: 'none' }),
    ethernet({
      name: 'bond0',
      kind: 'bond',
      label: 'uplink # 1',
      bond: { mode: 'active-backup', miimon: 100, primary: 'eth1', use_carrier: true },
    }),
    ethernet({
      name: 'bond0.20',
      kind: 'vlan',
      parent: 'bond0',
      controller: 'br20',
      vlan: { id: 20, protocol: '802.1q', reorder_hdr: true },
    }),
    ethernet({
      name: 'br20',
      kind: 'bridge',
      bridge: { stp: false, forward_delay: 2 },
      ipv4: { addresses: ['10.0.0.1/24'], gateway: '10.0.0.254' },
      ipv6: { addresses: ['fd00::1/64'], accept_ra: 2 },
    }),
  ];

  test('a stack, in a file of its own', () => {
    const files = writeTo(netplan, {}, facts, stack);
    expect(files[OURS]?.mode).toBe(0o600);
    expect(contentsOf(files)).toMatchInlineSnapshot(`
      {
        "/etc/netplan/99-wirebook.yaml": "# Managed by wirebook
      network:
        version: 2
        ethernets:
          eth1: {}
          eth2:
            activation-mode: manual
        bonds:
          # label: uplink # 1
          # use_carrier: true
          bond0:
            interfaces: [eth1, eth2]
            parameters:
              mode: active-backup
              primary: eth1
              mii-monitor-interval: 100
        vlans:
          # protocol: 802.1q
          # reorder_hdr: true
          bond0.20:
            id: 20
            link: bond0
        bridges:
          # accept_ra: 2
          br20:
            interfaces: [bond0.20]
            parameters:
              stp: false
              forward-delay: 2
            accept-ra: true
            addresses: [10.0.0.1/24, "fd00::1/64"]
            routes: [{to: default, via: 10.0.0.254}]
      ",
        "/etc/udev/rules.d/90-wirebook-bond0.rules": "# Managed by wirebook
      SUBSYSTEM=="net", ACTION=="add", KERNEL=="bond0", ENV{ID_NET_NAME}=="|bond0", ATTR{ifalias}="uplink # 1"
      SUBSYSTEM=="net", ACTION=="add", KERNEL!="bond0", ENV{ID_NET_NAME}=="bond0", ATTR{ifalias}="uplink # 1"
      ",
      }
    `);
  });

  test('nothing, when the definition is as it was', () => {
    const files = writeTo(netplan, {}, facts, stack);
    const stored = storedOf(netplan, files, facts);
    expect(netplan.write(stored, { set: stored.profiles.br20!, remove: [] })).toEqual([]);
  });

  test('only the interfaces that change; what people wrote between stays', () => {
    const first = contentsOf(
      writeTo(netplan, {}, facts, [ethernet({ name: 'eth1' }), ethernet({ name: 'eth2', mtu: 1500 })]),
    );
    const edited = first[OURS]!.replace('    eth2:\n', '    # by hand\n    eth2:\n      optional: true\n');
    const next = contentsOf(
      writeTo(netplan, filesOf({ [OURS]: edited }), facts, [ethernet({ name: 'eth1', mtu: 1400 })]),
    );
    expect(next[OURS]).toBe(edited.replace('    eth1: {}\n', '    eth1:\n      mtu: 1400\n'));
  });

  test('a port of someone else’s bridge', () => {
    const theirs = {
      '/etc/netplan/a.yaml':
        'network:\n  ethernets: {eth1: {}}\n  bridges:\n    br0: {interfaces: [eth1], dhcp4: true}\n',
    };
    const files = writeTo(netplan, filesOf(theirs), facts, [ethernet({ name: 'eth2', controller: 'br0' })]);
    expect(contentsOf(files)).toEqual({
      ...theirs,
      [OURS]:
        '# Managed by wirebook\nnetwork:\n  version: 2\n  ethernets:\n    eth2: {}\n  bridges:\n    br0:\n      interfaces: [eth2]\n',
    });
    expect(read(contentsOf(files)).eth2).toMatchObject({ controller: 'br0' });
    expect(contentsOf(writeTo(netplan, files, facts, [], ['eth2']))).toEqual(theirs);
  });

  test('what a VLAN stands on, since netplan wants it defined', () => {
    const vlan = ethernet({ name: 'v5', kind: 'vlan', parent: 'eth1', vlan: { id: 5 } });
    expect(contentsOf(writeTo(netplan, {}, facts, [vlan]))[OURS]).toContain(
      '  ethernets:\n    eth1: {}\n  vlans:\n',
    );
  });

  test.each<[Profile, string]>([
    [ethernet({ name: 'b', kind: 'bond', bond: { use_carrier: false } }), 'use_carrier: false'],
    [ethernet({ name: 'b', kind: 'bridge', bridge: { vlan_filtering: true } }), 'vlan_filtering: true'],
    [
      ethernet({ name: 'v', kind: 'vlan', parent: 'eth1', vlan: { id: 1, protocol: '802.1ad' } }),
      'protocol: 802.1ad',
    ],
    [ethernet({ name: 'eth1', promisc: true }), 'promisc'],
    [ethernet({ name: 'eth1', ipv6: { autoconf: false } }), 'ipv6.autoconf: false'],
  ])('what it cannot say is refused: %#', (profile, what) => {
    expect(() => writeTo(netplan, {}, facts, [profile])).toThrow(`netplan has no setting for ${what}`);
  });
});

describe('takes over from people', () => {
  const text = `# site
network:
  version: 2   # always
  renderer: networkd

  ethernets:
    # left
    eth1:
      dhcp4: true   # for now

      mtu: 1400
    eth2: {}

  bridges:
    br0:
      interfaces: [eth1, eth2]  # both
`;
  const file = '/etc/netplan/50-site.yaml';
  const remove = (content: string, names: readonly string[], path = file): Record<string, string> =>
    contentsOf(writeTo(netplan, filesOf({ [path]: content }), facts, [], names));

  test('one of several: the rest keeps every byte', () => {
    const alone = text.replace(/\n {2}bridges:[\s\S]*/, '');
    expect(remove(alone, ['eth1'])).toEqual({ [file]: alone.replace(/ {4}# left[\s\S]*1400\n/, '') });
    const [first, second] = [
      alone.replace('    eth2: {}\n', ''),
      alone.replace('    eth2: {}\n', '    eth2: {}\n    eth3: {}\n'),
    ];
    expect(remove(first, ['eth1'])).toEqual({
      [file]: '# site\nnetwork:\n  version: 2   # always\n  renderer: networkd\n\n',
    });
    expect(remove(second, ['eth3'])).toEqual({ [file]: alone });
  });

  test('a port is taken out of the list that it was in', () => {
    const left = remove(text, ['eth1'])[file];
    expect(left).toContain('interfaces: [eth2]');
    expect(left).toContain('# both');
    expect(left).not.toContain('eth1');
  });

  test('what others write in a row', () => {
    const row = 'network: {version: 2, ethernets: {eth1: {dhcp4: true}, eth2: {}}}\n';
    expect(read(remove(row, ['eth1']))).toEqual({ eth2: { ...base, name: 'eth2', kind: 'ethernet' } });
    expect(remove(row, ['eth1', 'eth2'])).toEqual({});
  });

  test('adopted, with all that it said', () => {
    const stored = storedOf(
      netplan,
      filesOf({ [file]: text.replace('mtu: 1400', 'mtu: 1400\n      wakeonlan: true') }),
      facts,
    );
    const set = [stored.profiles.eth1![0]!, stored.profiles.br0![0]!].map((profile) => ({
      ...profile,
      ours: true,
    }));
    const files = writeTo(netplan, stored.files, facts, set);
    expect(byName(netplan.parse(files, facts))).toEqual(byName(Object.values(stored.profiles).flat()));
    expect(
      netplan
        .parse(files, facts)
        .filter(({ ours }) => ours)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['br0', 'eth1']);
  });

  test('what stands for several, or is generated, is refused', () => {
    const glob = 'network: {ethernets: {all: {match: {name: "eth*"}, dhcp4: true}}}\n';
    expect(() => remove(glob, ['eth1'])).toThrow(`all in ${file} is for eth1 and eth2`);
    expect(() => remove(text, ['eth1'], '/run/netplan/x.yaml')).toThrow(
      'eth1 is defined by /run/netplan/x.yaml, which another program generates',
    );
  });
});

/** The form in which netplan says a definition; undefined: it has no words for it. */
function expressible(profile: Profile): Profile | undefined {
  const { bond, bridge, vlan, ipv6, promisc } = profile;
  const wordless =
    promisc === true ||
    bond?.use_carrier === false ||
    bond?.arp_validate === 'filter_backup' ||
    bond?.xmit_hash_policy === 'vlan+srcmac' ||
    bridge?.vlan_filtering === true ||
    bridge?.mcast_snooping === false ||
    Boolean(bridge?.group_fwd_mask) ||
    vlan?.protocol === '802.1ad' ||
    vlan?.reorder_hdr === false ||
    (ipv6?.autoconf === false && ipv6.accept_ra !== 0);
  if (wordless) return undefined;
  const { primary: _, ...rest } = bond ?? {};
  return {
    ...profile,
    onboot: profile.onboot ?? 'onboot',
    ...(bond && { bond: hasPrimary(bond.mode) ? bond : rest }),
    ...(ipv6?.autoconf && ipv6.accept_ra === undefined && { ipv6: { ...ipv6, accept_ra: 1 } }),
  };
}

const wordy = (profile: Profile): Profile => {
  const { bond, bridge, vlan, ipv6, promisc: _, ...rest } = profile;
  const { autoconf, ...family } = ipv6 ?? {};
  const { use_carrier: __, arp_validate: ___, xmit_hash_policy: ____, ...bonding } = bond ?? {};
  const {
    vlan_filtering: _____,
    mcast_snooping: ______,
    group_fwd_mask: _______,
    ...bridging
  } = bridge ?? {};
  return {
    ...rest,
    ...(bond && { bond: bonding }),
    ...(bridge && { bridge: bridging }),
    ...(vlan && { vlan: { ...vlan, protocol: '802.1q', reorder_hdr: true } }),
    ...(ipv6 && { ipv6: autoconf ? { ...family, autoconf } : family }),
  };
};

test('what is written is read back, whatever it is', () => {
  fc.assert(
    fc.property(definitions('netplan'), fc.boolean(), (drawn, plain) => {
      const all = plain ? drawn.map(wordy) : drawn;
      const forms = all.map((profile) => expressible(profile));
      fc.pre(forms.every((form) => form !== undefined));
      fc.pre(all.every(({ controller }) => !controller || all.some(({ name }) => name === controller)));
      const parents = all.flatMap(({ parent }) =>
        parent && !all.some(({ name }) => name === parent) ? [parent] : [],
      );
      const files = writeTo(netplan, {}, facts, all);
      const found = netplan.parse(files, facts).filter(({ name }) => !parents.includes(name));
      expect(byName(found)).toEqual(byName(tidy(forms as Profile[])));
      expect(found.every(({ ours }) => ours)).toBe(true);
      const gone = writeTo(netplan, files, facts, [], [...all.map(({ name }) => name), ...parents]);
      expect(contentsOf(gone)).toEqual({});
    }),
    { numRuns: 150 },
  );
});

/** Without families that say nothing. */
const tidy = (profiles: readonly Profile[]): Profile[] =>
  profiles.map(({ ipv6, ...rest }) => ({ ...rest, ...(ipv6 && Object.keys(ipv6).length > 0 && { ipv6 }) }));

/** netplan of this machine, else that in the lab's root file system. */
function generator(): { program: string; libraries: string } | undefined {
  const cached = existsSync(cacheFolder())
    ? readdirSync(cacheFolder()).map((name) => join(cacheFolder(), name))
    : [];
  const root = ['/', ...cached].find((folder) => existsSync(join(folder, 'usr/libexec/netplan/generate')));
  return root === undefined
    ? undefined
    : {
        program: join(root, 'usr/libexec/netplan/generate'),
        libraries: root === '/' ? '' : join(root, 'usr/lib/x86_64-linux-gnu'),
      };
}

const real = generator();
const work = mkdtempSync(join(tmpdir(), 'wirebook-netplan-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** What netplan says of these files; empty: it takes them. */
function complaint(files: Files): string {
  const root = mkdtempSync(join(work, 'root-'));
  for (const [path, { content }] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content, { mode: 0o600 });
  }
  const { status, stderr } = spawnSync(real!.program, ['--root-dir', root], {
    env: { LD_LIBRARY_PATH: real!.libraries },
    encoding: 'utf8',
  });
  return status === 0 ? '' : `${stderr}\n${JSON.stringify(contentsOf(files), null, 1)}`;
}

describe.skipIf(!real)(
  'the real netplan generate (skipped without netplan or a lab’s root file system)',
  () => {
    test('complains where there is something to complain about', () => {
      expect(
        complaint(filesOf({ [OURS]: 'network: {version: 2, ethernets: {eth1: {dhcp4: perhaps}}}\n' })),
      ).toContain('invalid boolean');
    });

    test('takes all that is written', () => {
      fc.assert(
        fc.property(definitions('netplan'), (drawn) => {
          const all = drawn.map(wordy).map((profile): Profile => reasonable(profile, drawn));
          fc.pre(all.every((profile) => expressible(profile)));
          fc.pre(all.every(({ controller }) => !controller || all.some(({ name }) => name === controller)));
          expect(complaint(writeTo(netplan, {}, facts, all))).toBe('');
        }),
        { numRuns: 60 },
      );
    });
  },
);

/** Without what no kernel would take, such as a primary that is no port. */
function reasonable(profile: Profile, all: readonly Profile[]): Profile {
  const { primary, arp_targets, ...bond } = profile.bond ?? {};
  const isPort = all.some(({ name, controller }) => name === primary && controller === profile.name);
  return {
    ...profile,
    ...(profile.bond && {
      bond: { ...bond, ...(isPort && { primary }), ...(bond.arp_interval !== undefined && { arp_targets }) },
    }),
  };
}
