import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stopLab } from '../../src/lab/down.ts';
import { greets } from '../../src/lab/hosts.ts';
import { hostUp, powerCut, powerOff, powerOn, rebootHost } from '../../src/lab/power.ts';
import { readState } from '../../src/lab/state.ts';
import { isRoot, labOf } from './lab.ts';

const BOOT_ID = 'cat /proc/sys/kernel/random/boot_id';

describe.skipIf(!isRoot)('a full uml host (needs root)', { timeout: 120_000 }, () => {
  const { ssh, host, folder } = labOf({ hosts: 1, driver: 'uml' });

  it('keeps its files over a reboot, also where the lab had put others', async () => {
    const before = ssh(1, BOOT_ID);
    ssh(1, 'for file in /etc/kept /var/lib/kept /etc/hostname /run/gone; do echo kept >$file; done');
    await rebootHost(folder, host(1));
    expect(ssh(1, BOOT_ID)).not.toBe(before);
    expect(ssh(1, 'cat /etc/kept /var/lib/kept; hostname; ls /run/gone 2>&1 || true')).toMatch(
      /^kept\nkept\nkept\n.*No such file/,
    );
    expect(ssh(1, 'systemctl is-system-running')).toBe('running\n');
  });

  it('keeps what was synced over a power cut, and loses what was not', async () => {
    const before = ssh(1, BOOT_ID);
    ssh(1, 'echo synced >/etc/synced && sync && echo lost >/etc/lost');
    await powerCut(folder, host(1));
    expect(ssh(1, BOOT_ID)).not.toBe(before);
    expect(ssh(1, 'cat /etc/synced; ls /etc/lost 2>&1 || true')).toMatch(/^synced\n.*No such file/);
  });
});

describe.skipIf(!isRoot)('uml hosts with sshd only (needs root)', { timeout: 120_000 }, () => {
  const { ssh, host, folder } = labOf({ hosts: 2, driver: 'uml', form: 'sshd-only' });

  it('can be off while others go on', async () => {
    ssh(1, 'echo kept >/etc/kept; sync');
    await powerOff(folder, host(1));
    expect(await greets(host(1).address)).toBe(false);
    expect(await greets(host(2).address)).toBe(true);
    expect(Object.keys(readState(folder)!.pids)).toEqual(['host2']);
    await powerOn(folder, host(1));
    await hostUp(folder, host(1));
    expect(ssh(1, 'cat /etc/kept')).toBe('kept\n');
  });

  it('go without trace after reboots of both kinds', async () => {
    await rebootHost(folder, host(1));
    await powerCut(folder, host(2));
    const { id, pids } = readState(folder)!;
    for (const name of ['host1', 'host2']) {
      expect(readFileSync(`/proc/${pids[name]}/cmdline`, 'utf8')).toContain(join(folder, 'hosts', name));
    }
    const children = Object.values(pids).flatMap((pid) =>
      readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean),
    );
    expect(children).toHaveLength(2);
    await stopLab(folder);
    expect([...Object.values(pids), ...children].filter((pid) => isRunning(Number(pid)))).toEqual([]);
    const names = execFileSync('sh', ['-c', 'ip -o link show; ip netns list'], { encoding: 'utf8' });
    expect(names).not.toMatch(new RegExp(`\\bwb${id}\\b`));
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
  });
});

/** Whether a process lives; one that has ended and is not yet waited for does not. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
