import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { EngineError } from '../engine/errors.ts';
import { accessPaths, type LabAccess, writeAccess } from './access.ts';
import { cgroupRoot } from './cgroup.ts';
import { stopLab } from './down.ts';
import { type Seed, sshReady, writeSeed } from './hosts.ts';
import { kernelHasBonds, makeNamespaces, startNamespaceHost } from './netns.ts';
import { claimLab, introduce, makeSwitch, randomMac } from './network.ts';
import {
  type Driver,
  type Form,
  hostNamespace,
  type LabHost,
  labName,
  MAX_HOSTS,
  planHosts,
} from './plan.ts';
import { inPhase, type OnProgress } from './progress.ts';
import { ensureRoot } from './root.ts';
import { type LabState, readState, writeState } from './state.ts';

export interface LabOptions {
  /** Folder that the lab keeps itself in: state, keys, inventory, logs; made when missing */
  folder: string;
  /** Default 3 */
  hosts?: number | undefined;
  /** Default: netns where the running kernel has bonds and VLANs, else uml */
  driver?: Driver | undefined;
  /** Default full */
  form?: Form | undefined;
  /** Kernel for uml hosts, also gzipped; see kernel.ts for the default */
  kernel?: string | undefined;
  /** Gives up, and removes what was made */
  signal?: AbortSignal | undefined;
}

export interface Lab extends LabAccess {
  folder: string;
  driver: Driver;
  form: Form;
  hosts: LabHost[];
}

/**
 * Brings up a lab: hosts that answer to SSH from this machine. When it fails, what it made is removed.
 * @throws EngineError LAB, LAB_NEEDS
 */
export async function startLab(options: LabOptions, onProgress: OnProgress = () => {}): Promise<Lab> {
  const folder = resolve(options.folder);
  const { hosts: count = 3, form = 'full', signal } = options;
  if (!Number.isInteger(count) || count < 1 || count > MAX_HOSTS) {
    throw new EngineError('LAB', `a lab has 1 to ${MAX_HOSTS} hosts, not ${count}`);
  }
  if (readState(folder) !== undefined) {
    throw new EngineError('LAB', `there is a lab in ${folder} already`, {
      hint: 'Run `wirebook lab down` first',
    });
  }
  const driver = options.driver ?? ((await kernelHasBonds()) ? 'netns' : 'uml');
  const root = await ensureRoot(onProgress, signal);
  try {
    const state = await claim(folder, driver, form, count);
    const hosts = await makeHosts(state, folder, root, onProgress, signal);
    writeState(folder, { ...state, phase: 'up' });
    return { folder, driver, form, hosts, ...accessPaths(folder) };
  } catch (error) {
    await stopLab(folder);
    throw error;
  }
}

/** Takes a lab number, with the state on disk saying so before each try. */
async function claim(folder: string, driver: Driver, form: Form, count: number): Promise<LabState> {
  const cgroups = form === 'full' && driver === 'netns' ? cgroupRoot() : undefined;
  const mac = randomMac();
  let state: LabState | undefined;
  await claimLab(mac, (id) => {
    const hosts = planHosts(id, count);
    const name = labName(id);
    const made = {
      links: [name],
      namespaces: [name, ...(driver === 'netns' ? hosts.map((host) => hostNamespace(id, host)) : [])],
      cgroups: cgroups === undefined ? [] : [join(cgroups, `wirebook-${name}`)],
    };
    const started = new Date().toISOString();
    state = { version: 1, id, mac, driver, form, phase: 'starting', started, hosts, made, pids: {} };
    writeState(folder, state);
  });
  return state!;
}

async function makeHosts(
  state: LabState,
  folder: string,
  root: string,
  onProgress: OnProgress,
  signal?: AbortSignal,
) {
  const { id, hosts, form } = state;
  await inPhase(onProgress, 'network', async () => {
    const { login, hostKeys } = writeAccess(folder, hosts);
    for (const [index, host] of hosts.entries()) {
      writeSeed(folder, host, seedOf(host, login, hostKeys[index]!.privateKey));
    }
    await makeSwitch(id);
    await makeNamespaces(id, hosts);
    await introduce(id, hosts);
  });
  await inPhase(onProgress, `${hosts.length} hosts`, async (note) => {
    let ready = 0;
    await Promise.all(
      hosts.map(async (host) => {
        const cgroup = join(state.made.cgroups[0] ?? '', host.name);
        const process = await startNamespaceHost(id, host, { form, folder, root, cgroup });
        state.pids[host.name] = process.pid;
        await sshReady(folder, host, process, 120, signal);
        ready += 1;
        note(`${ready} of ${hosts.length} answer`);
      }),
    );
  });
  return hosts;
}

/** What every host has of its own. */
function seedOf(host: LabHost, login: string, hostKey: string): Seed {
  return {
    'etc/hostname': { content: `${host.name}\n` },
    'etc/hosts': { content: `127.0.0.1 localhost\n127.0.1.1 ${host.name}\n::1 localhost\n` },
    'etc/machine-id': { content: `${randomUUID().replaceAll('-', '')}\n` },
    'etc/ssh/ssh_host_ed25519_key': { content: hostKey, mode: 0o600 },
    'root/.ssh/authorized_keys': { content: `${login}\n`, mode: 0o600 },
  };
}
