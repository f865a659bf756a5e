import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './exec.ts';
import { cacheFolder, labFile } from './files.ts';
import { inPhase, type OnProgress } from './progress.ts';

/**
 * A command in mount and PID namespaces of its own, killed with everything below it when Wirebook ends for
 * whatever reason, so that a kill half-way leaves no mount and no process.
 */
export const contained = (argv: readonly string[]): string[] => [
  ...'setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc'.split(' '),
  ...['--propagation', 'private', ...argv],
];

/** The first hexadecimal digits of a hash over files: what was made from them is good while they stay. */
export function recipeKey(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 12);
}

/**
 * The root file system that all hosts share: a folder in the cache, built when it is not there yet or its
 * recipe (lab/root/) has changed. Takes about 40 s and 700 MB.
 */
export async function ensureRoot(onProgress: OnProgress, signal?: AbortSignal): Promise<string> {
  const root = findRoot();
  if (root !== undefined) return root;
  const argv = ['sh', labFile('root/build.sh'), rootFolder(), labFile('root/packages')];
  await inPhase(onProgress, 'root file system, once', (note) =>
    run(contained(argv), { signal, onLine: (line) => note(line.replace(/^[IW]: /, '')) }),
  );
  return rootFolder();
}

/** The root file system of today's recipe, when it is in the cache. */
export const findRoot = (): string | undefined => (existsSync(rootFolder()) ? rootFolder() : undefined);

const rootFolder = (): string =>
  join(cacheFolder(), `root-${recipeKey([labFile('root/build.sh'), labFile('root/packages')])}`);

/** An ext4 image of a root file system, for hosts that cannot share its folder; built beside it when missing. */
export async function ensureImage(
  root: string,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<string> {
  const image = `${root}.ext4`;
  if (existsSync(image)) return image;
  await inPhase(onProgress, 'root image, once', (note) =>
    run(contained(['sh', labFile('root/image.sh'), root, image]), { signal, onLine: note }),
  );
  return image;
}
