/** NetworkManager 1.42 on a host of its own: what it holds, what it does, what is there after a reboot. */
import * as fc from '../../fast-check.ts';
import { describe, expect, it } from 'vitest';
import { networkmanager } from '../../../src/host/interfaces/backends/networkmanager/index.ts';
import { nothingStored } from '../../../src/host/interfaces/profile.ts';
import { rebootHost } from '../../../src/lab/power.ts';
import { definitions } from '../../host/interfaces/backends/definitions.ts';
import { expressible } from '../../host/interfaces/backends/networkmanager.ts';
import { useLab } from '../lab.ts';

const lab = useLab('networkmanager', { driver: 'uml', hosts: 1, backends: ['networkmanager'] });
const MINUTES = 60_000;
const ETC = '/etc/NetworkManager/system-connections';

/** Runs tasks. @returns `changed` or `ok` of each */
async function run(tasks: string, command = 'run'): Promise<string[]> {
  const file = lab.file('play.yml', `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks}`);
  const result = await lab.json(command, file);
  const results = result.plays.flatMap((play) => play.tasks.map(({ hosts }) => hosts.host1!));
  for (const one of results) if (one.failed || one.unreachable) throw new Error(one.msg);
  return results.map((one) => (one.changed ? 'changed' : 'ok'));
}

const on = (command: string): Promise<string> => lab.on('host1', command);

/** `DEVICE CONNECTION` of all that NetworkManager has connected, but for lo. */
const connected = async (): Promise<string[]> =>
  (await on('nmcli -t -f DEVICE,STATE,CONNECTION device'))
    .split('\n')
    .map((line) => line.split(':') as [string, string, string])
    .filter(([device, state]) => device !== 'lo' && state.startsWith('connected'))
    .map(([device, state, connection]) => `${device} ${state === 'connected' ? connection : state}`)
    .sort();

/** Check foretells a change, the run makes it, and then all is ok. */
async function converge(tasks: string): Promise<void> {
  const foretold = await run(tasks, 'check');
  expect(foretold).toContain('changed');
  expect(await run(tasks)).toEqual(foretold);
  expect([...new Set(await run(tasks, 'check'))]).toEqual(['ok']);
}

const STACK = `
    - bond: {name: bond0, mode: active-backup, ports: [eth1, eth2], primary: eth1, miimon: 100, label: 'a "b" \\c; d'}
    - vlan: {name: bond0.20, parent: bond0, id: 20}
    - bridge:
        name: br20
        ports: [bond0.20]
        stp: false
        forward_delay: 2
        group_fwd_mask: 8
        mtu: 1400
        ipv4: {addresses: [10.20.0.1/24, 10.20.1.1/24], gateway: 10.20.0.254, routes: [{to: 10.99.0.0/16, via: 10.20.0.9, metric: 5}]}
        ipv6: {addresses: ['fd20::1/64'], accept_ra: 0, autoconf: false}
`;
const OWNED = ['bond0 bond0', 'bond0.20 bond0.20', 'br20 br20', 'eth1 eth1', 'eth2 eth2'];

describe('interfaces kept by NetworkManager', () => {
  it(
    'every definition is one that it takes',
    async () => {
      // Its own limits, which no other backend has: miimon and ARP exclude each other, as do delays without miimon
      const all = fc.sample(definitions('networkmanager'), { numRuns: 4, seed: 7 }).flatMap((some, index) =>
        expressible(some).map((profile) => ({
          ...profile,
          name: `${profile.name}x${index}`.slice(0, 15),
          onboot: 'none' as const,
          ...(profile.controller !== undefined && {
            controller: `${profile.controller}x${index}`.slice(0, 15),
          }),
          ...(profile.bond && { bond: { mode: profile.bond.mode ?? 'balance-rr' } }),
          ...(profile.bridge && { bridge: { stp: profile.bridge.stp!, forward_delay: 4, priority: 4096 } }),
        })),
      );
      const files = networkmanager.write(nothingStored, { set: all, remove: [] });
      const written = files.filter(({ path }) => path.startsWith(ETC));
      expect(written.length).toBeGreaterThan(12);
      const write = written.map(
        ({ path, content }) => `echo ${Buffer.from(content!).toString('base64')} | base64 -d >'${path}'`,
      );
      expect(await on(`umask 077; ${write.join('; ')}; nmcli connection load ${ETC}/* 2>&1`)).toBe('');
      expect(Number(await on('nmcli -t -f NAME connection show | grep -c x'))).toBe(written.length);
      await on(`rm -f ${ETC}/*; nmcli connection reload`);
    },
    10 * MINUTES,
  );

  it(
    'a stack of bond, VLAN and bridge, made and the same after a reboot',
    async () => {
      await converge(STACK);
      expect(await connected()).toEqual(OWNED);
      await rebootHost(lab.lab.folder, lab.lab.hosts[0]!);
      await expect.poll(connected, { timeout: 30_000, interval: 1000 }).toEqual(OWNED);
      await expect.poll(() => run(STACK, 'check'), { timeout: 30_000 }).toEqual(['ok', 'ok', 'ok']);
    },
    15 * MINUTES,
  );

  it(
    'changes in place: the taps of guests stay on their bridge',
    async () => {
      await on('ip tuntap add tap7 mode tap && ip link set tap7 up master br20');
      const index = await on('cat /sys/class/net/br20/ifindex');
      await converge(`
    - bridge: {name: br20, ports: [bond0.20, eth3], stp: true, forward_delay: 4, ipv4: {addresses: [10.20.0.2/24]}}
`);
      expect(await on('cat /sys/class/net/br20/ifindex')).toBe(index);
      expect(await on('cat /sys/class/net/tap7/master/ifindex')).toBe(index);
      expect(await on("ip -4 -o addr show br20 | awk '{ print $4 }'")).toBe('10.20.0.2/24');
      // What no connection can take in place: the bridge is started again, and the tap put back
      await converge(`    - bridge: {name: br20, mac: '02:00:00:00:20:20'}\n`);
      expect(await on('cat /sys/class/net/tap7/master/ifindex')).toBe(index);
      expect(await connected()).toEqual([...OWNED, 'eth3 eth3', 'tap7 connected (externally)']);
      await on('ip link delete tap7');
    },
    10 * MINUTES,
  );

  it(
    'another mode of the bond and another VLAN under the bridge',
    async () => {
      await converge(`
    - bond: {name: bond0, mode: balance-xor, miimon: 200}
    - vlan: {name: bond0.20, parent: bond0, id: 21}
`);
      expect(await connected()).toEqual([...OWNED, 'eth3 eth3']);
      expect(await on('cat /sys/class/net/bond0/bonding/slaves | wc -w')).toBe('2');
      expect(await on('ls /sys/class/net/br20/brif')).toBe('bond0.20\neth3');
    },
    10 * MINUTES,
  );

  it(
    'defined, inactive and absent',
    async () => {
      await converge(
        `    - iface: {name: eth4, mtu: 1400, state: defined, ipv4: {addresses: [10.4.0.1/24]}}\n`,
      );
      expect(await on('ip -4 addr show eth4')).toBe('');
      await converge(`    - iface: {name: eth4, ipv4: {addresses: [10.4.0.1/24]}}\n`);
      expect(await connected()).toContain('eth4 eth4');
      await converge(`    - iface: {name: eth4, state: inactive}\n`);
      expect(await on(`ip -4 addr show eth4; grep mtu ${ETC}/wirebook-eth4.nmconnection`)).toBe('mtu=1400');
      await on('nmcli connection reload; sleep 2');
      expect(await connected()).not.toContain('eth4 eth4');
      await converge(`    - iface: {name: eth4, state: absent}\n`);
      await converge(`    - bridge: {name: br20, state: inactive}\n`);
      expect(await on('nmcli -g connection.id connection show br20')).toBe('br20');
      await converge(`
    - bridge: {name: br20, state: absent}
    - bond: {name: bond0, state: absent}
`);
      expect(await connected()).toEqual([]);
      expect(await on(`ls ${ETC} /etc/NetworkManager/dispatcher.d | grep -c wirebook || :`)).toBe('0');
    },
    15 * MINUTES,
  );

  it(
    'a connection that nmcli made: refused, then taken over with all that it is',
    async () => {
      const uuid = await on(
        `nmcli -g connection.uuid connection add type ethernet con-name 'My LAN; x' ifname eth3 ipv4.method manual ipv4.addresses 10.3.0.1/24 ipv4.dns 192.0.2.53 ipv6.method disabled connection.zone trusted >/dev/null; nmcli -g connection.uuid connection show 'My LAN; x'`,
      );
      const task = (adopt: boolean): string => `    - iface: {name: eth3, adopt: ${adopt}, mtu: 1400}\n`;
      await expect(run(task(false))).rejects.toThrow(`${ETC}/My LAN; x.nmconnection:`);
      await converge(task(true));
      expect(
        await on(
          `nmcli -g connection.id,connection.uuid,connection.zone,ipv4.dns,802-3-ethernet.mtu connection show ${uuid}; ls ${ETC}`,
        ),
      ).toBe(`My LAN; x\n${uuid}\ntrusted\n192.0.2.53\n1400\nwirebook-eth3.nmconnection`);
      expect(await connected()).toEqual(['eth3 My LAN; x']);
      await expect(run('    - iface: {name: mgmt0, mtu: 1400}\n')).rejects.toThrow('conf.d/lab.conf:5');
    },
    10 * MINUTES,
  );
});
