import * as fc from '../../fast-check.ts';
import { describe, expect, it } from 'vitest';
import { ifupdown } from '../../../src/host/interfaces/backends/ifupdown/index.ts';
import { nothingStored } from '../../../src/host/interfaces/profile.ts';
import { rebootHost } from '../../../src/lab/power.ts';
import { definitions } from '../../host/interfaces/backends/definitions.ts';
import { useLab } from '../lab.ts';

const lab = useLab('ifupdown', { driver: 'uml', hosts: 1, backends: ['ifupdown'] });
const MINUTES = 60_000;

/** Runs tasks. @returns `changed` or `ok` of each */
async function run(tasks: string, command = 'run'): Promise<string[]> {
  const file = lab.file('play.yml', `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks}`);
  const result = await lab.json(command, file);
  const results = result.plays.flatMap((play) => play.tasks.map(({ hosts }) => hosts.host1!));
  for (const one of results) if (one.failed || one.unreachable) throw new Error(one.msg);
  return results.map((one) => (one.changed ? 'changed' : 'ok'));
}

const on = (command: string): Promise<string> => lab.on('host1', command);
const recorded = async (): Promise<string[]> =>
  (await on('ifquery --state'))
    .split('\n')
    .map((line) => line.split('=')[0]!)
    .sort();
const addresses = async (link: string): Promise<string[]> =>
  (await on(`ip -o addr show dev ${link} scope global | awk '{ print $4 }'`)).split('\n');

/** Check foretells a change, the run makes it, and then all is ok; ifquery takes every definition. */
async function converge(tasks: string): Promise<void> {
  const foretold = await run(tasks, 'check');
  expect(foretold).toContain('changed');
  expect(await run(tasks)).toEqual(foretold);
  expect([...new Set(await run(tasks, 'check'))]).toEqual(['ok']);
  expect(await on('ifquery -a --list | xargs ifquery 2>&1 >/dev/null')).toBe('');
}

const STACK = `
    - bond: {name: bond0, mode: active-backup, ports: [eth1, eth2], primary: eth1, miimon: 100, label: 'a "b" $c'}
    - vlan: {name: bond0.20, parent: bond0, id: 20}
    - bridge:
        name: br20
        ports: [bond0.20]
        stp: false
        forward_delay: 2
        group_fwd_mask: 8
        mtu: 1400
        ipv4: {addresses: [10.20.0.1/24, 10.20.1.1/24], routes: [{to: 10.99.0.0/16, via: 10.20.0.9, metric: 5}]}
        ipv6: {addresses: ['fd20::1/64'], accept_ra: 0}
`;

describe('interfaces kept by ifupdown', () => {
  it(
    'a stack of bond, VLAN and bridge, made and the same after a reboot',
    async () => {
      await converge(STACK);
      expect(await recorded()).toEqual(['bond0', 'bond0.20', 'br20', 'lo']);
      await rebootHost(lab.lab.folder, lab.lab.hosts[0]!);
      expect(await run(STACK, 'check')).toEqual(['ok', 'ok', 'ok']);
      expect(await recorded()).toEqual(['bond0', 'bond0.20', 'br20', 'lo']);
    },
    15 * MINUTES,
  );

  it(
    'what ifdown and ifup by hand take down and bring back',
    async () => {
      await on('ifdown br20 2>/dev/null; ! ip link show br20 2>/dev/null');
      expect(await recorded()).toEqual(['bond0', 'lo']);
      await on('ifup br20');
      expect(await run(STACK, 'check')).toEqual(['ok', 'ok', 'ok']);
    },
    8 * MINUTES,
  );

  it(
    'changes without taking the bridge down',
    async () => {
      await on('ip tuntap add tap7 mode tap && ip link set tap7 up master br20');
      const index = await on('cat /sys/class/net/br20/ifindex');
      await converge(`
    - bridge: {name: br20, stp: true, forward_delay: 4, ipv4: {addresses: [10.20.0.2/24]}}
`);
      expect(await on('cat /sys/class/net/br20/ifindex')).toBe(index);
      expect(await on('cat /sys/class/net/tap7/master/ifindex')).toBe(index);
      expect(await addresses('br20')).toEqual(['10.20.0.2/24', 'fd20::1/64']);
      await on('ip link delete tap7');
    },
    8 * MINUTES,
  );

  it(
    'defined, inactive and absent',
    async () => {
      await converge(
        `    - iface: {name: eth4, mtu: 1400, state: defined, ipv4: {addresses: [10.4.0.1/24]}}\n`,
      );
      expect(await recorded()).not.toContain('eth4');
      await converge(`    - iface: {name: eth4}\n`);
      expect(await recorded()).toContain('eth4');
      expect(await addresses('eth4')).toEqual(['10.4.0.1/24']);
      await converge(`    - iface: {name: eth4, state: inactive}\n`);
      expect(await recorded()).not.toContain('eth4');
      expect(await on('cat /etc/network/interfaces.d/wirebook-eth4')).toContain('mtu 1400');
      await converge(`    - iface: {name: eth4, state: absent}\n`);
      expect(await on('ls /etc/network/interfaces.d')).not.toContain('eth4');
      await converge(`
    - bridge: {name: br20, state: absent}
    - vlan: {name: bond0.20, state: absent}
    - bond: {name: bond0, state: absent}
`);
      expect(await recorded()).toEqual(['lo']);
      expect(
        await on('ls /etc/network/interfaces.d; ls -d /sys/class/net/*0* | grep -c -e bond0 -e br20 || :'),
      ).toBe('0');
    },
    15 * MINUTES,
  );

  it(
    'VLANs of any name, rules, and definitions taken over',
    async () => {
      const text =
        'auto eth3\niface eth3 inet static\n  address 10.3.0.1/24\n  up touch /run/eth3-is-up\n  down rm /run/eth3-is-up\n';
      await on(`printf '${text.replaceAll('\n', '\\n')}' >/etc/network/interfaces.d/theirs && ifup eth3`);
      const tasks = (adopt: boolean): string => `
    - iface: {name: eth3, adopt: ${adopt}, ipv4: {addresses: [10.3.0.2/24], rules: [{from: 10.3.0.0/24, table: 7, priority: 70}]}}
    - vlan: {name: storage, parent: eth3, id: 7, protocol: 802.1ad, ipv4: {addresses: [10.7.0.1/24]}}
    - vlan: {name: eth3.5, parent: eth4, id: 9}
`;
      await expect(run(tasks(false))).rejects.toThrow('/etc/network/interfaces.d/theirs:2');
      await converge(tasks(true));
      expect(
        await on('cat /etc/network/interfaces.d/theirs; ip rule show priority 70; ls /run/eth3-is-up'),
      ).toBe('70:\tfrom 10.3.0.0/24 lookup 7\n/run/eth3-is-up');
      await rebootHost(lab.lab.folder, lab.lab.hosts[0]!);
      expect(await run(tasks(true), 'check')).toEqual(['ok', 'ok', 'ok']);
      expect(await on('ip rule show priority 70; ls /run/eth3-is-up')).toContain('eth3-is-up');
      await converge(`    - iface: {name: eth3, state: inactive}\n`);
      expect(await on('ip rule show priority 70; ls /run/eth3-is-up || :')).toBe('');
    },
    15 * MINUTES,
  );

  it(
    'starts by name what is not started at boot, as it is defined',
    async () => {
      const stack = `
    - bond: {name: bond1, mode: balance-rr, ports: [eth1], onboot: none, miimon: 50}
    - vlan: {name: bond1.30, parent: bond1, id: 30, onboot: none}
    - bridge: {name: br30, ports: [bond1.30], onboot: none, stp: true, forward_delay: 2, ageing_time: 90, ipv4: {addresses: [10.30.0.1/24]}}
`;
      await converge(stack);
      await converge(`    - bond: {name: bond1, mode: 802.3ad, ports: [eth1, eth2], lacp_rate: fast}\n`);
      await converge(`    - vlan: {name: bond1.30, parent: bond1, id: 30, mtu: 1450}\n`);
      await rebootHost(lab.lab.folder, lab.lab.hosts[0]!);
      expect(await on('ip -br link show type bond; ip -br link show type bridge')).toBe('');
      await converge(`    - bond: {name: bond1}\n    - vlan: {name: bond1.30}\n    - bridge: {name: br30}\n`);
      expect(await addresses('br30')).toEqual(['10.30.0.1/24']);
      expect(
        await on(
          'cat /sys/class/net/bond1/bonding/mode /sys/class/net/bond1.30/mtu; ls /sys/class/net/br30/brif',
        ),
      ).toBe('802.3ad 4\n1450\nbond1.30');
      expect(await recorded()).toEqual(expect.arrayContaining(['bond1', 'bond1.30', 'br30']));
    },
    15 * MINUTES,
  );

  it(
    'leases: one that comes, moves to a bridge, and ends',
    async () => {
      await on(`ip netns add server && ip link add lan0 type veth peer name lan1 netns server &&
      ip -n server addr add 10.8.0.1/24 dev lan1 && ip -n server link set lan1 up && ip -n server link set lo up &&
      ip netns exec server dnsmasq --port=0 --interface=lan1 --bind-interfaces --conf-file=/dev/null \
        --dhcp-range=10.8.0.50,10.8.0.99,1h --dhcp-option=3 --pid-file=/run/server.pid --dhcp-leasefile=/run/server.leases`);
      const leased = async (link: string): Promise<string> =>
        on(
          `ip -4 -o addr show dev ${link} dynamic | grep -c 10.8.0. || :; pgrep -f 'dhclient.*${link}$' | wc -l`,
        );
      await converge('    - iface: {name: lan0, ipv4: {dhcp: true}}\n');
      expect(await leased('lan0')).toBe('1\n1');
      await converge(
        '    - bridge: {name: br8, ports: [lan0], stp: false, forward_delay: 0, ipv4: {dhcp: true}}\n',
      );
      expect(await leased('lan0')).toBe('0\n0');
      expect(await leased('br8')).toBe('1\n1');
      await converge('    - bridge: {name: br8, ipv4: {dhcp: false, addresses: [10.8.0.9/24]}}\n');
      expect(await leased('br8')).toBe('0\n0');
      expect(await addresses('br8')).toEqual(['10.8.0.9/24']);
      await converge('    - bridge: {name: br8, state: absent}\n    - iface: {name: lan0, state: absent}\n');
    },
    15 * MINUTES,
  );

  it(
    'an atomic block, which is put back when it fails',
    async () => {
      const before = await on(
        'cat /etc/network/interfaces.d/* | md5sum; ip -br addr show eth4; ifquery --state | sort',
      );
      const block = (address: string): string => `
    - block:
        - iface: {name: eth4, ipv4: {addresses: [${address}]}}
        - vlan: {name: eth4.44, parent: eth4, id: 44, ipv4: {addresses: [10.44.0.1/24]}}
      atomic: true
`;
      await on(
        'printf "#!/bin/sh\\n[ \\$IFACE != eth4.44 ] || ip addr flush dev eth4.44\\n" >/etc/network/if-up.d/saboteur && chmod +x /etc/network/if-up.d/saboteur',
      );
      await expect(run(block('10.4.0.1/24'))).rejects.toThrow(/rolled back/);
      expect(
        await on('cat /etc/network/interfaces.d/* | md5sum; ip -br addr show eth4; ifquery --state | sort'),
      ).toBe(before);
      await on('rm /etc/network/if-up.d/saboteur');
      await converge(block('10.4.0.1/24'));
      expect(await recorded()).toEqual(expect.arrayContaining(['eth4', 'eth4.44']));
    },
    15 * MINUTES,
  );

  it(
    'any definition is taken by ifquery',
    async () => {
      const facts = { active: true, facts: { hook: 'bridge\nifenslave', dns: 'resolved', dhcp: 'dhclient' } };
      const stored = { ...nothingStored, backends: { ifupdown: facts } };
      const sets = fc.sample(definitions('ifupdown'), { numRuns: 25, seed: 7 });
      for (const set of sets) {
        const files = ifupdown.write(stored, { set, remove: [] });
        const ours = files.filter(({ path }) => path.includes('wirebook-'));
        const text = Buffer.from(ours.map(({ content }) => content).join('\n')).toString('base64');
        const names = [
          ...new Set(ours.flatMap(({ content = '' }) => content.match(/(?<=^iface )\S+/gm) ?? [])),
        ];
        expect(names.length).toBeGreaterThan(2);
        const complaints = await on(`echo ${text} | base64 -d >/run/interfaces
          ifquery -i /run/interfaces ${names.join(' ')} 2>&1 >/dev/null || echo refused
          ifup --force --no-act -i /run/interfaces ${names.join(' ')} 2>&1 | grep -E '^(ifup|ifquery|/bin/sh): ' || :`);
        expect(complaints, Buffer.from(text, 'base64').toString()).toBe('');
      }
    },
    10 * MINUTES,
  );
});
