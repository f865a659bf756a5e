import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../engine/errors.ts';

/** Folder of Wirebook's package.json, whether this runs from src/ or from the bundle in dist/. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isPackageRoot(folder)) {
    if (folder === dirname(folder)) throw new EngineError('LAB', "Wirebook's own files cannot be found");
    folder = dirname(folder);
  }
  return folder;
}

function isPackageRoot(folder: string): boolean {
  const file = join(folder, 'package.json');
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'wirebook';
}

/** A script or list from the package's lab/ folder. */
export const labFile = (name: string): string => join(packageRoot(), 'lab', name);

/** What is slow to make is kept here between labs: root file systems, images, kernels. */
export const cacheFolder = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wirebook');

/**
 * A folder with all that lead to it. One by one: node's own `recursive` never returns under /proc.
 * @throws EngineError LAB when one cannot be made
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o755 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw new EngineError('LAB', `the folder ${folder} cannot be made: ${(cause as Error).message}`, {
      hint: '--dir names another folder',
      cause,
    });
  }
}
