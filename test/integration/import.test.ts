/** A playbook from what a real host has: run back, it finds nothing to do. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { useLab } from './lab.ts';

/** Made by hand, with ip alone: nobody has stored it. */
const BY_HAND = `
ip link set eth3 alias 'spare {{ x }}' up
ip link add bond0 type bond mode active-backup miimon 100
ip link set eth1 down && ip link set eth1 master bond0
ip link set eth2 down && ip link set eth2 master bond0
ip link set bond0 type bond primary eth1 && ip link set bond0 mtu 1400 up
ip link add link bond0 name bond0.20 type vlan id 20 && ip link set bond0.20 up
ip link add br20 type bridge forward_delay 200 vlan_filtering 1
ip link set bond0.20 master br20 && bridge vlan add dev bond0.20 vid 7
ip link set br20 up && ip address add 10.20.0.1/24 dev br20 && ip address add fd20::1/64 dev br20
ip route add 10.30.0.0/16 via 10.20.0.9 && ip route add default via 10.20.0.254 table 7
ip link add v1 type veth peer v2
virsh -q -c qemu:///system net-create /dev/stdin <<'END'
<network><name>passing</name></network>
END`;

const PLAYBOOK = `
- hosts: host1
  gather_facts: false
  tasks:
    - network:
        name: tenants
        bridge: {name: virbr20}
        ips: [{address: 192.168.20.1/24, dhcp: {ranges: [{start: 192.168.20.100, end: 192.168.20.200}]}}]
        portgroups: [{name: admin, bandwidth: {inbound: {average: 1000, peak: 5000, burst: 1024}}}]
        autostart: true
    - network: {name: direct, forward: {mode: private, interfaces: [eth3, eth4]}, state: inactive}
    - domain-nic: {domain: web1, nic: a, type: network, network: tenants, portgroup: admin, model: virtio}
    - domain-nic: {domain: web1, nic: b, type: bridge, bridge: br20, model: e1000e, link: down}
`;

const STORED = `
- hosts: host2
  gather_facts: false
  tasks:
    - bond: {name: bond0, mode: active-backup, ports: [eth1, eth2], primary: eth2, miimon: 100, mtu: 1400}
    - vlan: {name: bond0.20, parent: bond0, id: 20}
    - bridge: {name: br20, ports: [bond0.20], stp: false, forward_delay: 2, ipv4: {addresses: [10.20.0.2/24]}}
    - iface: {name: eth3, state: inactive, ipv4: {dhcp: {peerdns: false}}, onboot: none}
`;

describe('wirebook import', () => {
  const lab = useLab('import', { hosts: 2, driver: 'uml', backends: ['networkd'] });

  /** What import writes of a host; checked to be all there already. */
  async function imported(host: string): Promise<string> {
    const file = lab.file(`${host}.yml`, '');
    const { code, stderr } = await lab.run('import', host, '-o', file);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const back = await lab.json('check', file);
    expect(back.stats[host]).toMatchObject({ changed: 0, failures: 0, unreachable: 0, skipped: 0 });
    expect(back.wirebook.exit_code).toBe(0);
    expect((await lab.run('check', file, '--detailed-exitcode')).code).toBe(0);
    return readFileSync(file, 'utf8');
  }

  it('says what was made by hand, networks and NICs of guests, and what it leaves out', async () => {
    await lab.on('host1', BY_HAND);
    expect((await lab.json('run', lab.file('libvirt.yml', PLAYBOOK))).wirebook.exit_code).toBe(0);
    const text = await imported('host1');
    expect(text.replace(/198\.18\.\d+\.11/, 'MGMT')).toMatchInlineSnapshot(`
      "# What host1 has.
      # Left out:
      #   lo: the loopback
      #   v2: one end of a veth pair
      #   v1: one end of a veth pair
      #   virbr0: the bridge of the network passing
      #   virbr20: the bridge of the network tenants
      #   network passing: not stored, gone when it stops

      - hosts: host1
        gather_facts: false
        tasks:
          - iface:
              name: mgmt0
              backend: iproute2
              ipv4:
                addresses: [MGMT/22]

          - iface:
              name: eth3
              backend: iproute2
              label: !unsafe "spare {{ x }}"

          - bond:
              name: bond0
              backend: iproute2
              mtu: 1400
              mode: active-backup
              primary: eth1
              miimon: 100
              ports: [eth1, eth2]

          - vlan:
              name: bond0.20
              backend: iproute2
              parent: bond0
              id: 20

          - bridge:
              name: br20
              backend: iproute2
              mtu: 1400
              forward_delay: 2
              vlan_filtering: true
              ports: [bond0.20]
              vlans:
                bond0.20:
                  pvid: 1
                  tagged: [7]
              ipv4:
                addresses: [10.20.0.1/24]
                routes:
                  - to: default
                    via: 10.20.0.254
                    table: 7
                  - to: 10.30.0.0/16
                    via: 10.20.0.9
              ipv6:
                addresses: [fd20::1/64]

          - network:
              name: tenants
              autostart: true
              ips:
                - address: 192.168.20.1/24
                  dhcp:
                    ranges:
                      - start: 192.168.20.100
                        end: 192.168.20.200
              portgroups:
                - name: admin
                  bandwidth:
                    inbound:
                      average: 1000
                      peak: 5000
                      burst: 1024
              bridge:
                name: virbr20
              forward:
                mode: isolated

          - network:
              name: direct
              state: inactive
              forward:
                mode: private
                interfaces: [eth3, eth4]

          - domain-nic:
              domain: web1
              mac: 52:54:00:61:87:ee
              type: network
              network: tenants
              portgroup: admin
              model: virtio

          - domain-nic:
              domain: web1
              mac: 52:54:00:1a:c4:a8
              type: bridge
              bridge: br20
              model: e1000e
              link: down
      "
    `);
  });

  it('says what Wirebook has stored', async () => {
    expect((await lab.json('run', lab.file('stored.yml', STORED))).wirebook.exit_code).toBe(0);
    const tasks = parse(await imported('host2'), { version: '1.1' })[0].tasks as {
      iface?: { name: string };
    }[];
    const wanted = (parse(STORED)[0] as { tasks: unknown[] }).tasks;
    expect(tasks.filter((task) => task.iface?.name !== 'mgmt0')).toEqual(expect.arrayContaining(wanted));
  });
});
