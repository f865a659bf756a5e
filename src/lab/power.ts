import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../engine/errors.ts';
import { type Reach, sshArguments } from './access.ts';
import { run } from './exec.ts';
import { greets, startHost } from './hosts.ts';
import { type LabHost, labName } from './plan.ts';
import { endProcesses, networkInode } from './processes.ts';
import { type LabState, labState, writeState } from './state.ts';
import { umlName } from './uml.ts';

/** Seconds that a host may take from going down to being up, also on cores that many share. */
const DEADLINE = 240;

/**
 * Reboots a uml host in an orderly way, and waits until it has booted.
 * @param reach how to log in when not at the management address
 * @throws EngineError LAB
 */
export async function rebootHost(folder: string, host: LabHost, reach?: Reach): Promise<void> {
  umlState(folder);
  const before = await bootId(folder, host, reach);
  const reboot = 'if [ -d /run/systemd/system ]; then systemctl reboot; else systemctl reboot -ff; fi';
  // In the background: the connection is to end before the host does
  await onHost(folder, host, `(sleep 0.1; ${reboot}) >/dev/null 2>&1 </dev/null &`, reach);
  await hostUp(folder, host, { ...reach, after: before });
}

/**
 * Takes the power from a uml host as it runs, and gives it back: what it had not synced to its disk is lost.
 * Starts a host that is off. Waits until it has booted.
 * @throws EngineError LAB
 */
export async function powerCut(folder: string, host: LabHost): Promise<void> {
  await powerOff(folder, host);
  await powerOn(folder, host);
  await hostUp(folder, host);
}

/** Takes the power from a uml host. */
export async function powerOff(folder: string, host: LabHost): Promise<void> {
  const { id } = umlState(folder);
  const network = networkInode(labName(id));
  // The kernel, and what started it; its own processes end with it
  await endProcesses(
    (process) => process.network === network && process.argv.includes(umlName(host)),
    `processes of ${host.name}`,
  );
  notePid(folder, host);
}

/** Gives power to a uml host that is off; it boots from what is on its disk. */
export async function powerOn(folder: string, host: LabHost): Promise<void> {
  const state = umlState(folder);
  const { pid } = await startHost(resolve(folder), host, state.commands[host.name]!);
  notePid(folder, host, pid);
}

/** In the state as it is now: other hosts may have gone off and on meanwhile. */
function notePid(folder: string, host: LabHost, pid?: number): void {
  const { pids, ...state } = umlState(folder);
  const { [host.name]: _before, ...others } = pids;
  const now = pid === undefined ? others : { ...others, [host.name]: pid };
  writeState(resolve(folder), { ...state, pids: now });
}

export interface UpOptions extends Reach {
  /** The boot id before a reboot: waits for another one */
  after?: string | undefined;
}

/**
 * Waits until a host answers to ssh and, when it is a full one, has started its units.
 * @throws EngineError LAB when that takes longer than four minutes
 */
export async function hostUp(folder: string, host: LabHost, options: UpOptions = {}): Promise<void> {
  const end = performance.now() + DEADLINE * 1000;
  while (!(await hasBooted(folder, host, options))) {
    if (performance.now() > end) {
      throw new EngineError('LAB', `${host.name} does not answer to ssh after ${DEADLINE} s`);
    }
    await sleep(100);
  }
  const wait = '[ ! -d /run/systemd/system ] || timeout 60 systemctl is-system-running --wait || true';
  // A host that still starts its units may take too long to let another connection in
  for (;;) {
    try {
      await onHost(folder, host, wait, options);
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(100);
    }
  }
}

async function hasBooted(folder: string, host: LabHost, { after, ...reach }: UpOptions): Promise<boolean> {
  if (reach.jump === undefined && !(await greets(reach.address ?? host.address))) return false;
  try {
    return (await bootId(folder, host, reach)) !== after;
  } catch {
    return false;
  }
}

const bootId = (folder: string, host: LabHost, reach?: Reach): Promise<string> =>
  onHost(folder, host, 'cat /proc/sys/kernel/random/boot_id', reach);

const onHost = (folder: string, host: LabHost, command: string, reach?: Reach): Promise<string> =>
  run(['timeout', '-k', '5', '90', 'ssh', ...sshArguments(folder, host, reach), command]);

/** The state of a lab whose hosts have power and disks of their own. */
function umlState(folder: string): LabState {
  const state = labState(resolve(folder));
  if (state.driver === 'uml') return state;
  throw new EngineError('LAB', 'only uml hosts can reboot: a netns host has nothing that would survive', {
    hint: '`wirebook lab up --driver uml`',
  });
}
