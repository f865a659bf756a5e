import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { EngineError } from '../engine/errors.ts';
import { run } from './exec.ts';
import { cacheFolder, labFile, packageRoot } from './files.ts';
import { inPhase, type OnProgress } from './progress.ts';
import { contained, recipeKey } from './root.ts';

/** Where Debian's package user-mode-linux puts its kernel and modules. */
const DEBIAN_KERNEL = '/usr/bin/linux.uml';
const DEBIAN_MODULES = '/usr/lib/uml/modules';

/** A User Mode Linux kernel, ready to run. */
export interface Kernel {
  /** Executable file */
  file: string;
  /** Changes with the kernel's content */
  key: string;
  /** Folder of its modules, named as its release; absent when everything is built in */
  modules?: string | undefined;
}

/**
 * The kernel to use: the one asked for, else WIREBOOK_UML, else one that lies beside the project or was built by
 * `lab kernel`, else Debian's package. Undefined when there is none.
 */
export function findKernel(asked: string | undefined): Kernel | undefined {
  const named = asked ?? (process.env.WIREBOOK_UML || undefined);
  if (named !== undefined) {
    if (!existsSync(named)) throw new EngineError('LAB_NEEDS', `the kernel ${named} is not there`);
    return named === DEBIAN_KERNEL ? debianKernel() : unpacked(named);
  }
  const file = [join(packageRoot(), '../shared/lab/linux.uml.gz'), builtKernel()].find(existsSync);
  return file === undefined ? debianKernel() : unpacked(file);
}

/** Where `lab kernel` keeps its product; a new configuration gives a new name. */
const builtKernel = (): string =>
  join(cacheFolder(), `linux-built-${recipeKey([labFile('kernel/build.sh'), labFile('kernel/config')])}`);

/**
 * Builds a User Mode Linux kernel for the lab, or finds it built: 6 minutes on 2 cores, 4 GB while it lasts.
 * @returns its file, where `lab up` finds it
 */
export async function buildKernel(onProgress: OnProgress, signal?: AbortSignal): Promise<string> {
  const file = builtKernel();
  if (!existsSync(file)) {
    await inPhase(onProgress, 'uml kernel, once', (note) =>
      run(contained(['sh', labFile('kernel/build.sh'), file]), { signal, onLine: note }),
    );
  }
  return file;
}

function debianKernel(): Kernel | undefined {
  if (!existsSync(DEBIAN_KERNEL)) return undefined;
  const release = readdirSync(DEBIAN_MODULES)[0]!;
  return { file: DEBIAN_KERNEL, key: recipeKey([DEBIAN_KERNEL]), modules: join(DEBIAN_MODULES, release) };
}

/** A kernel from a file that may be gzipped and need not be executable: from a copy in the cache. */
function unpacked(source: string): Kernel {
  const content = readFileSync(source);
  const key = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const file = join(cacheFolder(), `linux-${key}`);
  if (!existsSync(file)) {
    mkdirSync(cacheFolder(), { recursive: true });
    const isGzip = content[0] === 0x1f && content[1] === 0x8b;
    const partial = `${file}.${process.pid}.tmp`;
    writeFileSync(partial, isGzip ? gunzipSync(content) : content);
    chmodSync(partial, 0o755);
    renameSync(partial, file);
  }
  return { file, key };
}

/** The initramfs of a kernel's hosts, made when missing. */
export async function ensureInitramfs(root: string, kernel: Kernel): Promise<string> {
  const recipe = recipeKey([labFile('uml-init'), labFile('uml-initramfs.sh')]);
  const file = `${root}.initramfs-${recipe}-${kernel.key}`;
  if (!existsSync(file)) {
    await run(['sh', labFile('uml-initramfs.sh'), root, kernel.modules ?? '', file]);
  }
  return file;
}

/** An image of a kernel's modules, made when missing; empty for a kernel without. */
export async function ensureModules(
  kernel: Kernel,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<string> {
  if (kernel.modules === undefined) return '';
  const image = join(cacheFolder(), `modules-${kernel.key}.ext4`);
  if (!existsSync(image)) {
    const argv = ['sh', labFile('root/image.sh'), kernel.modules, image];
    await inPhase(onProgress, 'kernel modules, once', () => run(argv, { signal }));
  }
  return image;
}
