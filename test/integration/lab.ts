/** Lab hosts for the tests of a file, and the program run on them. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, inject } from 'vitest';
import { EngineError } from '../../src/engine/errors.ts';
import { sshArguments } from '../../src/lab/access.ts';
import { stopLab } from '../../src/lab/down.ts';
import { type Lab, type LabOptions, startLab } from '../../src/lab/up.ts';
import { type Ended, type JsonRun, endAll, type Running, readJson, start } from './program.ts';

const exec = promisify(execFile);

export interface TestLab {
  readonly lab: Lab;
  /** Names of the hosts */
  readonly names: readonly string[];
  /** Runs a command on a host as root; throws when it fails. @returns its stdout, trimmed */
  on(host: string, command: string): Promise<string>;
  /** Writes a file beside the lab. @returns its path */
  file(name: string, text: string): string;
  /** Starts `wirebook COMMAND -i INVENTORY …` */
  start(command: string, ...args: string[]): Running;
  /** … and waits for its end */
  run(command: string, ...args: string[]): Promise<Ended>;
  /** … and reads its `-o json` */
  json(command: string, ...args: string[]): Promise<JsonRun>;
}

/** Brings a lab up for the tests around the call, which are skipped where that cannot be. */
export function useLab(name: string, options: Omit<LabOptions, 'folder'>): TestLab {
  const folder = (): string => join(inject('labs'), name);
  let lab: Lab | undefined;
  let missing: string | undefined;

  beforeAll(async () => {
    try {
      lab = await startLab({ ...options, folder: folder() });
    } catch (error) {
      if (!(error instanceof EngineError && error.code === 'LAB_NEEDS')) throw error;
      missing = error.message;
    }
  }, 600_000);
  beforeEach((context) => context.skip(missing !== undefined, missing));
  afterEach(endAll);
  afterAll(async () => {
    await stopLab(folder());
  });

  const use = (): Lab => {
    if (!lab) throw new Error('the lab is not up');
    return lab;
  };
  const startIt = (command: string, ...args: string[]): Running =>
    start([command, '-i', use().inventory, ...args]);
  return {
    get lab() {
      return use();
    },
    get names() {
      return use().hosts.map((host) => host.name);
    },
    async on(host, command) {
      const found = use().hosts.find((each) => each.name === host)!;
      const { stdout } = await exec('ssh', [...sshArguments(folder(), found), command]);
      return stdout.trim();
    },
    file(file, text) {
      const path = join(folder(), file);
      writeFileSync(path, text);
      return path;
    },
    start: startIt,
    run: (command, ...args) => startIt(command, ...args).ended,
    json: async (command, ...args) => readJson(await startIt(command, ...args, '-o', 'json').ended),
  };
}
