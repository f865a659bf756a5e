import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { linksReader } from '../../../src/host/observe/links.ts';
import { emptyState } from '../../../src/host/state.ts';

const request = { source: 'links' } as const;
const read = (stdout: string, status = 0, stderr = '') =>
  linksReader.parse({ stdout, stderr, status }, emptyState, request).links;

/** What the script prints, with some sections filled. */
const output = (sections: { links?: object[]; routes?: object[]; vlans?: string; tables?: string }): string =>
  [
    ...['links', JSON.stringify(sections.links ?? []), 'routes', JSON.stringify(sections.routes ?? [])],
    ...['vlans', sections.vlans ?? '', 'devices', 'sysctls', 'tables', sections.tables ?? '', 'end'],
  ].join('\n');

const link = (more: object = {}) => ({
  ifindex: 2,
  ifname: 'eth0',
  flags: ['BROADCAST', 'MULTICAST', 'UP'],
  mtu: 1500,
  link_type: 'ether',
  address: '52:54:00:00:00:01',
  ...more,
});

describe('links from captured output', () => {
  const folder = join(import.meta.dirname, 'links');
  const cases = readdirSync(folder).filter((file) => file.endsWith('.txt'));

  it.each(cases)('%s', async (file) => {
    const links = read(readFileSync(join(folder, file), 'utf8'));
    await expect(`${JSON.stringify(links, null, 1)}\n`).toMatchFileSnapshot(
      join(folder, file.replace('.txt', '.json')),
    );
    for (const { mac } of Object.values(links)) expect(mac).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
  });
});

it('options of a bridge port are read where they are not the kernel\'s own', () => {
  const port = (data: object) =>
    read(output({ links: [link({ master: 'br0', linkinfo: { info_slave_kind: 'bridge', info_slave_data: data } })] }));
  expect(port({ hairpin: false, learning: true, isolated: false, priority: 32 }).eth0?.portFlags).toBeUndefined();
  const unusual = { hairpin: false, learning: false, isolated: true };
  expect(port(unusual).eth0?.portFlags).toEqual({ learning: false, isolated: true });
});

describe('addresses', () => {
  const addresses = (...list: object[]) => read(output({ links: [link({ addr_info: list })] })).eth0!;
  const global = { family: 'inet', prefixlen: 24, scope: 'global' };

  it('are permanent, dynamic or link-local', () => {
    const { ipv4, ipv6 } = addresses(
      { ...global, local: '10.0.0.1' },
      { ...global, local: '10.0.0.2', dynamic: true },
      { ...global, local: '10.0.1.1', address: '10.0.1.2', prefixlen: 32 },
      { family: 'inet6', local: 'fe80::5054:ff:fe00:1', prefixlen: 64, scope: 'link' },
      { family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link' },
      { family: 'inet6', local: 'fe80::2', prefixlen: 64, scope: 'link', protocol: 'kernel_ll' },
      {
        family: 'inet6',
        local: '2001:db8::1',
        prefixlen: 64,
        scope: 'global',
        dynamic: true,
        mngtmpaddr: true,
      },
    );
    expect(ipv4.addresses).toEqual(['10.0.0.1/24', '10.0.1.1 peer 10.0.1.2/32']);
    expect(ipv4.dynamic).toEqual(['10.0.0.2/24']);
    expect(ipv6.addresses).toEqual(['fe80::1/64']);
    expect(ipv6.dynamic).toEqual(['2001:db8::1/64']);
    expect(ipv6.linkLocal).toEqual(['fe80::5054:ff:fe00:1/64', 'fe80::2/64']);
  });
});

describe('routes', () => {
  const routes = (list: object[], tables?: string) =>
    read(output({ links: [link()], routes: list, ...(tables !== undefined && { tables }) })).eth0!;

  it('are permanent or learned, without what the kernel keeps for itself', () => {
    const { ipv4 } = routes([
      { dst: 'default', gateway: '10.0.0.9', dev: 'eth0', flags: [] },
      { dst: 'default', gateway: '10.0.0.8', dev: 'eth0', protocol: 'dhcp', metric: 100 },
      { dst: 'default', gateway: '10.0.0.7', dev: 'eth0', protocol: 'static', metric: 50 },
      { dst: '10.9.0.1', gateway: '10.0.0.9', dev: 'eth0' },
      { dst: '10.0.0.0/24', dev: 'eth0', protocol: 'kernel', scope: 'link', prefsrc: '10.0.0.1' },
      { type: 'local', dst: '10.0.0.1', dev: 'eth0', table: 'local', protocol: 'kernel' },
      { type: 'blackhole', dst: '10.8.0.0/16' },
      { type: 'unreachable', dst: '10.8.0.0/16', dev: 'lo' },
      { dst: '10.7.0.0/16', nexthops: [{ gateway: '10.0.0.9', dev: 'eth0', weight: 1 }] },
      { dst: '10.6.0.0/16', dev: 'wlan9' },
    ]);
    expect(ipv4.gateway).toBe('10.0.0.9');
    expect(ipv4.learned).toEqual([{ to: 'default', via: '10.0.0.8', metric: 100 }]);
    expect(ipv4.routes).toEqual([
      { to: 'default', via: '10.0.0.7', metric: 50 },
      { to: '10.9.0.1/32', via: '10.0.0.9' },
    ]);
  });

  it('have tables by number, whatever ip calls them', () => {
    const { ipv4 } = routes(
      [
        { dst: '10.1.0.0/16', dev: 'eth0', table: 'guests' },
        { dst: '10.2.0.0/16', dev: 'eth0', table: '200' },
        { dst: '10.3.0.0/16', dev: 'eth0', table: 'main' },
      ],
      '255 local\n0x64 guests\n#1 inr.ruhep',
    );
    expect(ipv4.routes.map(({ table }) => table)).toEqual([100, 200, undefined]);
  });

  it('are IPv6 where they say so, with 1024 as the usual metric', () => {
    const { ipv4, ipv6 } = routes([
      { dst: 'default', gateway: 'fe80::1', dev: 'eth0', metric: 1024, flags: [], pref: 'medium' },
      { dst: 'default', dev: 'eth0', metric: 5, flags: [], pref: 'medium' },
      { dst: 'default', dev: 'eth0', metric: 6, flags: [] },
    ]);
    expect(ipv6).toMatchObject({ gateway: 'fe80::1', routes: [{ to: 'default', metric: 5 }] });
    expect(ipv4).toMatchObject({ routes: [{ to: 'default', metric: 6 }] });
  });
});

describe('oddities', () => {
  it('a parent in another namespace, and the peer of a veth, are no parents', () => {
    const links = read(
      output({
        links: [
          link({ link: 'eth9', linkinfo: { info_kind: 'veth' } }),
          link({
            ifname: 'v',
            link: 'if7',
            link_netnsid: 0,
            linkinfo: { info_kind: 'vlan', info_data: { id: 5 } },
          }),
          link({ ifname: 'w', link: 'eth0', linkinfo: { info_kind: 'vlan', info_data: { id: 5 } } }),
          {},
        ],
      }),
    );
    expect(Object.values(links).map(({ name, parent }) => [name, parent])).toEqual([
      ['eth0', undefined],
      ['v', undefined],
      ['w', 'eth0'],
    ]);
  });

  it('bridge may print nothing, or ranges', () => {
    expect(read(output({ links: [link()] })).eth0!.vlans).toBeUndefined();
    const vlans = JSON.stringify([
      {
        ifname: 'eth0',
        vlans: [
          { vlan: 1, flags: ['PVID', 'Egress Untagged'] },
          { vlan: 10, vlanEnd: 12 },
        ],
      },
    ]);
    expect(read(output({ links: [link()], vlans })).eth0!.vlans).toEqual({
      pvid: 1,
      tagged: [10, 11, 12],
      untagged: [1],
    });
  });
});

describe('what cannot be read is an error', () => {
  const failure = (...args: Parameters<typeof read>): string => {
    try {
      read(...args);
    } catch (error) {
      if (error instanceof EngineError) return `${error.code}: ${error.message}`;
      throw error;
    }
    return 'read';
  };

  it.each([
    ['no ip', '', 127, 'ip: not found', 'REQUIREMENT: the host has no command ip'],
    ['old ip', '', 1, 'Option "-j" is unknown, try "ip -help".', 'REQUIREMENT: ip on the host knows no -j'],
    [
      "busybox's ip",
      '',
      1,
      "ip: invalid option -- 'j'\nBusyBox v1.35.0",
      'REQUIREMENT: ip on the host knows no -j',
    ],
    [
      'a refusal',
      '',
      1,
      'Cannot open netlink socket: Permission denied',
      'OBSERVE: links could not be read: Cannot open netlink socket: Permission denied',
    ],
    ['a cut', output({}).slice(0, -3), 0, '', 'OBSERVE: links could not be read: the output is cut off'],
    [
      'garbage',
      output({}).replace('[]', '[{'),
      0,
      '',
      'OBSERVE: links could not be read: ip printed no valid JSON',
    ],
  ])('%s', (_, stdout, status, stderr, message) => {
    expect(failure(stdout, status, stderr)).toBe(message);
  });
});
