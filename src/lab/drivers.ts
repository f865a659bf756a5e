import { createHash } from 'node:crypto';
import { release, version } from 'node:os';
import { join } from 'node:path';
import { ensureInitramfs, ensureModules, findKernel } from './kernel.ts';
import { checkInotify, meetNeeds, type NeedOptions } from './needs.ts';
import { kernelHasBonds, makeNamespaces, namespaceCommand } from './netns.ts';
import type { Driver, Form, LabHost } from './plan.ts';
import { ensureImage, ensureRoot } from './root.ts';
import type { LabState } from './state.ts';
import { makeTaps, type UmlFiles, umlCommand } from './uml.ts';

/** A driver with all that it needs in the cache. */
export interface PreparedDriver {
  /** Where libvirt's capabilities are cached for this root and kernel */
  capabilities: string;
  /** Makes the hosts' ends of the network */
  connect(state: LabState): Promise<void>;
  /** The command that a host is started with */
  command(state: LabState, host: LabHost): string[];
  /** Seconds within which a host's sshd has to greet */
  deadline: number;
}

interface DriverOptions extends NeedOptions {
  folder: string;
  form: Form;
  hosts: number;
}

/** The faster driver that can do bonds and VLANs on this machine. */
export const chooseDriver = async (): Promise<Driver> => ((await kernelHasBonds()) ? 'netns' : 'uml');

/** Builds what a driver boots hosts from, or finds it in the cache. */
export async function prepareDriver(driver: Driver, options: DriverOptions): Promise<PreparedDriver> {
  const { folder, form, signal, onProgress } = options;
  await meetNeeds(driver, options);
  if (driver === 'netns' && form === 'full') checkInotify(options.hosts);
  const root = await ensureRoot(onProgress, signal);
  if (driver === 'netns') {
    const running = createHash('sha256').update(`${release()} ${version()}`).digest('hex').slice(0, 12);
    return {
      capabilities: `${root}.libvirt-netns-${running}`,
      deadline: 60,
      connect: ({ id, hosts }) => makeNamespaces(id, hosts),
      command: ({ id, made }, host) => {
        const cgroup = made.cgroups[0] === undefined ? undefined : join(made.cgroups[0], host.name);
        return namespaceCommand(id, host, { form, folder, root, cgroup });
      },
    };
  }
  const kernel = findKernel(options.kernel)!;
  const files: UmlFiles = {
    root,
    image: await ensureImage(root, onProgress, signal),
    kernel: kernel.file,
    initramfs: await ensureInitramfs(root, kernel),
    modules: await ensureModules(kernel, onProgress, signal),
  };
  return {
    capabilities: `${root}.libvirt-uml-${kernel.key}`,
    deadline: 240,
    connect: ({ id, hosts }) => makeTaps(id, hosts),
    command: ({ id }, host) => umlCommand(id, host, { folder, form, files }),
  };
}
