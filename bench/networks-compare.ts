/** CPU of the controller for one reading of a host, and for comparing it with tasks about every network on it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Settings } from '../src/engine/module.ts';
import { world } from '../src/host/index.ts';
import { network } from '../src/modules/network/index.ts';

const [file = '', runs = '5', command = '', ...args] = process.argv.slice(2);
const tasks = JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof network.goal>[0][];
const settings: Settings = { libvirtUri: 'qemu:///system', networkBackend: undefined };

const observation = world.observe(world.empty, network.sources(tasks[0]!, settings))!;
const output = spawnSync(command, args, {
  input: observation.script,
  encoding: 'utf8',
  maxBuffer: 2 ** 28,
});
const read = { stdout: output.stdout, stderr: output.stderr, status: output.status ?? -1 };

/** Milliseconds of CPU of this process. */
function cpu<T>(work: () => T): { result: T; ms: number } {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { result, ms: (user + system) / 1000 };
}

const reading: number[] = [];
const comparing: number[] = [];
for (let run = 0; run <= Number(runs); run++) {
  const { result: state, ms } = cpu(() => observation.parse(read));
  const compared = cpu(() => {
    for (const task of tasks) {
      const goal = network.goal(task, state, settings);
      const { steps } = world.plan(state, goal, { settings, sshAddress: undefined, check: true });
      if (steps.length > 0) throw new Error(`${task.name} is not converged: ${steps[0]!.title}`);
    }
  });
  // The first one is of code that is not compiled yet
  if (run === 0)
    process.stdout.write(`first: ${ms.toFixed(0)} ms read, ${compared.ms.toFixed(0)} ms compared\n`);
  else {
    reading.push(ms);
    comparing.push(compared.ms);
  }
}
const median = (values: number[]): string => values.toSorted((a, b) => a - b)[values.length >> 1]!.toFixed(0);
process.stdout.write(
  `controller's CPU, medians of ${runs}: ${median(reading)} ms to read ${tasks.length} networks, ${median(comparing)} ms to compare them\n`,
);
