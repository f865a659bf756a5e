import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isRoot, labOf } from './lab.ts';

describe.skipIf(!isRoot)('a full netns host (needs root)', () => {
  const { ssh } = labOf({ hosts: 1, driver: 'netns' });

  it('runs systemd with all its units', () => {
    expect(ssh(1, 'systemctl is-system-running; systemctl --failed --no-legend')).toBe('running\n');
    expect(ssh(1, 'systemctl is-active NetworkManager libvirtd ssh')).toBe('active\nactive\nactive\n');
  });

  it('has a guest, shut off and without NICs, and no networks', () => {
    expect(ssh(1, 'virsh -c qemu:///system domstate web1').trim()).toBe('shut off');
    expect(ssh(1, 'virsh -c qemu:///system domiflist web1')).not.toMatch(/network|bridge/);
    expect(ssh(1, 'virsh -c qemu:///system net-list --all --name').trim()).toBe('');
  });

  it('starts libvirt networks with NAT, and the guest, paused', () => {
    const network =
      "<network><name>n</name><forward mode='nat'/><ip address='192.168.99.1' netmask='255.255.255.0'>" +
      "<dhcp><range start='192.168.99.2' end='192.168.99.9'/></dhcp></ip></network>";
    ssh(1, `echo "${network}" >/root/n.xml`);
    const virsh = 'virsh -q -c qemu:///system';
    ssh(1, `${virsh} net-define /root/n.xml && ${virsh} net-start n && ${virsh} start web1 --paused`);
    ssh(1, `${virsh} attach-interface web1 network n --model virtio --live`);
    expect(ssh(1, `${virsh} domiflist web1`)).toMatch(/vnet\d+ +network +n +virtio/);
  });
});

describe.skipIf(!isRoot)('two uml hosts with sshd only (needs root)', () => {
  const { ssh } = labOf({ hosts: 2, driver: 'uml', form: 'sshd-only' });

  it('have a kernel of their own, and the same NICs as any lab host', () => {
    expect(ssh(1, 'uname -r')).not.toBe(execFileSync('uname', ['-r'], { encoding: 'utf8' }));
    const links = ssh(2, "ip -o link show | awk '{print $2, $(NF-2)}'");
    expect(links).toContain('mgmt0: 02:77:62:00:02:00');
    expect(links).toContain('eth4: 02:77:62:00:02:04');
    expect(links.trim().split('\n')).toHaveLength(6);
  });

  it('carry a tagged VLAN over a bond from one to the other', () => {
    for (const host of [1, 2]) {
      ssh(
        host,
        `ip link add bond0 type bond mode active-backup miimon 100 && ip link set eth1 master bond0 &&
         ip link set eth2 master bond0 && ip link set bond0 up &&
         ip link add link bond0 name bond0.7 type vlan id 7 && ip addr add 10.7.0.${host}/24 dev bond0.7 &&
         ip link set bond0.7 up`,
      );
    }
    expect(ssh(1, 'ping -c 1 -w 10 10.7.0.2')).toContain('1 received');
  });

  it('cannot reach files of this machine', () => {
    ssh(1, 'mount -t hostfs none /mnt');
    expect(ssh(1, 'cat /mnt/etc/hostname 2>&1; touch /mnt/root/x /mnt/etc/x 2>&1; true')).toMatch(
      /No such file.*(denied|Read-only).*(denied|Read-only)/s,
    );
  });
});
