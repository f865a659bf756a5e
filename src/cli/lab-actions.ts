import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { relative, resolve } from 'node:path';
import { EngineError } from '../engine/errors.ts';
import { EXIT } from '../engine/run/exit.ts';
import { sshArguments } from '../lab/access.ts';
import { linkDown, linkUp } from '../lab/cables.ts';
import { stopLab } from '../lab/down.ts';
import { buildKernel } from '../lab/kernel.ts';
import { meetNeeds } from '../lab/needs.ts';
import type { LabHost, Nic } from '../lab/plan.ts';
import { powerCut, rebootHost } from '../lab/power.ts';
import { labState } from '../lab/state.ts';
import { labStatus } from '../lab/status.ts';
import { startLab } from '../lab/up.ts';
import type { LabFlags, LabRebootFlags, LabUpFlags, LinkWay } from './lab.ts';
import { showProgress } from './lab-progress.ts';

/** `wirebook lab up`. @returns the exit code */
export async function labUp(flags: LabUpFlags): Promise<number> {
  const { signal, end } = abortOnInterrupt();
  try {
    const form = flags.sshdOnly ? 'sshd-only' : 'full';
    const lab = await startLab(
      { ...flags, folder: flags.dir, form, backends: flags.backend, signal },
      showProgress(process.stderr),
    );
    const [first, last] = [lab.hosts[0]!, lab.hosts.at(-1)!];
    const range = first === last ? first.name : `${first.name} to ${last.name}`;
    const dir = flags.dir === '.wirebook/lab' ? '' : ` --dir ${flags.dir}`;
    console.log(
      `${range} (${lab.driver}) answer at ${first.address}${first === last ? '' : ` to ${last.address}`}`,
    );
    for (const { name, machine } of lab.segments) {
      console.log(`This machine has ${machine} on ${name}`);
    }
    console.log(`Inventory: ${relative('.', lab.inventory)}`);
    console.log(`Log in: wirebook lab ssh${dir} ${first.name} · end: wirebook lab down${dir}`);
    return EXIT.ok;
  } catch (error) {
    if (!signal.aborted) throw error;
    console.error('Stopped; what was made is removed');
    return EXIT.interrupted;
  } finally {
    end();
  }
}

/** `wirebook lab down`. @returns the exit code */
export async function labDown({ dir }: LabFlags): Promise<number> {
  const was = await stopLab(dir);
  console.log(was ? `The lab in ${dir} is gone` : `There is no lab in ${dir}`);
  return EXIT.ok;
}

/** `wirebook lab status`. @returns the exit code: not 0 when there is no lab or a host does not answer */
export async function labShow({ dir }: LabFlags): Promise<number> {
  const status = await labStatus(dir);
  if (status === undefined) {
    console.log(`There is no lab in ${dir}`);
    return EXIT.error;
  }
  const { driver, form, started, phase } = status.state;
  console.log(
    `${driver}, ${form}, since ${started}${phase === 'up' ? '' : ', did not come up: take it down'}`,
  );
  for (const { host, answers } of status.hosts) {
    console.log(
      `${host.name.padEnd(8)} ${host.address.padEnd(15)} ${answers ? 'answers' : 'does not answer'}`,
    );
  }
  return phase === 'up' && status.hosts.every(({ answers }) => answers) ? EXIT.ok : EXIT.error;
}

/** `wirebook lab ssh`. @returns the exit code of ssh */
export async function labSsh(name: string, command: readonly string[], { dir }: LabFlags): Promise<number> {
  const child = spawn('ssh', [...sshArguments(dir, findHost(dir, name)), ...command], { stdio: 'inherit' });
  const [status] = await once(child, 'exit');
  return typeof status === 'number' ? status : EXIT.error;
}

/** `wirebook lab link`. @returns the exit code */
export async function labLink(name: string, nic: Nic, way: LinkWay, { dir }: LabFlags): Promise<number> {
  const host = findHost(dir, name);
  await (way === 'up' ? linkUp(dir, host, nic) : linkDown(dir, host, nic));
  console.log(`${nic} of ${name} is ${way}`);
  return EXIT.ok;
}

/** `wirebook lab reboot`. @returns the exit code */
export async function labReboot(name: string, { dir, hard }: LabRebootFlags): Promise<number> {
  const host = findHost(dir, name);
  await (hard ? powerCut(dir, host) : rebootHost(dir, host));
  console.log(`${name} is up again`);
  return EXIT.ok;
}

function findHost(dir: string, name: string): LabHost {
  const { hosts } = labState(resolve(dir));
  const host = hosts.find((candidate) => candidate.name === name);
  if (host !== undefined) return host;
  throw new EngineError('USAGE', `the lab in ${dir} has no host ${name}`, {
    hint: `It has ${hosts.map((each) => each.name).join(', ')}`,
  });
}

/** `wirebook lab kernel`. @returns the exit code */
export async function labKernel(): Promise<number> {
  const { signal, end } = abortOnInterrupt();
  try {
    const onProgress = showProgress(process.stderr);
    await meetNeeds('kernel', { kernel: undefined, install: true, signal, onProgress });
    console.log(`Built ${await buildKernel(onProgress, signal)}`);
    return EXIT.ok;
  } finally {
    end();
  }
}

/** Ctrl-C and its like stop what is under way, which then cleans up after itself. */
function abortOnInterrupt(): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, stop);
  return {
    signal: controller.signal,
    end: () => {
      for (const name of signals) process.off(name, stop);
    },
  };
}
