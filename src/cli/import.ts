import { writeFileSync } from 'node:fs';
import { EngineError } from '../engine/errors.ts';
import { interfaceCandidates } from '../host/import/interfaces.ts';
import { libvirtCandidates } from '../host/import/libvirt.ts';
import { own } from '../host/own.ts';
import type { ConnectionFlags } from './flags.ts';
import { type Gathered, gather, warnOfLibvirt } from './gather.ts';
import { tryCandidate } from './import-check.ts';
import { playbookText } from './import-yaml.ts';

interface ImportFlags extends ConnectionFlags {
  readonly outputFile?: string;
}

/** `wirebook import HOST`: a playbook of what a host has. @returns the exit code */
export async function importCommand(host: string, flags: ImportFlags): Promise<number> {
  const { hosts, exitCode } = await gather([host], flags);
  const [gathered, second] = hosts;
  if (second) {
    throw new EngineError('USAGE', `${host} is more than one host`, { hint: 'import them one by one' });
  }
  if (!gathered) return exitCode;
  const found = asRunSees(gathered);
  warnOfLibvirt(hosts);
  const libvirt = own(found.state.libvirt, found.uri);
  const parts = [
    interfaceCandidates(found.state, libvirt),
    libvirt ? libvirtCandidates(libvirt) : { tasks: [], leftOut: [] },
  ];
  const text = playbookText(
    found.host,
    parts.flatMap(({ tasks }) => tasks).map((task) => tryCandidate(task, found)),
    parts.flatMap(({ leftOut }) => leftOut),
  );
  if (flags.outputFile === undefined) process.stdout.write(text);
  else writeFile(flags.outputFile, text);
  return exitCode;
}

/** libvirt's definitions of interfaces are those of the host's own files; a run reads them only if it is told to. */
function asRunSees(gathered: Gathered): Gathered {
  const { state, settings } = gathered;
  if (settings.networkBackend === 'libvirt') return gathered;
  const { libvirt: _, ...backends } = state.stored.backends;
  const profiles = Object.entries(state.stored.profiles).flatMap(([name, all]) => {
    const others = all.filter(({ backend }) => backend !== 'libvirt');
    return others.length > 0 ? [[name, others] as const] : [];
  });
  const stored = { ...state.stored, backends, profiles: Object.fromEntries(profiles) };
  return { ...gathered, state: { ...state, stored } };
}

/** @throws EngineError USAGE */
export function writeFile(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new EngineError('USAGE', `${file} cannot be written: ${(cause as Error).message}`, { cause });
  }
}
