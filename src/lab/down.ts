import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../engine/errors.ts';
import { accessPaths } from './access.ts';
import { batch, linkAddresses } from './network.ts';
import { labName } from './plan.ts';
import { endProcesses, kill, NETNS_FOLDER, networkInode } from './processes.ts';
import { type LabState, readState } from './state.ts';

/**
 * Ends a lab's hosts and removes all that it made, however far `lab up` came; nothing else.
 * @returns false when there was no lab in the folder
 */
export async function stopLab(labFolder: string): Promise<boolean> {
  const folder = resolve(labFolder);
  const state = readState(folder);
  if (state === undefined) return false;
  const links = await linkAddresses();
  const address = links.get(labName(state.id));
  // A link of that name with another address is another lab's: ours is gone since, with a reboot say
  if (address === undefined || address === state.mac) {
    const own = address === undefined ? [] : state.made.links.filter((name) => links.has(name));
    await removeMade(folder, state, own);
  }
  const { inventory, privateKey, knownHosts } = accessPaths(folder);
  for (const file of ['hosts', inventory, privateKey, `${privateKey}.pub`, knownHosts, 'state.json']) {
    rmSync(resolve(folder, file), { recursive: true, force: true });
  }
  try {
    rmdirSync(folder);
  } catch {
    // The user keeps something of his own in it
  }
  return true;
}

async function removeMade(folder: string, state: LabState, links: readonly string[]): Promise<void> {
  const namespaces = state.made.namespaces.filter((name) => existsSync(join(NETNS_FOLDER, name)));
  await endHosts(folder, namespaces);
  const name = labName(state.id);
  await removeNamespaces(namespaces.filter((namespace) => namespace !== name));
  for (const cgroup of state.made.cgroups) await removeCgroup(cgroup);
  // The link wb<id> holds the lab's number, so it is the last; the switch would take them along, but later
  await batch(links.toReversed().map((link) => `link delete ${link}`));
  await removeNamespaces(namespaces.filter((namespace) => namespace === name));
}

const removeNamespaces = (names: readonly string[]): Promise<void> =>
  batch(names.map((name) => `netns delete ${name}`));

/** Kills every process that lives in one of the namespaces, or is about to, and waits until none does. */
async function endHosts(folder: string, namespaces: readonly string[]): Promise<void> {
  const inodes = new Set(namespaces.map(networkInode));
  await endProcesses(
    ({ network, argv }) => inodes.has(network) || isStarting(argv, folder),
    `processes in ${namespaces.join(', ')}`,
  );
}

/** Whether a process is a host of this lab that has not entered its namespace yet. */
function isStarting(argv: readonly string[], folder: string): boolean {
  const script = argv.findIndex((word) => /\/(netns|uml)-host\.sh$/.test(word));
  return script !== -1 && argv.slice(script).some((word) => dirname(word) === join(folder, 'hosts'));
}

/** Removes a control group and those below it; what still runs there is killed first. */
async function removeCgroup(cgroup: string): Promise<void> {
  for (let attempt = 0; existsSync(cgroup); attempt++) {
    if (attempt > 100) throw new EngineError('LAB', `the control group ${cgroup} does not empty`);
    for (const pid of readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
      kill(Number(pid));
    }
    if (!removeTree(cgroup)) await sleep(50);
  }
}

function removeTree(cgroup: string): boolean {
  try {
    const below = readdirSync(cgroup, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const entry of below) removeTree(join(cgroup, entry.name));
    rmdirSync(cgroup);
    return true;
  } catch {
    return false;
  }
}
