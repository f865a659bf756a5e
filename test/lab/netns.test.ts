import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sshArguments } from '../../src/lab/access.ts';
import { stopLab } from '../../src/lab/down.ts';
import { type Lab, startLab } from '../../src/lab/up.ts';

const isRoot = process.getuid?.() === 0;
const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });

describe.skipIf(!isRoot)('two sshd-only hosts (needs root)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook lab, 100%:'));
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab({ folder, hosts: 2, driver: 'netns', form: 'sshd-only' });
  }, 600_000);
  afterAll(async () => {
    await stopLab(folder);
    rmSync(folder, { recursive: true, force: true });
  });

  const ssh = (index: number, command: string): string =>
    execFileSync('ssh', [...sshArguments(folder, lab.hosts[index]!), command], { encoding: 'utf8' });

  it('answer to strict ssh, each as itself', () => {
    expect(lab.hosts.map((_, index) => ssh(index, 'hostname'))).toEqual(['host1\n', 'host2\n']);
  });

  it('have a management NIC and four data NICs that are down, on shared segments', () => {
    expect(JSON.parse(ssh(0, 'ip -json link show')).map(({ ifname }: { ifname: string }) => ifname)).toEqual([
      'lo',
      'mgmt0',
      'eth1',
      'eth2',
      'eth3',
      'eth4',
    ]);
    ssh(0, 'ip addr add 10.9.0.1/24 dev eth1 && ip link set eth1 up');
    ssh(1, 'ip addr add 10.9.0.2/24 dev eth2 && ip link set eth2 up');
    expect(ssh(0, 'ping -c 1 -W 3 10.9.0.2')).toContain('1 received');
  });

  it('keep what they write to themselves', () => {
    ssh(0, 'echo mine >/etc/mine');
    expect(ssh(1, 'ls /etc/mine 2>&1 || true')).toContain('No such file');
  });

  it('a host key that is not the one known is refused', () => {
    const [first, second] = lab.hosts;
    const args = sshArguments(folder, second!).map((word) =>
      word === `root@${second!.address}` ? `root@${first!.address}` : word,
    );
    expect(() =>
      execFileSync('ssh', ['-o', `HostKeyAlias=${second!.address}`, ...args, 'true'], { stdio: 'pipe' }),
    ).toThrow(/host key/i);
  });

  it('a second lab in the same folder is refused, one in another works', async () => {
    await expect(startLab({ folder, hosts: 1, driver: 'netns', form: 'sshd-only' })).rejects.toThrow(
      /already/,
    );
    const other = join(folder, 'other');
    const second = await startLab({ folder: other, hosts: 1, driver: 'netns', form: 'sshd-only' });
    expect(second.hosts[0]!.address).not.toBe(lab.hosts[0]!.address);
    await stopLab(other);
    expect(existsSync(other)).toBe(false);
    expect(ssh(0, 'hostname')).toBe('host1\n');
  });

  it('go without trace, and going twice is fine', async () => {
    const { id } = JSON.parse(execFileSync('cat', [join(folder, 'state.json')], { encoding: 'utf8' }));
    expect(await stopLab(folder)).toBe(true);
    expect(await stopLab(folder)).toBe(false);
    expect(ip('netns', 'list')).not.toMatch(new RegExp(`\\bwb${id}\\b`));
    expect(ip('-brief', 'link')).not.toMatch(new RegExp(`\\bwb${id}\\b`));
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
  });
});
