/** networkd's own files, and those that netplan writes for it, on a real host each: the same tasks at the same time. */
import { describe, expect, test } from 'vitest';
import { linkDown } from '../../../src/lab/cables.ts';
import { rebootHost } from '../../../src/lab/power.ts';
import { useLab } from '../lab.ts';
import type { JsonResult } from '../program.ts';

const MINUTES = 60_000;
const lab = useLab('networkd', { driver: 'uml', hosts: 2, backends: ['networkd', 'netplan'] });
const HOSTS = ['host1', 'host2'] as const;

/** Runs a command on both hosts. @returns what each printed */
const on = (command: string): Promise<string[]> => Promise.all(HOSTS.map((host) => lab.on(host, command)));
const both = <T>(value: T): [T, T] => [value, value];

/** Runs tasks on both hosts. @returns the results of each task, by host */
async function results(tasks: string, command = 'run'): Promise<JsonResult[]> {
  const file = lab.file('play.yml', `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks}`);
  const { plays } = await lab.json(command, file);
  return plays.flatMap((play) => play.tasks.flatMap(({ hosts }) => HOSTS.map((host) => hosts[host]!)));
}

/** What both hosts have to say about tasks that are to succeed: differences, at least. */
async function differences(tasks: string, command = 'run'): Promise<JsonResult['diff'][]> {
  const found = await results(tasks, command);
  for (const one of found) if (one?.failed || one?.unreachable) throw new Error(one.msg);
  return found.filter((one) => one?.changed).map((one) => one.diff);
}

const allOk = async (tasks: string): Promise<void> => expect(await differences(tasks, 'check')).toEqual([]);

/** The run makes the change, and then all is ok. */
async function converge(tasks: string): Promise<void> {
  expect(await differences(tasks)).not.toEqual([]);
  await allOk(tasks);
}

/** Addresses of a link on each host, without those of the kernel's own. */
const addresses = async (link: string): Promise<string[]> =>
  (await on(`ip -o addr show dev ${link} scope global | awk '{ print $4 }'`)).map((text) =>
    text.replaceAll('\n', ' '),
  );
/** `up` or `down`, or nothing for a link that is not there. */
const flags = (link: string): Promise<string[]> =>
  on(
    `[ ! -e /sys/class/net/${link} ] || case $(ip -o link show ${link}) in *[\\<,]UP[,\\>]*) echo up ;; *) echo down ;; esac`,
  );
/** Complaints of networkd, but for one of its own making: the kernel's news of a bridge's ports have no LINKINFO. */
const complaints = (): Promise<string[]> =>
  on(
    `journalctl -b -u systemd-networkd -p warning -o cat | grep -v -e 'Could not get LINKINFO' -e 'Could not process new link message'; :`,
  );
/** What is ours on each host. */
const ours = (): Promise<string[]> =>
  on(
    'cat /etc/systemd/network/*wirebook* /etc/systemd/network/*wirebook*.d/* /etc/netplan/99-wirebook.yaml /etc/udev/rules.d/*wirebook* 2>/dev/null; :',
  );

/** A test at whose end networkd is content. */
const story = (name: string, tell: () => Promise<void>): void =>
  test(
    name,
    async () => {
      await tell();
      expect(await complaints()).toEqual(both(''));
    },
    15 * MINUTES,
  );

const uplink = (ports: string): string =>
  `    - bond: {name: bond0, mode: active-backup, ports: [${ports}], primary: eth1, miimon: 100, label: 'a "b" $c 5%'}\n`;

describe('interfaces kept by networkd, and by netplan', () => {
  story('a stack of bond, VLAN and bridge, made in one go', async () => {
    // Both hosts get the same addresses
    for (const nic of ['eth1', 'eth2', 'eth3', 'eth4'] as const)
      await linkDown(lab.lab.folder, lab.lab.hosts[1]!, nic);
    await on('ip link set eth1 up && ip addr add 10.20.0.1/24 dev eth1');
    await converge(`
    - block:
    ${uplink('eth1, eth2')}        - vlan: {name: bond0.20, parent: bond0, id: 20, mtu: 1400}
        - bridge:
            name: br20
            ports: [bond0.20]
            stp: false
            forward_delay: 2
            ipv4: {addresses: [10.20.0.1/24, 10.20.1.1/24], gateway: 10.20.0.9, routes: [{to: 10.99.0.0/16, via: 10.20.0.8, metric: 5}]}
            ipv6: {addresses: ['fd20::1/64'], accept_ra: 0}
      atomic: true
`);
    expect(
      await on('cat /sys/class/net/bond0/bonding/active_slave /sys/class/net/bond0/bonding/primary'),
    ).toEqual(both('eth1\neth1'));
  });

  story('changes under a guest, whose tap stays in the bridge', async () => {
    await on('ip tuntap add tap7 mode tap && ip link set tap7 up master br20');
    const index = await on('cat /sys/class/net/br20/ifindex');
    await converge(`
    - vlan: {name: bond0.20, parent: bond0, id: 30}
    - bond: {name: bond0, mode: balance-xor, ports: [eth1]}
    - bridge: {name: br20, stp: true, forward_delay: 4, ipv4: {addresses: [10.20.0.2/24]}}
    - iface: {name: eth2, ipv4: {addresses: [10.2.0.1/24], dns: {servers: [10.2.0.53], search: [a.example]}}}
`);
    expect(await on('cat /sys/class/net/tap7/master/ifindex')).toEqual(index);
    expect(await addresses('br20')).toEqual(both('10.20.0.2/24 fd20::1/64'));
    expect(await addresses('eth2')).toEqual(both('10.2.0.1/24'));
    await on('ip link delete tap7');
  });

  story('a definition of someone else: refused, or taken over, the rest of the file as it was', async () => {
    await on(`cat >/tmp/site.network <<'EOF'
# site
[Match]
Name=eth3 eth4
[Network]
Address=10.3.0.1/24
EOF
cat >/tmp/site.yaml <<'EOF'
# site
network:
  version: 2
  ethernets:
    eth3:
      # theirs
      addresses: [10.3.0.1/24]
    eth4: {mtu: 1500}   # other
EOF
case $(hostname) in
  host1) cp /tmp/site.network /etc/systemd/network/20-site.network; networkctl reload ;;
  *) install -m 644 /tmp/site.yaml /etc/netplan/50-site.yaml; netplan apply ;;
esac
sleep 2`);
    expect(await addresses('eth3')).toEqual(both('10.3.0.1/24'));
    const task = (adopt: boolean): string =>
      `    - iface: {name: eth3, adopt: ${adopt}, ipv4: {addresses: [10.3.0.2/24]}}\n`;
    expect((await results(task(false))).map(({ msg }) => msg)).toEqual([
      expect.stringContaining('/etc/systemd/network/20-site.network:3'),
      expect.stringContaining('/etc/netplan/50-site.yaml:5'),
    ]);
    await converge(task(true));
    expect(await addresses('eth3')).toEqual(both('10.3.0.2/24'));
    expect(
      await on('cat /etc/systemd/network/20-site.network /etc/netplan/50-site.yaml 2>/dev/null; :'),
    ).toEqual([
      '# site\n[Match]\nName=eth4\n[Network]\nAddress=10.3.0.1/24',
      '# site\nnetwork:\n  version: 2\n  ethernets:\n    eth4: {mtu: 1500}   # other',
    ]);
    await on(
      'rm -f /etc/systemd/network/20-site.network /etc/netplan/50-site.yaml; networkctl reload; ip addr flush dev eth4',
    );
  });

  story('a bridge that becomes a bond and a bridge again, and a port that changes sides', async () => {
    const bridge = '    - bridge: {name: x0, ports: [eth3], ipv4: {addresses: [10.5.0.1/24]}}\n';
    await converge(bridge);
    await converge(
      '    - bond: {name: x0, ports: [eth3, eth4], mode: active-backup, miimon: 100, ipv4: {addresses: [10.5.0.1/24]}}\n',
    );
    expect(await addresses('x0')).toEqual(both('10.5.0.1/24'));
    await converge(bridge);
    await converge('    - bridge: {name: x1, ports: [eth3]}\n');
  });

  story('a change that cannot be confirmed is taken back, stored and live', async () => {
    const state = (): Promise<string[]> => on('ip -br addr; ip route');
    const before = [await ours(), await state()];
    // Answers to this machine go astray, so that the change cannot be confirmed
    const [self] = await on('echo ${SSH_CLIENT%% *}');
    const found = await results(`
    - block:
        - bridge: {name: br30, ports: [eth2], confirm_timeout: 6, ipv6: {addresses: ['2001:db8::1/64']}}
        - bridge: {name: br20, stp: false, ipv4: {addresses: [10.20.0.7/24], routes: [{to: ${self}/32, via: 10.20.0.8}]}}
      atomic: true
`);
    const last = found.slice(-HOSTS.length).map((one) => one?.error?.code);
    expect(last, JSON.stringify(found)).toEqual(both('ROLLED_BACK'));
    await on('networkctl reload; sleep 1');
    expect([await ours(), await state()]).toEqual(before);
  });

  story('defined is not touched until it is activated; up now, down at boot', async () => {
    await converge('    - iface: {name: eth4, state: defined, ipv4: {addresses: [10.4.0.1/24]}}\n');
    // Of one that is up, what is for later
    await converge('    - iface: {name: eth2, state: defined, ipv4: {addresses: [10.2.0.9/24]}}\n');
    // Whoever else has files read
    await on('case $(hostname) in host2) netplan generate ;; esac; networkctl reload; sleep 2');
    expect(await addresses('eth4')).toEqual(both(''));
    expect(await flags('eth4')).toEqual(both('down'));
    expect(await addresses('eth2')).toEqual(both('10.2.0.1/24'));
    await converge('    - iface: {name: eth2, ipv4: {addresses: [10.2.0.9/24]}}\n');
    expect(await addresses('eth2')).toEqual(both('10.2.0.9/24'));
    await converge('    - iface: {name: eth2, ipv4: {addresses: [10.2.0.1/24]}}\n');
    await converge(`
    - iface: {name: eth4, onboot: false}
    - bridge: {name: br9, onboot: false, ipv4: {addresses: [10.9.0.1/24]}}
${uplink('eth1')}`);
    expect(await addresses('eth4')).toEqual(both('10.4.0.1/24'));
    expect(await flags('br9')).toEqual(both('up'));
  });

  story('down until it is activated, whatever networkd reads', async () => {
    const inactive = '    - iface: {name: eth2, state: inactive}\n';
    await converge(inactive);
    await on('networkctl reload; sleep 1');
    await allOk(inactive);
    expect(await flags('eth2')).toEqual(both('down'));
    await converge('    - iface: {name: eth2}\n');
    expect(await addresses('eth2')).toEqual(both('10.2.0.1/24'));
    await converge(inactive);
  });

  story('after a reboot all is as it was stored', async () => {
    await Promise.all(lab.lab.hosts.map((host) => rebootHost(lab.lab.folder, host)));
    await allOk(`${uplink('eth1')}
    - vlan: {name: bond0.20, parent: bond0, id: 30, mtu: 1400}
    - bridge:
        name: br20
        ports: [bond0.20]
        stp: true
        forward_delay: 4
        ipv4: {addresses: [10.20.0.2/24], gateway: 10.20.0.9, routes: [{to: 10.99.0.0/16, via: 10.20.0.8, metric: 5}]}
        ipv6: {addresses: ['fd20::1/64'], accept_ra: 0}
    - bridge: {name: x1, ports: [eth3]}
    - bridge: {name: x0, ports: [], ipv4: {addresses: [10.5.0.1/24]}}
    - iface: {name: eth2, ipv4: {addresses: [10.2.0.1/24]}}
`);
    expect(await addresses('eth2')).toEqual(both('10.2.0.1/24'));
    expect(await flags('eth4')).toEqual(both('down'));
    expect(await flags('br9')).not.toContain('up');
    await converge('    - iface: {name: eth4}\n    - bridge: {name: br9}\n');
    expect(await addresses('eth4')).toEqual(both('10.4.0.1/24'));
    expect(await flags('br9')).toEqual(both('up'));
  });

  story('all of it gone, and nothing of it left', async () => {
    const names = ['bridge br20', 'bridge br9', 'bridge x0', 'bridge x1', 'bond bond0'].concat(
      ['eth1', 'eth2', 'eth3', 'eth4'].map((name) => `iface ${name}`),
    );
    await converge(
      names
        .map((one) => one.split(' '))
        .map(([module, name]) => `    - ${module}: {name: ${name}, state: absent}\n`)
        .join(''),
    );
    expect(await ours()).toEqual(both(''));
    await on('networkctl reload; sleep 1');
    expect(
      await on(
        'ls /sys/class/net | grep -e bond0 -e br -e x; ls /run/systemd/network | grep -e wirebook -e bond0; :',
      ),
    ).toEqual(both(''));
  });
});
