import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { knowAddress, sshArguments } from '../../src/lab/access.ts';
import { linkDown, linkUp } from '../../src/lab/cables.ts';
import { greets } from '../../src/lab/hosts.ts';
import { powerCut } from '../../src/lab/power.ts';
import { isRoot, labOf } from './lab.ts';

const ping = (address: string) => `ping -c 2 -i 0.2 -W 1 ${address} | grep -o '[0-9]* received'`;
const addresses = (host: number) => `ip addr add 10.9.0.${host}/24 dev eth1 && ip link set eth1 up`;

describe.skipIf(!isRoot)('cables of two uml hosts (needs root)', { timeout: 60_000 }, () => {
  const { ssh, host, folder } = labOf({ hosts: 2, driver: 'uml', form: 'sshd-only', segments: true });

  it('carry nothing while pulled, and all again when put back', async () => {
    for (const number of [1, 2]) ssh(number, addresses(number));
    for (let round = 0; round < 2; round++) {
      expect(ssh(2, ping('10.9.0.1'))).toBe('2 received\n');
      await linkDown(folder, host(1), 'eth1');
      expect(ssh(1, `${ping('10.9.0.2')} || true`)).toBe('0 received\n');
      expect(ssh(2, `${ping('10.9.0.1')} || true`)).toBe('0 received\n');
      await linkUp(folder, host(1), 'eth1');
    }
    expect(ssh(2, ping('10.9.0.1'))).toBe('2 received\n');
  });

  it('stay pulled over a power cut', async () => {
    await linkDown(folder, host(1), 'eth1');
    await powerCut(folder, host(1));
    ssh(1, addresses(1));
    expect(ssh(2, `${ping('10.9.0.1')} || true`)).toBe('0 received\n');
    await linkUp(folder, host(1), 'eth1');
    expect(ssh(2, ping('10.9.0.1'))).toBe('2 received\n');
  });

  it('reach a host by a segment alone', async () => {
    const { seg2 } = host(1).segments!;
    ssh(1, `ip addr add ${seg2}/23 dev eth3 && ip link set eth3 up`);
    await linkDown(folder, host(1), 'mgmt0');
    expect(await greets(host(1).address)).toBe(false);
    expect(ssh(1, 'hostname', { address: seg2 })).toBe('host1\n');
    await linkUp(folder, host(1), 'mgmt0');
    expect(ssh(1, 'hostname')).toBe('host1\n');
  });

  it('reach a host by a tagged VLAN on a bond alone, through another host', async () => {
    for (const number of [1, 2]) {
      ssh(
        number,
        `ip addr flush dev eth1 && ip link set eth1 down && ip link add bond0 type bond mode active-backup &&
         ip link set eth1 master bond0 && ip link set eth2 master bond0 && ip link set bond0 up &&
         ip link add link bond0 name bond0.20 type vlan id 20 && ip addr add 10.20.0.${number}/24 dev bond0.20 &&
         ip link set bond0.20 up`,
      );
    }
    await linkDown(folder, host(1), 'mgmt0');
    expect(ssh(1, 'hostname', { address: '10.20.0.1', jump: host(2) })).toBe('host1\n');
    // As one who knows no alias
    knowAddress(folder, host(1), '10.20.0.1');
    const args = sshArguments(folder, host(1), { address: '10.20.0.1', jump: host(2) });
    const strict = ['-o', 'HostKeyAlias=10.20.0.1', ...args, 'hostname'];
    expect(execFileSync('ssh', strict, { encoding: 'utf8' })).toBe('host1\n');
    await linkUp(folder, host(1), 'mgmt0');
  });
});

describe.skipIf(!isRoot)('cables of netns hosts (needs root)', () => {
  const { ssh, host, folder } = labOf({ hosts: 1, driver: 'netns', form: 'sshd-only' });

  it('show in the carrier whether they are pulled', async () => {
    ssh(1, 'ip link set eth4 up');
    const carrier = () => ssh(1, 'cat /sys/class/net/eth4/carrier').trim();
    expect(carrier()).toBe('1');
    await linkDown(folder, host(1), 'eth4');
    expect(carrier()).toBe('0');
    await linkUp(folder, host(1), 'eth4');
    expect(carrier()).toBe('1');
  });
});
