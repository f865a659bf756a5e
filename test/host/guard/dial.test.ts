import { describe, expect, it } from 'vitest';
import { UNKNOWN } from '../../../src/engine/unknown.ts';
import { dialPlan, inheritMac } from '../../../src/host/guard/dial.ts';
import { guardTimeout } from '../../../src/host/guard/timeout.ts';
import { touchedLinks } from '../../../src/host/guard/touched.ts';
import type { Link, Links } from '../../../src/host/interfaces/link.ts';

const nothing = { addresses: [], dynamic: [], linkLocal: [], routes: [], learned: [] };

type Fields = Partial<Omit<Link, 'ipv4' | 'ipv6'>> & { ipv4?: object; ipv6?: object };

/** Links by name: `MAC` is that of the name unless it is stated. */
const links = (some: Record<string, Fields>): Links =>
  Object.fromEntries(
    Object.entries(some).map(([name, { ipv4, ipv6, ...fields }]): [string, Link] => [
      name,
      {
        ...{ name, kind: 'ethernet', index: 1, up: true, mac: `mac of ${name}`, mtu: 1500, promisc: false },
        ...fields,
        ipv4: { ...nothing, ...ipv4 },
        ipv6: { ...nothing, ...ipv6 },
      },
    ]),
  );

const has = (...addresses: string[]): Fields => ({ ipv4: { addresses } });
const has6 = (...addresses: string[]): Fields => ({ ipv6: { addresses } });
const leased = (...dynamic: string[]): Fields => ({ ipv4: { dynamic } });
const port = (controller: string): Fields => ({ controller });

describe('where to dial', () => {
  const before = links({ eth0: has('10.0.0.5/24', '10.7.0.5/24'), eth1: has('10.1.0.5/24') });
  const cases: [string, Links, Record<string, Fields>, string, ReturnType<typeof dialPlan>][] = [
    ['it stays', before, { eth0: has('10.0.0.5/24'), eth1: {} }, '10.0.0.5', 'same'],
    [
      'it moves',
      before,
      { eth0: port('br0'), br0: { kind: 'bridge', ...has('10.0.0.5/16') } },
      '10.0.0.5',
      'same',
    ],
    ["it is nobody's", before, { eth0: {} }, '192.0.2.1', 'same'],
    ['it is mapped', before, { eth0: has('10.0.0.5/24') }, '::ffff:10.0.0.5', 'same'],
    ['another on the link', before, { eth0: has('10.0.9.5/24') }, '10.0.0.5', ['10.0.9.5']],
    [
      'its subnet first',
      before,
      { eth0: has('10.7.0.5/24', '10.0.0.6/24') },
      '10.0.0.5',
      ['10.0.0.6', '10.7.0.5'],
    ],
    [
      'on what takes over',
      before,
      {
        eth0: port('bond0'),
        bond0: { kind: 'bond' },
        v5: { kind: 'vlan', parent: 'bond0', ...port('br5') },
        br5: { kind: 'bridge', ...has('10.50.0.5/24') },
        eth1: has('10.1.0.5/24'),
      },
      '10.0.0.5',
      ['10.50.0.5'],
    ],
    [
      'elsewhere in the subnet',
      before,
      { eth0: {}, eth1: has('10.0.0.6/24', '10.1.0.5/24') },
      '10.0.0.5',
      ['10.0.0.6'],
    ],
    ['nowhere', before, { eth0: {}, eth1: has('10.1.0.5/24') }, '10.0.0.5', undefined],
    ['the link is down', before, { eth0: { up: false, ...has('10.0.0.5/24') } }, '10.0.0.5', undefined],
    ['the link is gone', before, { eth1: has('10.1.0.5/24') }, '10.0.0.5', undefined],
    ['another family does not count', before, { eth0: has6('fd00::5/64') }, '10.0.0.5', undefined],
    [
      'a lease that is kept',
      links({ eth0: leased('10.0.0.5/24') }),
      { eth0: leased('10.0.0.5/24') },
      '10.0.0.5',
      'same',
    ],
    ['IPv6', links({ eth0: has6('fd00::5/64') }), { eth0: has6('fd00::6/64') }, 'fd00::5', ['fd00::6']],
    [
      'a link-local address goes with the MAC',
      links({ eth0: { ipv6: { linkLocal: ['fe80::1/64'] } } }),
      { eth0: { ipv6: { linkLocal: UNKNOWN } } },
      'fe80::1%eth0',
      'same',
    ],
    [
      'which may change',
      links({ eth0: { ipv6: { linkLocal: ['fe80::1/64'] } } }),
      { eth0: { mac: 'other', ipv6: { linkLocal: UNKNOWN } } },
      'fe80::1%eth0',
      undefined,
    ],
  ];
  it.each(cases)('%s', (_, have, after, address, answer) => {
    expect(dialPlan(have, links(after), address)).toEqual(answer);
  });

  it('confirm_host is for an address that goes', () => {
    const confirmHost = 'kvm1.example.org';
    expect(dialPlan(before, before, '10.0.0.5', { confirmHost })).toBe('same');
    expect(dialPlan(before, links({ eth0: has('10.0.0.6/24') }), '10.0.0.5', { confirmHost })).toEqual([
      confirmHost,
    ]);
  });

  it('a lease comes back to the same MAC', () => {
    const dhcp = links({ eth0: leased('10.0.0.5/24') });
    const bridge = { kind: 'bridge', mac: 'mac of eth0' };
    const bridged = (br0: Fields): Links => links({ eth0: port('br0'), br0 });
    const leases = new Set(['br0']);
    expect(dialPlan(dhcp, bridged(bridge), '10.0.0.5', { leases })).toBe('same');
    expect(dialPlan(dhcp, bridged({ ...bridge, mac: UNKNOWN }), '10.0.0.5', { leases })).toBeUndefined();
    expect(dialPlan(dhcp, bridged(bridge), '10.0.0.5')).toBeUndefined();
    expect(dialPlan(before, bridged(bridge), '10.0.0.5', { leases })).toBeUndefined();
  });
});

describe('whose MAC', () => {
  const before = links({ eth0: has('10.0.0.5/24'), eth1: {}, br1: { kind: 'bridge' } });
  const eth0 = (link: string) => ({ link, mac: 'mac of eth0' });
  const made = (kind: string, more: Fields = {}): Fields => ({ kind, mac: UNKNOWN, ...more });
  const address = has('10.0.0.5/24');
  const cases: [string, Record<string, Fields>, ReturnType<typeof inheritMac>][] = [
    ['a new bridge', { eth0: port('br0'), br0: made('bridge', address) }, eth0('br0')],
    ['a new bond', { eth0: port('b0'), eth1: port('b0'), b0: made('bond', address) }, eth0('b0')],
    ['at another address', { eth0: port('br0'), br0: made('bridge', has('10.9.0.5/24')) }, eth0('br0')],
    ['told its own', { eth0: port('br0'), br0: { kind: 'bridge', ...address } }, undefined],
    ['not new', { eth0: port('br1'), br1: { kind: 'bridge', mac: UNKNOWN, ...address } }, undefined],
    [
      'a bridge on a bond',
      { eth0: port('b0'), b0: made('bond', port('br0')), br0: made('bridge', address) },
      eth0('br0'),
    ],
    [
      'a VLAN on a bond',
      { eth0: port('b0'), b0: made('bond'), v5: made('vlan', { parent: 'b0', ...address }) },
      eth0('b0'),
    ],
    [
      'a bond with fail_over_mac',
      {
        eth0: port('b0'),
        b0: made('bond', { bond: { mode: 'active-backup', fail_over_mac: 'active' }, ...address }),
      },
      undefined,
    ],
    [
      'the one that asks for the address',
      {
        eth0: port('b0'),
        b0: made('bond', port('br0')),
        br0: made('bridge', { ipv4: { dhcp: true } }),
        v5: made('vlan', { parent: 'b0', ...port('br5') }),
        br5: made('bridge', has('10.5.0.5/24')),
      },
      eth0('br0'),
    ],
    ['elsewhere', { eth0: {}, eth1: port('br0'), br0: made('bridge', address) }, undefined],
    ['nothing new', { eth0: address }, undefined],
  ];
  it.each(cases)('%s', (_, after, answer) => {
    expect(inheritMac(before, links(after), '10.0.0.5')).toEqual(answer);
  });
});

describe('how long', () => {
  const before = links({
    eth0: {},
    eth1: {},
    br9: { kind: 'bridge', bridge: { stp: true, forward_delay: 30 } },
  });
  const with_ = (some: Record<string, Fields>): Links => ({ ...before, ...links(some) });
  const bridge = (options: object): Record<string, Fields> => ({
    eth0: port('br0'),
    br0: { kind: 'bridge', bridge: options },
  });
  const bond = (options: object): Record<string, Fields> => ({
    eth0: port('b0'),
    b0: { kind: 'bond', bond: options },
  });
  const cases: [string, Links, Parameters<typeof guardTimeout>[2], number][] = [
    ['as usual, whatever another bridge takes', with_({ eth0: has('10.0.0.1/24') }), { dhcp: false }, 30],
    ['as stated', before, { confirmTimeout: 5, dhcp: false }, 5],
    ['DHCP', before, { confirmTimeout: 5, dhcp: true }, 45],
    ['STP', with_(bridge({ stp: true, forward_delay: 15 })), { confirmTimeout: 10, dhcp: false }, 45],
    ["STP, the kernel's delay", with_(bridge({ stp: true, forward_delay: UNKNOWN })), { dhcp: true }, 45],
    ['STP, short', with_(bridge({ stp: true, forward_delay: 4 })), { confirmTimeout: 10, dhcp: false }, 23],
    ['no STP', with_(bridge({ stp: false, forward_delay: 15 })), { confirmTimeout: 10, dhcp: false }, 10],
    ['LACP', with_(bond({ mode: '802.3ad', updelay: 20_500 })), { dhcp: false }, 36],
    ['LACP without a delay', with_(bond({ mode: '802.3ad' })), { confirmTimeout: 10, dhcp: false }, 15],
    ['no LACP', with_(bond({ mode: 'active-backup', updelay: 90_000 })), { dhcp: false }, 30],
  ];
  it.each(cases)('%s', (_, after, how, seconds) => {
    expect(guardTimeout(before, after, how)).toBe(seconds);
  });
});

describe('what is touched', () => {
  const before = links({
    eth0: port('bond0'),
    eth1: port('bond0'),
    bond0: { kind: 'bond' },
    v5: { kind: 'vlan', parent: 'bond0', ...port('br5') },
    vnet0: { kind: 'tun', ...port('br5') },
    br5: { kind: 'bridge' },
    eth2: {},
    eth3: port('br9'),
    br9: { kind: 'bridge' },
  });
  const names = (...args: Parameters<typeof touchedLinks>): string[] => [...touchedLinks(...args)].sort();

  it('all above and below', () => {
    expect(names(before, before, [{ op: 'mtu', link: 'bond0', mtu: 9000 }])).toEqual([
      'bond0',
      'br5',
      'eth0',
      'eth1',
      'v5',
    ]);
    expect(names(before, before, [{ op: 'delete', link: 'br5' }])).toEqual([
      'bond0',
      'br5',
      'eth0',
      'eth1',
      'v5',
      'vnet0',
    ]);
  });

  it('where a port goes, and what is made', () => {
    expect(names(before, before, [{ op: 'controller', link: 'eth2', controller: 'br9' }])).toEqual([
      'br9',
      'eth2',
      'eth3',
    ]);
    const add = { op: 'add', link: 'v7', kind: 'vlan', parent: 'eth2', options: { id: 7 } } as const;
    expect(names(before, before, [add])).toEqual(['eth2', 'v7']);
  });

  it('what comes out otherwise, and what others change', () => {
    const after = { ...before, ...links({ eth3: {} }) };
    expect(names(before, after, [])).toEqual(['br9', 'eth3']);
    expect(names(before, before, [], ['br9'])).toEqual(['br9', 'eth3']);
  });
});
