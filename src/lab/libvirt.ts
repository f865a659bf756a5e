import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sshArguments } from './access.ts';
import { run } from './exec.ts';
import type { Seed } from './hosts.ts';
import type { LabHost } from './plan.ts';

/** Where libvirtd keeps what it has found out about its qemu, without leading slash. */
const CAPABILITIES = 'var/cache/libvirt/qemu/capabilities';

/** The guest web1 that every full host has: shut off, without NICs, with free PCIe ports for some. */
export function guestSeed(): Seed {
  const ports = "<controller type='pci' model='pcie-root-port'/>".repeat(6);
  const content = `<domain type='qemu'>
  <name>web1</name>
  <uuid>${randomUUID()}</uuid>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='pci' model='pcie-root'/>${ports}
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
</domain>
`;
  return { 'etc/libvirt/qemu/web1.xml': { content, mode: 0o600 } };
}

/** What an earlier host with the same root and kernel found out, so that libvirtd need not run qemu for it. */
export function capabilitiesSeed(cached: string): Seed {
  if (!existsSync(cached)) return {};
  return Object.fromEntries(
    readdirSync(cached).map((name) => [
      `${CAPABILITIES}/${name}`,
      { content: readFileSync(join(cached, name)), mode: 0o600 },
    ]),
  );
}

/** Keeps what a host's libvirtd has found out for hosts to come. */
export async function keepCapabilities(folder: string, host: LabHost, cached: string): Promise<void> {
  if (existsSync(cached)) return;
  const archive = await run(['ssh', ...sshArguments(folder, host), `tar -cC /${CAPABILITIES} . | base64`]);
  const partial = `${cached}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  await run(['sh', '-c', 'base64 -d | tar -xoC "$1"', 'sh', partial], { input: archive });
  try {
    renameSync(partial, cached);
  } catch {
    // Another lab was first
    rmSync(partial, { recursive: true });
  }
}

/** Waits until a full host's services have started and its libvirtd knows the guest. */
export const servicesReady = (folder: string, host: LabHost, signal?: AbortSignal): Promise<string> =>
  run(
    [
      'ssh',
      ...sshArguments(folder, host),
      'timeout 240 systemctl is-system-running --wait || true; exec virsh -c qemu:///system domstate web1',
    ],
    { signal },
  );
