import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Profile } from '../../../../src/host/interfaces/profile.ts';
import { parseInterface } from '../../../../src/host/libvirt/interface-xml.ts';

/** The pairs of netcf's own tests: an interface's XML, and the native files that netcf makes of it, as a tree. */
const folder = path.resolve(import.meta.dirname, '../../../../../shared/corpus/netcf');

export const hasPairs = existsSync(path.join(folder, 'pairs.json'));

export interface Node {
  readonly label?: string;
  readonly value?: string;
  readonly key?: string;
  readonly children?: readonly Node[];
}

interface Pair {
  readonly name: string;
  /** Definitions that the XML means */
  readonly model: readonly Profile[];
  readonly files: readonly { readonly path: string; readonly nodes: readonly Node[] }[];
}

export function pairs(distribution: 'debian' | 'redhat' | 'suse'): Pair[] {
  if (!hasPairs) return [];
  const all: readonly { backend: string; interfaceXml: string; files: Pair['files'] }[] = JSON.parse(
    readFileSync(path.join(folder, 'pairs.json'), 'utf8'),
  );
  return all
    .filter(({ backend }) => backend === distribution)
    .map(({ interfaceXml, files }) => ({
      name: path.basename(interfaceXml, '.xml'),
      model: parseInterface(readFileSync(path.join(folder, interfaceXml), 'utf8')),
      files,
    }));
}
