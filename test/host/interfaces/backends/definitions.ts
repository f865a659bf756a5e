import * as fc from '../../../fast-check.ts';
import type { BackendName, Profile, StoredFamily6 } from '../../../../src/host/interfaces/profile.ts';

/** Definitions of a small host that stand together, in the one form that is read back as it is. */
export function definitions(backend: BackendName): fc.Arbitrary<readonly Profile[]> {
  const common = { backend, at: [], ours: true } as const;
  return fc
    .record({
      eths: fc.tuple(...['eth0', 'eth1', 'en_3'].map((name) => nic.map((fields) => ({ ...fields, name })))),
      bond: fc.option(fc.tuple(link, bondOptions, fc.subarray(['eth0', 'eth1']))),
      vlan: fc.option(fc.tuple(link, vlanOf)),
      bridge: fc.option(fc.tuple(link, bridgeOptions, fc.subarray(['en_3', 'vlan', 'tap0']))),
      hotplug: fc.boolean(),
    })
    .map(({ eths, bond, vlan, bridge, hotplug }) => {
      const controllers = new Map<string, string>();
      for (const port of bond?.[2] ?? []) controllers.set(port, 'bond0');
      const vlanName = vlan?.[1].name;
      for (const port of bridge?.[2] ?? []) {
        const name = port === 'vlan' ? vlanName : port;
        if (name !== undefined) controllers.set(name, 'br0');
      }
      const all: Omit<Profile, 'backend' | 'at' | 'ours'>[] = eths.map((eth) => ({
        ...eth,
        kind: 'ethernet',
      }));
      if (hotplug) all[2] = { ...all[2]!, onboot: 'hotplug' };
      if (bond) all.push({ ...bond[0], name: 'bond0', kind: 'bond', bond: bond[1] });
      if (vlan) all.push({ ...vlan[0], ...vlan[1], kind: 'vlan' });
      if (bridge) all.push({ ...bridge[0], name: 'br0', kind: 'bridge', bridge: bridge[1] });
      const listed = controllers.has('tap0') ? [{ name: 'tap0', kind: 'ethernet' } as const] : [];
      return [...all, ...listed].map((fields): Profile => {
        const controller = controllers.get(fields.name);
        const { ipv4: _, ipv6: __, ...port } = fields as Profile;
        return controller === undefined
          ? ({ ...common, ...fields } as Profile)
          : ({ ...common, ...port, controller } as Profile);
      });
    });
}

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });

/** Without what is undefined, and families that state nothing. */
const stated = <T extends object>(fields: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fields.map((all) => {
    const entries = Object.entries(all).filter(
      ([, value]) =>
        value !== undefined &&
        !(typeof value === 'object' && value !== null && Object.keys(value).length === 0),
    );
    return Object.fromEntries(entries) as T;
  });

const octet = fc.integer({ min: 1, max: 250 });
const v4 = octet.map((last) => `192.0.2.${last}`);
const v6 = fc.integer({ min: 1, max: 0xffff }).map((last) => `2001:db8::${last.toString(16)}`);
const label = fc
  .string({ unit: fc.constantFrom(...'ab 1\'"$`\\%#|é;'), minLength: 1, maxLength: 12 })
  .filter((text) => text.trim() === text);

const family = (
  address: fc.Arbitrary<string>,
  prefix: number,
  nets: readonly string[],
): fc.Arbitrary<StoredFamily6> =>
  stated(
    fc
      .record({
        dhcp: maybe(fc.constant(true)),
        addresses: maybe(
          fc.uniqueArray(address, { maxLength: 3 }).map((all) => all.map((text) => `${text}/${prefix}`)),
        ),
        gateway: maybe(address),
        routes: maybe(
          fc.uniqueArray(
            stated(
              fc.record({
                to: fc.constantFrom(...nets),
                via: maybe(address),
                table: maybe(fc.integer({ min: 1, max: 250 })),
                metric: maybe(fc.integer({ min: 1, max: 9999 })),
                src: maybe(address),
              }),
            ),
            { maxLength: 2, selector: ({ to, metric, table }) => `${to} ${metric} ${table}` },
          ),
        ),
        rules: maybe(
          fc.uniqueArray(
            stated(
              fc.record({
                from: fc.constantFrom(...nets),
                to: maybe(fc.constantFrom(...nets)),
                table: maybe(fc.integer({ min: 1, max: 250 })),
                priority: maybe(fc.integer({ min: 1, max: 9999 })),
              }),
            ),
            { maxLength: 2, selector: (rule) => JSON.stringify(rule) },
          ),
        ),
        dns: maybe(
          stated(
            fc.record({
              servers: maybe(fc.array(address, { minLength: 1, maxLength: 2 })),
              search: maybe(fc.constant(['example.com', 'lab'])),
            }),
          ),
        ),
      })
      .map((fields) => ({ ...fields })),
  );

const families = fc.record({
  ipv4: maybe(family(v4, 24, ['10.0.0.0/8', '198.51.100.0/24'])),
  ipv6: maybe(
    stated(
      fc
        .tuple(
          family(v6, 64, ['2001:db8:1::/48', 'fd00::/8']),
          maybe(fc.boolean()),
          maybe(fc.integer({ min: 0, max: 2 })),
        )
        .map(
          ([fields, autoconf, accept_ra]): StoredFamily6 => ({
            ...fields,
            ...(autoconf !== undefined && { autoconf }),
            ...(accept_ra !== undefined && { accept_ra }),
          }),
        ),
    ),
  ),
});

const link = stated(
  fc
    .tuple(
      families,
      fc.record({
        onboot: fc.constantFrom('onboot' as const, 'none' as const),
        mtu: maybe(fc.integer({ min: 1280, max: 9000 })),
        mac: maybe(octet.map((last) => `02:00:00:00:00:${last.toString(16).padStart(2, '0')}`)),
        label: maybe(label),
        uuid: maybe(fc.uuid()),
        promisc: maybe(fc.boolean()),
      }),
    )
    .map(([both, fields]) => ({ ...fields, ...both })),
);

const nic = link;

const bridgeOptions = stated(
  fc.record({
    stp: maybe(fc.boolean()),
    forward_delay: maybe(fc.integer({ min: 0, max: 30 })),
    ageing_time: maybe(fc.integer({ min: 0, max: 300 })),
    priority: maybe(fc.integer({ min: 0, max: 65535 })),
    vlan_filtering: maybe(fc.boolean()),
    group_fwd_mask: maybe(fc.integer({ min: 1, max: 65535 })),
    mcast_snooping: maybe(fc.boolean()),
  }),
);

const milliseconds = fc.integer({ min: 0, max: 100_000 });
const bondOptions = stated(
  fc.record({
    mode: maybe(fc.constantFrom('balance-rr', 'active-backup', '802.3ad', 'balance-alb')),
    primary: maybe(fc.constantFrom('eth0', 'eth1')),
    miimon: maybe(milliseconds),
    updelay: maybe(milliseconds),
    downdelay: maybe(milliseconds),
    use_carrier: maybe(fc.boolean()),
    arp_interval: maybe(milliseconds),
    arp_targets: maybe(fc.uniqueArray(v4, { minLength: 1, maxLength: 3 })),
    arp_validate: maybe(fc.constantFrom('none', 'all', 'filter_backup')),
    lacp_rate: maybe(fc.constantFrom('slow', 'fast')),
    xmit_hash_policy: maybe(fc.constantFrom('layer2', 'layer3+4', 'vlan+srcmac')),
    fail_over_mac: maybe(fc.constantFrom('none', 'active', 'follow')),
  }),
);

const vlanOf = fc
  .record({
    parent: fc.constantFrom('bond0', 'eth0'),
    id: fc.integer({ min: 1, max: 4094 }),
    protocol: fc.constantFrom('802.1q', '802.1ad'),
    reorder_hdr: fc.boolean(),
    naming: fc.constantFrom('dotted', 'other', 'wrong'),
  })
  .map(({ parent, naming, ...vlan }) => ({
    name: { dotted: `${parent}.${vlan.id}`, other: 'storage', wrong: `eth1.${(vlan.id % 4094) + 1}` }[naming],
    parent,
    vlan,
  }));
