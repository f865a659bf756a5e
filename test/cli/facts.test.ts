import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interfaceProblems } from '../../src/host/libvirt/interface-xml.ts';
import { type Hosts, makeHosts, namespacesMissing } from './hosts.ts';

describe.skipIf(namespacesMissing)('wirebook facts (needs root, ip, virsh)', () => {
  let hosts: Hosts;
  beforeAll(() => {
    hosts = makeHosts(2);
    hosts.ip(
      'h1',
      `link add name lan1 address 52:54:00:00:00:01 type veth peer name lan2 address 52:54:00:00:00:02
       link add name br0 address 52:54:00:00:00:0a type bridge forward_delay 400
       link set dev lan1 mtu 9000 up
       link set dev lan2 master br0 up
       link set dev br0 up
       addr add 10.9.0.1/24 dev br0
       addr add fd09::1/64 dev br0 nodad
       route add default via 10.9.0.254
       route add 10.10.0.0/16 via 10.9.0.253
       link set dev lan1 alias to-the-\u001b[31mswitch`,
    );
  });
  afterAll(() => hosts?.remove());

  it('shows interfaces, networks and guests as tables', () => {
    const { stdout, stderr, status } = hosts.wirebook('facts', 'h1');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout.replaceAll(/fe80:\S+ ?/g, '')).toMatchInlineSnapshot(`
      "h1

      INTERFACE  KIND      STATE      MAC                MTU    ADDRESSES               IN   STORED
      lo         loopback  down       00:00:00:00:00:00  65536  -                       -    -
      lan2       veth      up         52:54:00:00:00:02  1500   -                       br0  -
      lan1       veth      up         52:54:00:00:00:01  9000   -                       -    -
      br0        bridge    up         52:54:00:00:00:0a  1500   10.9.0.1/24 fd09::1/64  -    -
      eth1       ethernet  not there  -                  -      -                       -    libvirt

      libvirt: virsh failed at stored:dd8fe884-6c02-601e-7551-cca97df1c5df: unsupported flags (0x1) in function testNetworkGetXMLDesc

      GUEST  STATE    MAC                TYPE     SOURCE   ON  TARGET    MODEL  ADDRESSES
      test   running  aa:bb:cc:dd:ee:ff  network  default  -   testnet0  -      192.168.122.3/24
      "
    `);
  });

  it('shows hosts one after the other, and those that cannot be reached as errors', () => {
    const { stdout, stderr, status } = hosts.wirebook('facts', 'h2', 'h1');
    expect(stdout.match(/^h\d$/gm)).toEqual(['h2', 'h1']);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    const lost = hosts.wirebook('facts', 'h1', '-e', 'ansible_command_argv=["false"]');
    expect(lost.stderr).toContain('h1: ');
    expect(lost).toMatchObject({ stdout: '', status: 4 });
  });

  it('finds an interface by its name or its MAC', () => {
    const byName = hosts.wirebook('facts', 'h1', '--interface', 'br0').stdout;
    expect(byName).toContain('forward_delay: 4\n');
    expect(hosts.wirebook('facts', 'h1', '--interface', '52:54:00:00:00:0A').stdout).toBe(byName);
    expect(hosts.wirebook('facts', 'h1', '--interface', 'br1')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: 'error[USAGE]: no interface is called br1, or has that MAC\n',
    });
  });

  it('gives all of it as JSON', () => {
    const all = JSON.parse(hosts.wirebook('facts', 'all', '-o', 'json').stdout);
    expect(all.h1.interfaces.br0).toMatchObject({
      kind: 'bridge',
      state: 'active',
      ports: ['lan2'],
      ipv4: {
        addresses: ['10.9.0.1/24'],
        gateway: '10.9.0.254',
        routes: [{ to: '10.10.0.0/16', via: '10.9.0.253' }],
      },
    });
    expect(all.h1.guests.test).toMatchObject({ state: 'running', nics: { live: [{ network: 'default' }] } });
    expect(Object.keys(all.h2.interfaces)).toEqual(['lo', 'eth1']);
  });

  it("gives libvirt's XML, with what it does not say as comments", () => {
    const { stdout } = hosts.wirebook('facts', 'h1', '--xml');
    expect(stdout).toMatchInlineSnapshot(`
      "<!-- h1: lo, loopback: no XML for such a link -->
      <!-- h1: lan1, live, not stored -->
      <!-- not in the XML: lan1: label to-the-\\e[31mswitch -->
      <interface type="ethernet" name="lan1">
        <mtu size="9000"/>
        <mac address="52:54:00:00:00:01"/>
      </interface>
      <!-- h1: br0, live, not stored -->
      <!-- not in the XML: br0: ipv4.routes -->
      <interface type="bridge" name="br0">
        <mtu size="1500"/>
        <protocol family="ipv4">
          <ip address="10.9.0.1" prefix="24"/>
          <route gateway="10.9.0.254"/>
        </protocol>
        <protocol family="ipv6">
          <ip address="fd09::1" prefix="64"/>
        </protocol>
        <bridge stp="off" delay="4">
          <interface type="ethernet" name="lan2"/>
        </bridge>
      </interface>
      <!-- h1: eth1, stored by libvirt -->
      <interface type="ethernet" name="eth1">
        <start mode="onboot"/>
        <mtu size="1492"/>
        <protocol family="ipv4">
          <ip address="192.168.0.5" prefix="24"/>
          <route gateway="192.168.0.1"/>
        </protocol>
        <mac address="aa:bb:cc:dd:ee:ff"/>
      </interface>
      "
    `);
    for (const [xml] of stdout.matchAll(/^<interface[\s\S]*?^<\/interface>/gm))
      expect(interfaceProblems(xml)).toEqual([]);
  });

  it('takes --xml and JSON for a contradiction', () => {
    expect(hosts.wirebook('facts', 'h1', '--xml', '-o', 'json')).toMatchObject({ status: 1, stdout: '' });
  });
});
