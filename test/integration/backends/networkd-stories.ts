/** What is asked of networkd's own files and of those that netplan writes for it, on a real host. */
import { describe, expect, test } from 'vitest';
import { rebootHost } from '../../../src/lab/power.ts';
import { useLab } from '../lab.ts';

const MINUTES = 60_000;

const STACK = `
    - block:
        - bond: {name: bond0, mode: active-backup, ports: [eth1, eth2], primary: eth1, miimon: 100, label: 'a "b" $c'}
        - vlan: {name: bond0.20, parent: bond0, id: 20, mtu: 1400}
        - bridge:
            name: br20
            ports: [bond0.20]
            stp: false
            forward_delay: 2
            ipv4: {addresses: [10.20.0.1/24, 10.20.1.1/24], gateway: 10.20.0.9, routes: [{to: 10.99.0.0/16, via: 10.20.0.8, metric: 5}]}
            ipv6: {addresses: ['fd20::1/64'], accept_ra: 0}
      atomic: true
`;

interface Differences {
  /** A definition of eth3 (10.3.0.1/24) in a person's file that has eth4 too, and where that is */
  readonly theirs: { readonly file: string; readonly text: string; readonly line: number };
  /** That file without eth3 */
  readonly left: string;
  /** Makes the daemon take it */
  readonly load: string;
  /** Prints what is ours */
  readonly ours: string;
}

export function networkdStories(
  backend: 'networkd' | 'netplan',
  { theirs, left, load, ours }: Differences,
): void {
  const lab = useLab(backend, { driver: 'uml', hosts: 1, backends: [backend] });
  const on = (command: string): Promise<string> => lab.on('host1', command);
  const reboot = (): Promise<void> => rebootHost(lab.lab.folder, lab.lab.hosts[0]!);

  /** Runs tasks. @returns \`changed\` or \`ok\` of each */
  async function run(tasks: string, command = 'run'): Promise<string[]> {
    const file = lab.file('play.yml', `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks}`);
    const result = await lab.json(command, file);
    const results = result.plays.flatMap((play) => play.tasks.map(({ hosts }) => hosts.host1!));
    for (const one of results) if (one.failed || one.unreachable) throw new Error(one.msg);
    return results.map((one) => (one.changed ? 'changed' : 'ok'));
  }
  const allOk = async (tasks: string): Promise<void> =>
    expect([...new Set(await run(tasks, 'check'))]).toEqual(['ok']);

  /** Of networkd, but for one of its own making: the kernel's news of a bridge's ports have no LINKINFO. */
  const complaints = (): Promise<string> =>
    on(
      `journalctl -b -u systemd-networkd -p warning -o cat | grep -v -e 'Could not get LINKINFO' -e 'Could not process new link message'; :`,
    );

  /** The run makes the change, then all is ok, and networkd is content. */
  async function converge(tasks: string): Promise<void> {
    expect(await run(tasks)).toContain('changed');
    await allOk(tasks);
    expect(await complaints()).toBe('');
  }

  /** Addresses of a link, without those of the kernel's own. */
  const addresses = async (link: string): Promise<string[]> =>
    (await on(`ip -o addr show dev ${link} scope global | awk '{ print $4 }'`)).split('\n').filter(Boolean);
  const state = (link: string): Promise<string> =>
    on(`networkctl list --no-legend ${link} | awk '{ print $5 }'`);
  const isUp = async (link: string): Promise<boolean> =>
    (await on(`cat /sys/class/net/${link}/flags`)).endsWith('3');

  describe(`interfaces kept by ${backend}`, () => {
    test(
      'a stack of bond, VLAN and bridge, made in one go and the same after a reboot',
      async () => {
        await on('ip link set eth1 up && ip addr add 10.20.0.1/24 dev eth1');
        await converge(STACK);
        expect(
          await on('cat /sys/class/net/bond0/bonding/active_slave /sys/class/net/bond0/bonding/primary'),
        ).toBe('eth1\neth1');
        await reboot();
        await allOk(STACK);
        expect(await addresses('br20')).toEqual(['10.20.0.1/24', '10.20.1.1/24', 'fd20::1/64']);
        expect(await complaints()).toBe('');
      },
      5 * MINUTES,
    );

    test(
      'changes under a guest, whose tap stays in the bridge',
      async () => {
        await on('ip tuntap add tap7 mode tap && ip link set tap7 up master br20');
        const index = await on('cat /sys/class/net/br20/ifindex');
        await converge(`
    - vlan: {name: bond0.20, parent: bond0, id: 30}
    - bond: {name: bond0, mode: balance-xor, ports: [eth1]}
    - bridge: {name: br20, stp: true, forward_delay: 4, ipv4: {addresses: [10.20.0.2/24]}}
    - iface: {name: eth2, ipv4: {addresses: [10.2.0.1/24], dns: {servers: [10.2.0.53], search: [a.example]}}}
`);
        expect(await on('cat /sys/class/net/tap7/master/ifindex')).toBe(index);
        expect(await addresses('br20')).toEqual(['10.20.0.2/24', 'fd20::1/64']);
        expect(await addresses('eth2')).toEqual(['10.2.0.1/24']);
        await on('ip link delete tap7');
      },
      3 * MINUTES,
    );

    test(
      'a bridge that becomes a bond and a bridge again, and a port that changes sides',
      async () => {
        await converge('    - bridge: {name: x0, ports: [eth3], ipv4: {addresses: [10.5.0.1/24]}}\n');
        await converge(
          '    - bond: {name: x0, ports: [eth3, eth4], mode: active-backup, miimon: 100, ipv4: {addresses: [10.5.0.1/24]}}\n',
        );
        expect(await addresses('x0')).toEqual(['10.5.0.1/24']);
        await converge('    - bridge: {name: x0, ports: [eth3], ipv4: {addresses: [10.5.0.1/24]}}\n');
        await converge('    - bridge: {name: x1, ports: [eth3]}\n');
        await reboot();
        await allOk(
          '    - bridge: {name: x1, ports: [eth3]}\n    - bridge: {name: x0, ports: [], ipv4: {addresses: [10.5.0.1/24]}}\n',
        );
        await converge('    - bridge: {name: x0, state: absent}\n    - bridge: {name: x1, state: absent}\n');
        expect(await on('ls -d /sys/class/net/x*; :')).toBe('');
      },
      5 * MINUTES,
    );

    test(
      'down until it is activated, whatever networkd reads; up again at boot',
      async () => {
        const inactive = '    - iface: {name: eth2, state: inactive}\n';
        await converge(inactive);
        await on('networkctl reload; sleep 1');
        await allOk(inactive);
        expect(await isUp('eth2')).toBe(false);
        await converge('    - iface: {name: eth2}\n');
        expect(await addresses('eth2')).toEqual(['10.2.0.1/24']);
        await converge(inactive);
        await reboot();
        expect(await addresses('eth2')).toEqual(['10.2.0.1/24']);
      },
      5 * MINUTES,
    );

    test(
      'up now, down at boot',
      async () => {
        const tasks =
          '    - iface: {name: eth2, onboot: false}\n    - bridge: {name: br9, onboot: false, ipv4: {addresses: [10.9.0.1/24]}}\n';
        await converge(tasks);
        expect(await isUp('eth2')).toBe(true);
        expect(await isUp('br9')).toBe(true);
        await reboot();
        expect(await isUp('eth2')).toBe(false);
        expect(
          await on('ls -d /sys/class/net/br9 >/dev/null && cat /sys/class/net/br9/flags; :'),
        ).not.toMatch(/3$/);
        await converge(tasks);
        expect(await addresses('eth2')).toEqual(['10.2.0.1/24']);
      },
      5 * MINUTES,
    );

    test(
      'defined is not touched until it is activated',
      async () => {
        await converge('    - iface: {name: eth4, state: defined, ipv4: {addresses: [10.4.0.1/24]}}\n');
        expect(await addresses('eth4')).toEqual([]);
        await converge('    - iface: {name: eth4, ipv4: {addresses: [10.4.0.1/24]}}\n');
        expect(await addresses('eth4')).toEqual(['10.4.0.1/24']);
        await converge('    - iface: {name: eth4, state: absent}\n');
        expect(await addresses('eth4')).toEqual([]);
      },
      3 * MINUTES,
    );

    test(
      'a definition of someone else: refused, or taken over, the rest of the file as it was',
      async () => {
        await on(
          `cat >${theirs.file} <<'EOF'\n${theirs.text}EOF\nchmod 600 ${theirs.file}; chmod a+r ${theirs.file}; ${load}; sleep 2`,
        );
        expect(await addresses('eth3')).toEqual(['10.3.0.1/24']);
        const task = (adopt: boolean): string =>
          `    - iface: {name: eth3, adopt: ${adopt}, ipv4: {addresses: [10.3.0.2/24]}}\n`;
        await expect(run(task(false))).rejects.toThrow(`${theirs.file}:${theirs.line}`);
        await converge(task(true));
        expect(await addresses('eth3')).toEqual(['10.3.0.2/24']);
        expect(`${await on(`cat ${theirs.file}`)}\n`).toBe(left);
        expect(await state('eth3')).toMatch(/configur/);
      },
      3 * MINUTES,
    );

    test(
      'a change that is not confirmed is taken back, stored and live',
      async () => {
        const before = await on(`${ours}; ip -br addr; ip route`);
        const file = lab.file(
          'play.yml',
          `- hosts: all
  gather_facts: false
  tasks:
    - block:
        - bridge: {name: br20, stp: false, ipv4: {addresses: [10.20.0.7/24]}, ipv6: {accept_ra: true}}
        - bridge: {name: br30, ports: [eth2], ipv6: {addresses: ['2001:db8::1/64']}}
      atomic: true
`,
        );
        // networkd hears routers itself and turns the kernel's own ear off, so this does not converge
        const { plays } = await lab.json('run', file);
        expect(JSON.stringify(plays)).toContain('rolled back');
        await on('sleep 2; networkctl reload; sleep 1');
        expect(await on(`${ours}; ip -br addr; ip route`)).toBe(before);
      },
      3 * MINUTES,
    );

    test(
      'all of it gone, and nothing of it left',
      async () => {
        await converge(`
    - bridge: {name: br20, state: absent}
    - bridge: {name: br9, state: absent}
    - bond: {name: bond0, state: absent}
    - iface: {name: eth1, state: absent}
    - iface: {name: eth2, state: absent}
    - iface: {name: eth3, state: absent}
`);
        expect(await on(ours)).toBe('');
        await on('networkctl reload; sleep 1');
        expect(
          await on('ls /sys/class/net | grep -e bond0 -e br; ls /run/systemd/network | grep wirebook; :'),
        ).toBe('');
        await reboot();
        expect(await on('ls /sys/class/net | grep -e bond0 -e br; :')).toBe('');
      },
      5 * MINUTES,
    );
  });
}
