import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../engine/errors.ts';
import { run } from './exec.ts';
import { findKernel } from './kernel.ts';
import { kernelHasBonds } from './netns.ts';
import type { Driver } from './plan.ts';
import { inPhase, type OnProgress } from './progress.ts';
import { findRoot } from './root.ts';

/** Programs by the Debian package that has them. */
const PROGRAMS: Record<string, readonly string[]> = {
  'util-linux': ['setpriv', 'unshare', 'flock'],
  iproute2: ['ip'],
  'openssh-client': ['ssh'],
  e2fsprogs: ['mkfs.ext4'],
  mmdebstrap: ['mmdebstrap'],
};
const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

type Purpose = Driver | 'kernel';

export interface NeedOptions {
  kernel: string | undefined;
  /** Install what is missing where that is possible: as root on Debian and its children */
  install: boolean;
  signal: AbortSignal | undefined;
  onProgress: OnProgress;
}

/**
 * Sees to it that this machine has what is needed for hosts of a driver, or for building a kernel.
 * @throws EngineError LAB_NEEDS with all that is missing
 */
export async function meetNeeds(purpose: Purpose, options: NeedOptions): Promise<void> {
  if (process.platform !== 'linux') throw new EngineError('LAB_NEEDS', 'the lab runs on Linux only');
  if (process.getuid?.() !== 0) {
    throw new EngineError('LAB_NEEDS', 'the lab needs root, for network namespaces and mounts', {
      hint: 'Run it with sudo. Your own hosts need neither the lab nor root here',
    });
  }
  const missing = missingPackages(purpose, options.kernel);
  if (missing.length > 0) {
    if (!options.install || !isDebian()) throw await lacking(purpose, missing);
    await inPhase(options.onProgress, `apt-get install ${missing.join(' ')}`, () =>
      install(missing, options.signal),
    );
  }
  try {
    await run(['unshare', '--net', '--mount', '--pid', '--fork', 'true']);
  } catch (cause) {
    throw new EngineError('LAB_NEEDS', 'this machine does not let root make namespaces', {
      hint: 'In a container, give it CAP_SYS_ADMIN (docker run --privileged)',
      cause,
    });
  }
}

/** What systemd, libvirtd and the others of a full host watch files with, measured: 5 or 6. */
const INOTIFY_INSTANCES = 7;

/**
 * Full netns hosts share the running kernel's allowance of inotify instances; beyond it they hang at start.
 * @throws EngineError LAB_NEEDS
 */
export function checkInotify(hosts: number): void {
  const setting = 'fs/inotify/max_user_instances';
  const allowed = Number(readFileSync(`/proc/sys/${setting}`, 'utf8'));
  const needed = hosts * INOTIFY_INSTANCES;
  if (needed <= allowed) return;
  throw new EngineError(
    'LAB_NEEDS',
    `${hosts} full netns hosts need ${needed} inotify instances, and ${allowed} are allowed`,
    {
      hint: `Run \`sysctl ${setting.replaceAll('/', '.')}=${needed}\`, or use --sshd-only`,
    },
  );
}

/** Debian's names of the packages that are lacking here. */
function missingPackages(purpose: Purpose, kernel: string | undefined): string[] {
  const bootstraps = purpose === 'kernel' || findRoot() === undefined;
  const needed = ['util-linux', 'iproute2', 'openssh-client'];
  if (purpose === 'uml') needed.push('e2fsprogs');
  if (bootstraps) needed.push('mmdebstrap');
  const missing = needed.filter((name) => !PROGRAMS[name]!.every(isInstalled));
  if (bootstraps && !existsSync(DEBIAN_KEYRING)) missing.push('debian-archive-keyring');
  if (purpose === 'uml' && findKernel(kernel) === undefined) missing.push('user-mode-linux');
  return missing;
}

function isInstalled(program: string): boolean {
  return [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function isDebian(): boolean {
  if (!isInstalled('apt-get') || !existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*\bdebian\b/m.test(readFileSync('/etc/os-release', 'utf8'));
}

async function lacking(purpose: Purpose, missing: readonly string[]): Promise<EngineError> {
  const other = missing.includes('user-mode-linux') && (await kernelHasBonds());
  const names = missing.join(', ');
  return new EngineError('LAB_NEEDS', `the lab (${purpose}) needs what is not installed here: ${names}`, {
    hint: other
      ? 'Use --driver netns: this kernel has bonds and VLANs'
      : `Install it (Debian's names; there: apt-get install ${missing.join(' ')})`,
  });
}

async function install(packages: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  const argv = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...wait, '-y', '--no-install-recommends'];
  const command = [...argv, 'install', ...packages];
  try {
    await run(command, { signal });
  } catch {
    signal?.throwIfAborted();
    await run(['apt-get', ...wait, 'update'], { signal });
    await run(command, { signal });
  }
}
