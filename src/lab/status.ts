import { resolve } from 'node:path';
import { greets } from './hosts.ts';
import type { LabHost } from './plan.ts';
import { type LabState, readState } from './state.ts';

export interface LabStatus {
  state: LabState;
  /** Each host, and whether its sshd greets */
  hosts: { host: LabHost; answers: boolean }[];
}

/** How a lab is; undefined when there is none in the folder. */
export async function labStatus(folder: string): Promise<LabStatus | undefined> {
  const state = readState(resolve(folder));
  if (state === undefined) return undefined;
  const hosts = state.hosts.map(async (host) => ({ host, answers: await greets(host.address) }));
  return { state, hosts: await Promise.all(hosts) };
}
