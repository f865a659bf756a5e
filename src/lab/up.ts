import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { join, resolve } from 'node:path';
import { EngineError } from '../engine/errors.ts';
import { accessPaths, type LabAccess, writeAccess } from './access.ts';
import { type Backend, backendSeed, DEFAULT_BACKEND } from './backends.ts';
import { cgroupRoot } from './cgroup.ts';
import { stopLab } from './down.ts';
import { chooseDriver, type PreparedDriver, prepareDriver } from './drivers.ts';
import { type Seed, sshReady, startHost, writeSeed } from './hosts.ts';
import { capabilitiesSeed, guestSeed, keepCapabilities, servicesReady } from './libvirt.ts';
import { claimLab, introduce, joinMachine, makeSwitch, randomMac } from './network.ts';
import {
  type Driver,
  type Form,
  hostNamespace,
  type LabHost,
  labName,
  MAX_HOSTS,
  MAX_SEGMENT_HOSTS,
  planHosts,
  SEGMENT_PREFIX_LENGTH,
  SEGMENTS,
  type Segment,
  segmentAddress,
  segmentLink,
} from './plan.ts';
import { inPhase, type OnProgress } from './progress.ts';
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
  /**
   * What configures the data NICs of full hosts, in turn; the inventory then has it as network_backend.
   * Default: NetworkManager, and nothing in the inventory
   */
  backends?: readonly Backend[] | undefined;
  /** Whether this machine is to have an address on each data segment; default false */
  segments?: boolean | undefined;
  /** Kernel for uml hosts, also gzipped; see kernel.ts for the default */
  kernel?: string | undefined;
  /** Whether to install missing packages where that is possible; default true */
  install?: boolean | undefined;
  /** Gives up, and removes what was made */
  signal?: AbortSignal | undefined;
}

export interface Lab extends LabAccess {
  folder: string;
  driver: Driver;
  form: Form;
  hosts: LabHost[];
  /** What this machine has on the data segments; none unless asked for */
  segments: MachineSegment[];
}

interface MachineSegment {
  name: Segment;
  /** This machine's address there, with prefix */
  machine: string;
}

/**
 * Brings up a lab: hosts that answer to SSH from this machine. When it fails, what it made is removed.
 * @throws EngineError LAB, LAB_NEEDS
 */
export async function startLab(options: LabOptions, onProgress: OnProgress = () => {}): Promise<Lab> {
  const folder = resolve(options.folder);
  const {
    hosts: count = 3,
    form = 'full',
    backends = [],
    segments = false,
    kernel,
    install = true,
    signal,
  } = options;
  if (!Number.isInteger(count) || count < 1 || count > MAX_HOSTS) {
    throw new EngineError('LAB', `a lab has 1 to ${MAX_HOSTS} hosts, not ${count}`);
  }
  if (segments && count > MAX_SEGMENT_HOSTS) {
    throw new EngineError('LAB', `a segment has addresses for ${MAX_SEGMENT_HOSTS} hosts, not ${count}`);
  }
  if (form !== 'full' && backends.length > 0) {
    throw new EngineError('LAB', 'a host with sshd only has no network backend');
  }
  if (readState(folder) !== undefined) {
    throw new EngineError('LAB', `there is a lab in ${folder} already`, {
      hint: 'Take it down first: `wirebook lab down`, with the same --dir',
    });
  }
  // Each host's processes listen to it
  if (signal !== undefined) setMaxListeners(0, signal);
  try {
    const driver = options.driver ?? (await chooseDriver());
    const prepared = await prepareDriver(driver, {
      folder,
      form,
      hosts: count,
      kernel,
      install,
      signal,
      onProgress,
    });
    const state = await claim(folder, driver, form, segments, (id) =>
      planHosts(id, count, { backends, segments }),
    );
    await inPhase(onProgress, 'keys and network', async () => {
      writeHostFiles(folder, state, capabilitiesSeed(prepared.capabilities));
      await makeSwitch(state.id);
      if (segments) await joinMachine(state.id);
      await prepared.connect(state);
      await introduce(state.id, state.hosts);
    });
    signal?.throwIfAborted();
    await inPhase(onProgress, `start of ${plural(count)}`, (note) =>
      startAll(folder, state, prepared, note, signal),
    );
    if (form === 'full') {
      await inPhase(onProgress, 'services and libvirt', async () => {
        await Promise.all(state.hosts.map((host) => servicesReady(folder, host, signal)));
        await keepCapabilities(folder, state.hosts[0]!, prepared.capabilities);
      });
    }
    writeState(folder, { ...state, phase: 'up' });
    return {
      folder,
      driver,
      form,
      hosts: state.hosts,
      segments: segments ? machineSegments(state.id) : [],
      ...accessPaths(folder),
    };
  } catch (error) {
    await stopLab(folder);
    if (signal?.aborted)
      throw new EngineError('INTERRUPTED', 'the lab was stopped while it came up', { cause: error });
    throw error;
  }
}

const machineSegments = (id: number): MachineSegment[] =>
  SEGMENTS.map((name) => ({ name, machine: `${segmentAddress(id, name, 1)}/${SEGMENT_PREFIX_LENGTH}` }));

const plural = (count: number): string => (count === 1 ? '1 host' : `${count} hosts`);

/** Takes a lab number, with the state on disk saying so before each try. */
async function claim(
  folder: string,
  driver: Driver,
  form: Form,
  segments: boolean,
  plan: (id: number) => LabHost[],
): Promise<LabState> {
  const cgroups = form === 'full' && driver === 'netns' ? cgroupRoot() : undefined;
  const mac = randomMac();
  let state: LabState | undefined;
  await claimLab(mac, (id) => {
    const hosts = plan(id);
    const name = labName(id);
    const made = {
      links: [name, ...(segments ? SEGMENTS.map((segment) => segmentLink(id, segment)) : [])],
      namespaces: [name, ...(driver === 'netns' ? hosts.map((host) => hostNamespace(id, host)) : [])],
      cgroups: cgroups === undefined ? [] : [join(cgroups, `wirebook-${name}`)],
    };
    const started = new Date().toISOString();
    state = {
      version: 1,
      id,
      mac,
      driver,
      form,
      phase: 'starting',
      started,
      hosts,
      made,
      commands: {},
      pids: {},
    };
    writeState(folder, state);
  });
  return state!;
}

/** Starts all hosts at once, and waits until each answers. */
async function startAll(
  folder: string,
  state: LabState,
  { command, deadline }: PreparedDriver,
  note: (text: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  state.commands = Object.fromEntries(state.hosts.map((host) => [host.name, command(state, host)]));
  writeState(folder, state);
  const processes = await Promise.all(
    state.hosts.map((host) => startHost(folder, host, state.commands[host.name]!)),
  );
  state.pids = Object.fromEntries(state.hosts.map(({ name }, index) => [name, processes[index]!.pid]));
  writeState(folder, state);
  let ready = 0;
  await Promise.all(
    state.hosts.map(async (host, index) => {
      await sshReady(folder, host, processes[index]!, deadline, signal);
      ready += 1;
      note(`${ready} of ${plural(state.hosts.length)} up`);
    }),
  );
}

/** Keys, known_hosts, inventory, and what every host has of its own. */
function writeHostFiles(folder: string, { hosts, form }: LabState, capabilities: Seed): void {
  const { login, hostKeys } = writeAccess(folder, hosts);
  for (const [index, host] of hosts.entries()) {
    writeSeed(folder, host, {
      'etc/hostname': { content: `${host.name}\n` },
      'etc/hosts': { content: `127.0.0.1 localhost\n127.0.1.1 ${host.name}\n::1 localhost\n` },
      'etc/machine-id': { content: `${randomUUID().replaceAll('-', '')}\n` },
      'etc/ssh/ssh_host_ed25519_key': { content: hostKeys[index]!.privateKey, mode: 0o600 },
      'root/.ssh/authorized_keys': { content: `${login}\n`, mode: 0o600 },
      ...(form === 'full' && {
        ...guestSeed(),
        ...backendSeed(host.backend ?? DEFAULT_BACKEND),
        ...capabilities,
      }),
    });
  }
}
