import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../engine/errors.ts';
import { makeFolder } from './files.ts';
import type { Driver, Form, LabHost } from './plan.ts';

/**
 * What a lab has made or is about to make, written before it is made, so that it can be removed whenever the
 * maker was killed. Names derive from `id` (plan.ts): the link wb<id> (and wb<id>s1, wb<id>s2 to the segments), the namespaces wb<id> and wb<id>-host<n>,
 * the control group wirebook-wb<id>. Whatever runs in those namespaces belongs to the lab.
 */
export interface LabState {
  version: 1;
  /** Number of the lab on this machine */
  id: number;
  /** Random hardware address of the link wb<id>: tells this lab's link from another lab's of the same number */
  mac: string;
  driver: Driver;
  form: Form;
  phase: 'starting' | 'up';
  /** ISO 8601 */
  started: string;
  hosts: LabHost[];
  made: {
    /** wb<id> first */
    links: string[];
    namespaces: string[];
    cgroups: string[];
  };
  /** The command that starts each host, by host name */
  commands: Record<string, string[]>;
  /** Process ids of the hosts' outermost processes by host name */
  pids: Record<string, number>;
}

const stateFile = (folder: string): string => join(folder, 'state.json');

/** The state kept in a lab folder; undefined when there is no lab. */
export function readState(folder: string): LabState | undefined {
  let text: string;
  try {
    text = readFileSync(stateFile(folder), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new EngineError('LAB', `${stateFile(folder)} cannot be read`, { cause });
  }
  const state = JSON.parse(text) as LabState;
  if (state.version !== 1)
    throw new EngineError('LAB', `${stateFile(folder)} is of another version of Wirebook`);
  return state;
}

/** The state of a lab that has to be there. @throws EngineError LAB */
export function labState(folder: string): LabState {
  const state = readState(folder);
  if (state !== undefined) return state;
  throw new EngineError('LAB', `there is no lab in ${folder}`, { hint: 'Run `wirebook lab up` first' });
}

/** Replaces the state in one step. */
export function writeState(folder: string, state: LabState): void {
  makeFolder(folder);
  writeFileSync(`${stateFile(folder)}.tmp`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${stateFile(folder)}.tmp`, stateFile(folder));
}
