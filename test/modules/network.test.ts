import { describe, expect, it } from 'vitest';
import { checkParams } from '../../src/engine/params.ts';
import { network } from '../../src/modules/network/index.ts';

/** Mistakes found before the run, as they are reported. */
const mistakes = (params: Record<string, unknown>): string[] =>
  checkParams(
    network.schema,
    { name: 'lan', ...params },
    { label: 'network', mode: 'static', check: network.check },
  ).problems.map(
    ({ code, message, hint }) =>
      `${code}: ${message}${code === 'PARAM_FORMAT' || code === 'PARAM_UNKNOWN' ? ` (${hint})` : ''}`,
  );

const ips = (...more: object[]) => more.map((one, index) => ({ address: `10.9.${index}.1/24`, ...one }));
const dhcp = (more: object) => ({ ips: ips({ dhcp: more }) });

describe('network parameters', () => {
  it.each<[string, Record<string, unknown>]>([
    ['the least there is', {}],
    [
      'templates',
      {
        forward: { mode: '{{ mode }}' },
        ips: [{ address: '{{ ip }}/24', dhcp: { hosts: [{ ip: '{{ ip }}' }] } }],
      },
    ],
    [
      'an address and its netmask',
      {
        ips: [
          { address: '10.9.1.1', netmask: '255.255.0.0' },
          { address: 'fd00::1', prefix: 64 },
        ],
      },
    ],
    ['a pool', { forward: { mode: 'bridge', dev: 'eth1', interfaces: ['eth1', 'eth2'] } }],
    [
      'names shared by addresses',
      {
        dns: {
          hosts: [
            { ip: '10.0.0.1', hostnames: ['a'] },
            { ip: 'fd00::1', hostnames: ['a'] },
          ],
        },
      },
    ],
    [
      'a host of each kind',
      dhcp({
        hosts: [
          { mac: '52:54:00:00:00:01', ip: '10.9.0.2' },
          { name: 'a', ip: '10.9.0.3' },
        ],
      }),
    ],
  ])('takes %s', (_, params) => {
    expect(mistakes(params)).toEqual([]);
  });

  it.each<[Record<string, unknown>, string]>([
    [
      { name: 'a/b' },
      'PARAM_FORMAT: network.name cannot be "a/b" (a network name has no slash and no line break)',
    ],
    [
      { bridge: { name: 'eth0; reboot' } },
      'PARAM_FORMAT: network.bridge.name cannot be "eth0; reboot" (an interface name here has 1 to 15 letters, digits, underscores, dots or dashes)',
    ],
    [
      { mac: '53:54:00:00:00:01' },
      'PARAM_FORMAT: network.mac cannot be "53:54:00:00:00:01" (a unicast MAC address such as 52:54:00:12:34:56)',
    ],
    [
      { dnsmasq_options: ['a\nb'] },
      'PARAM_FORMAT: network.dnsmasq_options[0] cannot be "a\\nb" (text on one line)',
    ],
    // By forward mode
    [
      { forward: { mode: 'open', dev: 'eth0' } },
      'PARAM_CONFLICT: forward.dev is for forward mode nat, route, bridge, private, vepa and passthrough, not open',
    ],
    [
      { forward: { mode: 'route', nat: {} } },
      'PARAM_CONFLICT: forward.nat is for forward mode nat, not route',
    ],
    [
      { forward: { mode: 'bridge' }, mtu: 1500 },
      'PARAM_CONFLICT: mtu is for forward mode nat, route, open and isolated, not bridge',
    ],
    [
      { forward: { mode: 'bridge' }, bridge: { name: 'br0', stp: true } },
      'PARAM_CONFLICT: bridge.stp is for forward mode nat, route, open and isolated, not bridge',
    ],
    [
      { forward: { mode: 'vepa' }, bridge: { name: 'br0' } },
      'PARAM_CONFLICT: bridge.name is for forward mode nat, route, open, isolated and bridge, not vepa',
    ],
    [
      { forward: { mode: 'bridge', dev: 'eth1' }, bridge: { name: 'br0' } },
      'PARAM_CONFLICT: mode bridge takes bridge.name or forward.dev, not both',
    ],
    [
      { forward: { mode: 'nat', interfaces: ['eth1', 'eth2'] } },
      'PARAM_CONFLICT: mode nat forwards through one interface at most',
    ],
    [
      { forward: { mode: 'nat' }, virtualport: { type: 'openvswitch' } },
      'PARAM_CONFLICT: virtualport is for forward mode bridge, private, vepa, passthrough and hostdev, not nat',
    ],
    [
      { forward: { mode: 'nat' }, vlan: { tags: [{ id: 1 }] } },
      'PARAM_CONFLICT: vlan is for forward mode bridge, passthrough and hostdev, not nat',
    ],
    [
      { forward: { mode: 'vepa' }, portgroups: [{ name: 'a', bandwidth: {} }] },
      'PARAM_CONFLICT: forward mode vepa has no bandwidth in portgroups',
    ],
    [
      { forward: { mode: 'vepa', addresses: ['0000:03:00.1'] } },
      'PARAM_CONFLICT: forward.addresses is for forward mode hostdev, not vepa',
    ],
    [
      { forward: { mode: 'hostdev', interfaces: ['eth1'] } },
      'PARAM_CONFLICT: forward.interfaces is for forward mode nat, route, bridge, private, vepa and passthrough, not hostdev',
    ],
    [
      { forward: { mode: 'hostdev', pf: 'eth1', addresses: ['0000:03:00.1'] } },
      'PARAM_CONFLICT: forward takes one of addresses and pf, they are each a pool',
    ],
    [
      { forward: { mode: 'hostdev', addresses: ['03:00.1'] } },
      'PARAM_FORMAT: network.forward.addresses[0] cannot be "03:00.1" (a PCI address as lspci -D prints it, such as 0000:03:00.1)',
    ],
    [
      { metadata: '<x:a xmlns:x="urn:x">' },
      "PARAM_CONFLICT: metadata: XML, line 1, column 32: Expected closing tag 'x:a' (opened in line 1, col 11) instead of closing tag 'metadata'.",
    ],
    [{ metadata: '<a/>' }, 'PARAM_CONFLICT: metadata: <a> has no namespace, libvirt would drop it'],
    [
      { virtualport: { type: 'midonet', profileid: 'p' } },
      'PARAM_CONFLICT: profileid is not for virtual ports of type midonet',
    ],
    [
      { portgroups: [{ name: 'a', vlan: { tags: [{ id: 6 }, { id: 6 }] } }] },
      'PARAM_CONFLICT: VLAN 6 is there twice',
    ],
    // As XML
    [
      { xml: "<network><name>lan</name><forward mode='nat" },
      "XML_SYNTAX: XML, line 1, column 34: Attributes for 'forward' have open quote.",
    ],
    [
      { xml: '<network><name>lan</name></network>', mtu: 1400 },
      'PARAM_CONFLICT: the XML says this: mtu cannot stand beside it',
    ],
    [
      { xml: '<network><name>lan</name></network>', name: 'wan' },
      'PARAM_CONFLICT: name is wan, and in the XML lan',
    ],
    [
      { xml: '<network>\n  <name>lan</name>\n  <ip address="10.9.1.300"/>\n</network>' },
      'XML_CONTENT: XML, line 3, column 7: address of <ip> in <network> is "10.9.1.300", not an IP address',
    ],
    [
      { xml: '<network><name>lan</name><brigde name="virbr7"/></network>' },
      'XML_CONTENT: XML, line 1, column 26: <network> has no <brigde>',
    ],
    [
      { xml: '<network><name>lan</name><forward mode="vepa" dev="eth1"/><mtu size="1500"/></network>' },
      'PARAM_CONFLICT: in the XML: mtu is for forward mode nat, route, open and isolated, not vepa',
    ],
    [
      { xml: '<network><name>lan</name><forward mode="private" dev="eth1"/><bridge name="br0"/></network>' },
      'PARAM_CONFLICT: in the XML: bridge.name is for forward mode nat, route, open, isolated and bridge, not private',
    ],
    [
      { xml: '<network><name>lan</name><forward mode="nat"/></network>' },
      'PARAM_CONFLICT: in the XML: forward mode nat needs an address in ips',
    ],
    [
      {
        xml: '<network><name>lan</name><ip address="10.9.1.1" prefix="24"><dhcp><range start="10.9.1.2" end="10.9.1.9"/><range start="10.9.1.5" end="10.9.1.20"/></dhcp></ip></network>',
      },
      'PARAM_CONFLICT: in the XML: the range 10.9.1.5 to 10.9.1.20 overlaps 10.9.1.2 to 10.9.1.9',
    ],
    [
      { forward: { dev: 'eth1', interfaces: ['eth2', 'eth1'] } },
      'PARAM_CONFLICT: forward.dev must be the first of forward.interfaces',
    ],
    // Addresses
    [
      { ips: [{ address: '10.9.1.1' }] },
      'PARAM_FORMAT: 10.9.1.1 is not an address with one prefix (give the address with its prefix, such as 192.168.1.1/24, or beside it one of prefix and netmask)',
    ],
    [
      { ips: [{ address: '10.9.1.1/24', prefix: 24 }] },
      'PARAM_FORMAT: 10.9.1.1/24 is not an address with one prefix (give the address with its prefix, such as 192.168.1.1/24, or beside it one of prefix and netmask)',
    ],
    [
      { ips: [{ address: '192.168.050.001/24' }] },
      'PARAM_FORMAT: 192.168.050.001/24 is not an address with one prefix (give the address with its prefix, such as 192.168.1.1/24, or beside it one of prefix and netmask)',
    ],
    [
      { ips: [{ address: '10.9.1.1', netmask: '255.0.255.0' }] },
      'PARAM_FORMAT: 10.9.1.1 is not an address with one prefix (give the address with its prefix, such as 192.168.1.1/24, or beside it one of prefix and netmask)',
    ],
    [
      { ips: [{ address: 'fd00::1/64', family: 'ipv4' }] },
      'PARAM_CONFLICT: fd00::1/64 is not an address of ipv4',
    ],
    [
      { ips: [{ address: '10.9.1.1/24' }, { address: '10.9.0.1/16' }] },
      'PARAM_CONFLICT: 10.9.0.1/16 overlaps 10.9.1.1/24',
    ],
    [
      { ips: [{ address: '10.9.1.1/25', local_ptr: true }] },
      'PARAM_CONFLICT: local_ptr needs a prefix that 8 divides, which that of 10.9.1.1/25 is not',
    ],
    [
      {
        ips: ips(
          { dhcp: { ranges: [{ start: '10.9.0.2', end: '10.9.0.3' }] } },
          { dhcp: { hosts: [{ ip: '10.9.1.2', name: 'a' }] } },
        ),
      },
      'PARAM_CONFLICT: only one of the ipv4 addresses can have dhcp',
    ],
    [
      { ips: ips({}), routes: [{ to: '10.1.0.0/16', via: '10.8.0.1' }] },
      'PARAM_CONFLICT: the gateway 10.8.0.1 is not inside of any address of ips',
    ],
    [
      { routes: [{ to: '10.1.2.3/16', via: '10.8.0.1' }] },
      'PARAM_CONFLICT: 10.1.2.3/16 is an address inside of 10.1.0.0/16, not a network',
    ],
    [
      { forward: { nat: { ports: { start: 9, end: 8 } } } },
      'PARAM_CONFLICT: the ports 9 to 8 end before they start',
    ],
    [
      { forward: { nat: { addresses: { start: '10.0.0.9', end: '10.0.0.8' } } } },
      'PARAM_CONFLICT: 10.0.0.9 to 10.0.0.8 ends before it starts',
    ],
    // DHCP
    [
      dhcp({ ranges: [{ start: '10.9.1.2', end: '10.9.0.9' }] }),
      'PARAM_CONFLICT: 10.9.1.2 is not inside 10.9.0.0/24',
    ],
    [
      dhcp({ ranges: [{ start: '10.9.0.0', end: '10.9.0.9' }] }),
      'PARAM_CONFLICT: 10.9.0.0 is the address of the network itself',
    ],
    [
      dhcp({ ranges: [{ start: '10.9.0.9', end: '10.9.0.255' }] }),
      'PARAM_CONFLICT: 10.9.0.255 is the broadcast address of 10.9.0.0/24',
    ],
    [
      dhcp({ ranges: [{ start: '10.9.0.9', end: '10.9.0.8' }] }),
      'PARAM_CONFLICT: the range 10.9.0.9 to 10.9.0.8 ends before it starts',
    ],
    [
      dhcp({
        ranges: [
          { start: '10.9.0.2', end: '10.9.0.8' },
          { start: '10.9.0.8', end: '10.9.0.9' },
        ],
      }),
      'PARAM_CONFLICT: the range 10.9.0.8 to 10.9.0.9 overlaps 10.9.0.2 to 10.9.0.8',
    ],
    [
      dhcp({ ranges: [{ start: '10.9.0.2', end: '10.9.0.8', lease: 60 }] }),
      'PARAM_RANGE: a lease is at least 120 seconds, or 0 for ever',
    ],
    [
      dhcp({
        hosts: [
          { ip: '10.9.0.2', name: 'a' },
          { ip: '10.9.0.2', name: 'b' },
        ],
      }),
      'PARAM_CONFLICT: ip 10.9.0.2 is there twice',
    ],
    [
      dhcp({
        hosts: [
          { ip: '10.9.0.2', mac: '52:54:00:aa:00:01' },
          { ip: '10.9.0.3', mac: '52:54:00:AA:00:01' },
        ],
      }),
      'PARAM_CONFLICT: mac 52:54:00:aa:00:01 is there twice',
    ],
    [
      dhcp({
        hosts: [
          { ip: '10.9.0.2', name: 'a' },
          { ip: '10.9.0.3', name: 'a' },
        ],
      }),
      'PARAM_CONFLICT: name a is there twice',
    ],
    [dhcp({ hosts: [{ ip: '10.9.0.2' }] }), 'PARAM_CONFLICT: the host with 10.9.0.2 needs a mac or a name'],
    [
      dhcp({ hosts: [{ ip: '10.9.0.2', id: '00:01' }] }),
      'PARAM_CONFLICT: an IPv4 host is known by mac or name, not by an id',
    ],
    [dhcp({ bootp: { file: 'a' } }), 'PARAM_CONFLICT: bootp needs a range or a host'],
    [
      { ips: [{ address: 'fd00::1/64', dhcp: { hosts: [{ ip: 'fd00::2', mac: '52:54:00:aa:00:01' }] } }] },
      'PARAM_CONFLICT: an IPv6 host is known by id or name, not by its MAC',
    ],
    // DNS, portgroups
    [
      { dns: { enable: false, txt: [{ name: 'a', value: 'b' }] } },
      'PARAM_CONFLICT: dns.enable: false leaves no room for txt',
    ],
    [
      { dns: { srv: [{ service: 's', protocol: 'tcp', port: 1 }] } },
      'PARAM_CONFLICT: port, priority and weight of an SRV record need its target',
    ],
    [
      { dns: { hosts: [{ ip: 'x', hostnames: ['a'] }] } },
      'PARAM_FORMAT: network.dns.hosts[0].ip cannot be "x" (an IP address such as 192.168.1.1)',
    ],
    [
      { dns: { forwarders: [{ addr: '1.2.3' }] } },
      'PARAM_FORMAT: 1.2.3 is not an IP address (such as 192.168.1.1)',
    ],
    [
      { domain: { name: 'a', register: true } },
      'PARAM_CONFLICT: domain.register needs domain.local_only: true',
    ],
    [{ portgroups: [{ name: 'a' }, { name: 'a' }] }, 'PARAM_CONFLICT: name a is there twice'],
    [
      {
        portgroups: [
          { name: 'a', default: true },
          { name: 'b', default: true },
        ],
      },
      'PARAM_CONFLICT: only one portgroup can be the default',
    ],
  ])('refuses %j', (params, mistake) => {
    expect(mistakes(params)).toEqual([mistake]);
  });
});
