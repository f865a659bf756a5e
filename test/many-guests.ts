/** A host with many guests that are shut off: how much it takes to look at them. */
import type { SourceRequest } from '../src/engine/module.ts';
import { world } from '../src/host/index.ts';
import type { HostState } from '../src/host/state.ts';
import { domainNic } from '../src/modules/domain-nic/index.ts';
import type { NicTask } from './libvirt-tasks.ts';
import { guestXml, virshEach } from './libvirt-objects.ts';
import type { LibvirtHost } from './libvirtd.ts';

const uri = 'qemu:///system';
const settings = { libvirtUri: uri, networkBackend: undefined };

export const guestName = (index: number): string => `guest${index}`;
export const nicMac = (guest: number, nic: number): string =>
  `52:54:00:${[guest >> 8, guest & 255, nic].map((part) => part.toString(16).padStart(2, '0')).join(':')}`;

const cards = (guest: number, nics: number): string =>
  Array.from(
    { length: nics },
    (_, nic) =>
      `<interface type='bridge'><mac address='${nicMac(guest, nic)}'/><source bridge='br0'/><model type='virtio'/></interface>`,
  ).join('\n');

/** Defines them, in one virsh. */
export async function defineGuests(host: LibvirtHost, guests: number, nics: number): Promise<void> {
  const texts = Array.from({ length: guests }, (_, index) =>
    guestXml(guestName(index), { devices: cards(index, nics) }),
  );
  const { status, stderr } = await host.exec(virshEach('define', texts));
  if (status !== 0) throw new Error(stderr);
}

export interface Look {
  readonly requests: number;
  readonly steps: number;
  /** Milliseconds of the controller's CPU */
  readonly cpu: number;
  /** MiB of what was made of it */
  readonly memory: number;
}

/** What every task of a play wants to know is read at once, as the engine does; then each is planned. */
export async function lookAt(
  host: LibvirtHost,
  tasks: readonly NicTask[],
  also: readonly SourceRequest[] = [],
): Promise<Look> {
  let requests = 0;
  let cpu = 0;
  const timed = <T>(work: () => T): T => {
    const before = process.cpuUsage();
    const value = work();
    const { user, system } = process.cpuUsage(before);
    cpu += (user + system) / 1000;
    return value;
  };
  const memory = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const before = memory();
  let state: HostState = world.empty;
  const wanted = [...tasks.flatMap((task) => domainNic.sources(task, settings)), ...also];
  for (;;) {
    const observation = timed(() => world.observe(state, wanted));
    if (observation === undefined) break;
    requests++;
    const output = await host.exec(observation.script);
    state = timed(() => observation.parse(output));
    const failure = world.failure(state, wanted);
    if (failure) throw failure;
  }
  const plans = timed(() =>
    tasks.map((task) =>
      world.plan(state, domainNic.goal(task, state, settings), {
        settings,
        sshAddress: undefined,
        check: true,
      }),
    ),
  );
  const held = memory() - before;
  // Both are used after that, and so were in memory
  if (Object.keys(state.reads).length === 0) throw new Error('nothing was read');
  return {
    requests,
    steps: plans.reduce((sum, { steps }) => sum + steps.length, 0),
    cpu,
    memory: held,
  };
}

/** Every guest of the connection, whether a task names it or not. */
export const allGuests: SourceRequest = { source: 'domains', uri };
