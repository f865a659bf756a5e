import type { Files, Place } from '../../profile.ts';
import { isMark } from './marks.ts';
import { parseUnit, type Section, type UnitText } from './unit.ts';

/** A .network or .netdev file with its drop-ins. */
export interface Unit extends UnitText {
  readonly path: string;
  /** Its name without the folder, by which files are sorted, overridden and extended */
  readonly base: string;
  /** Of the file alone */
  readonly own: readonly Section[];
  /** Drop-ins that are not ours */
  readonly foreign: readonly Place[];
}

/** Wirebook may write it anew: nobody has added to it. */
export const isOurs = ({ ours, foreign }: Unit): boolean => ours && foreign.length === 0;

/** First the one that wins. Defaults of the distribution under /usr are none of ours. */
export const FOLDERS = ['/etc/systemd/network', '/run/systemd/network'] as const;
/** What netplan generates is netplan's. */
const GENERATED = /^\/run\/systemd\/network\/10-netplan-/;

/** The files that count of a type, in the order in which networkd looks at them. */
export function unitsOf(files: Files, masked: readonly string[], type: 'network' | 'netdev'): Unit[] {
  const found = new Map<string, string | undefined>();
  for (const folder of FOLDERS) {
    const paths = [...Object.keys(files), ...masked].filter(
      (path) => isIn(folder, path) && path.endsWith(`.${type}`) && !GENERATED.test(path) && !isMark(path),
    );
    for (const path of paths) {
      const base = path.slice(folder.length + 1);
      const empty = masked.includes(path) || files[path]!.content.trim() === '';
      if (!found.has(base)) found.set(base, empty ? undefined : path);
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([base, path]) => (path === undefined ? [] : [unitOf(files, base, path)]))
    .filter(({ mistakes }) => !mistakes.some(({ fatal }) => fatal));
}

function unitOf(files: Files, base: string, path: string): Unit {
  const main = parseUnit(files[path]!.content, path);
  const dropIns = dropInsOf(files, base).map((file) => ({
    file,
    ...parseUnit(files[file]!.content, file),
  }));
  return {
    ...main,
    path,
    base,
    own: main.sections,
    sections: [main, ...dropIns].flatMap(({ sections }) => sections),
    mistakes: [main, ...dropIns].flatMap(({ mistakes }) => mistakes),
    foreign: dropIns
      .filter(({ ours }) => !ours)
      .map(({ file, sections }) => ({
        file,
        line: sections.flatMap(({ entries }) => entries)[0]?.line ?? 1,
      })),
  };
}

export function dropInsOf(files: Files, base: string): string[] {
  const found = new Map<string, string>();
  for (const folder of FOLDERS.map((parent) => `${parent}/${base}.d`)) {
    for (const path of Object.keys(files).filter((file) => isIn(folder, file) && file.endsWith('.conf'))) {
      const name = path.slice(folder.length + 1);
      if (!found.has(name)) found.set(name, path);
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

const isIn = (folder: string, path: string): boolean =>
  path.startsWith(`${folder}/`) && !path.slice(folder.length + 1).includes('/');
