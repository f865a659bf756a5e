import { EngineError } from '../../../../engine/errors.ts';
import { own } from '../../../own.ts';
import type { BackendFacts, Files, Profile } from '../../profile.ts';
import type { FileChange } from '../backend.ts';
import { refuseBroken } from './broken.ts';
import { isPattern } from './match.ts';
import { type Assignment, assign } from './read.ts';
import { entriesOf, wordsOf } from './unit.ts';
import { FOLDERS, type Unit } from './units.ts';

/** Before those that people and netplan write (10-…): the first file that takes an interface counts. */
const PREFIX = '05-wirebook-';
const FOLDER = FOLDERS[0];

const networkFile = (name: string): string => `${PREFIX}${name}.network`;
export const pathOf = (name: string, type: 'network' | 'netdev'): string =>
  `${FOLDER}/${PREFIX}${name}.${type}`;

/** The files as they come to be, and which of them differ. */
export class Edit {
  private readonly files: Files;
  private readonly facts: BackendFacts;
  private readonly assigned: Assignment;
  private readonly changed = new Map<string, string | undefined>();

  constructor(files: Files, facts: BackendFacts) {
    this.files = files;
    this.facts = facts;
    this.assigned = assign(files, facts);
  }

  /** @throws EngineError REQUIREMENT where what stands there is not understood */
  set(path: string, content: string | undefined): void {
    const have = own(this.files, path)?.content;
    if (content !== undefined && content !== have) refuseBroken(this.files, path);
    this.changed.set(path, content);
  }

  contentOf(path: string): string | undefined {
    return this.changed.has(path) ? this.changed.get(path) : own(this.files, path)?.content;
  }

  changes(): FileChange[] {
    return [...this.changed]
      .filter(([path, content]) => content !== own(this.files, path)?.content)
      .map(([path, content]) => (content === undefined ? { path } : { path, content }));
  }

  /** Files of ours for an interface, with what we have put beside them. */
  removeOurs(name: string): void {
    for (const type of ['network', 'netdev'] as const) this.removeUnit(pathOf(name, type));
  }

  private removeUnit(path: string): void {
    const base = path.slice(path.lastIndexOf('/') + 1);
    this.set(path, undefined);
    for (const file of Object.keys(this.files)) {
      if (file.startsWith(`${FOLDER}/${base}.d/`)) this.set(file, undefined);
    }
  }

  /** What was added to a file of ours by hand; the file is written anew with what it said. */
  private removeAdded(unit: Unit, name: string): void {
    for (const { file } of unit.foreign) {
      if (!file.startsWith(`${FOLDER}/`)) throw generated(file, name);
      refuseBroken(this.files, file);
      this.set(file, undefined);
    }
  }

  removeForeign(name: string, how: 'remove' | 'replace'): void {
    const netdev = this.assigned.netdev.get(name);
    if (netdev && !netdev.ours) this.removeUnit(editable(netdev, name).path);
    const network = this.assigned.network.get(name);
    for (const unit of [network, netdev]) if (unit?.ours) this.removeAdded(unit, name);
    if (!network || network.ours) return;
    const others = [...this.assigned.network].some(([other, unit]) => unit === network && other !== name);
    const words = wordsOf(network.sections, 'Match', 'Name');
    if (!others && !words.some(isPattern)) {
      this.removeUnit(editable(network, name).path);
      return;
    }
    const line = entriesOf(network.own, 'Match').find(
      ({ key, value }) => key === 'Name' && nameIn(value, name),
    );
    const text = this.contentOf(network.path);
    if (line && !words.some(isPattern) && text !== undefined) {
      const lines = text.split('\n');
      lines[line.line - 1] = `Name=${line.value
        .split(/\s+/)
        .filter((word) => word !== name)
        .join(' ')}`;
      this.set(editable(network, name).path, lines.join('\n'));
      return;
    }
    // A pattern takes others too; our file comes first
    if (how === 'replace' && networkFile(name) < network.base) return;
    throw new EngineError('REFUSED', `${network.path} is for ${name} and others by a pattern`, {
      hint: `Take ${name} out of its [Match] section, or give the interface a file of its own`,
    });
  }

  /** A file beside that of an interface that adds to it. */
  addition(name: string, file: string): string | undefined {
    const ours = this.contentOf(pathOf(name, 'network')) !== undefined;
    const unit = this.assigned.network.get(name);
    const base = ours ? networkFile(name) : unit?.base;
    return base === undefined ? undefined : `${FOLDER}/${base}.d/${file}`;
  }

  /** Refuses to add to a file that others share. */
  refuseShared(name: string, what: string): void {
    const unit = this.assigned.network.get(name);
    if (!unit || this.contentOf(pathOf(name, 'network')) !== undefined) return;
    const others = [...this.assigned.network].filter(([other, shared]) => shared === unit && other !== name);
    if (others.length === 0) return;
    throw new EngineError(
      'REFUSED',
      `${unit.path} is for ${name} and ${others[0]![0]}, so ${what} would be too`,
      {
        hint: `Give ${name} a definition of its own: an iface task with adopt: true`,
      },
    );
  }

  /** That each of these comes out of our files. */
  check(profiles: readonly Profile[]): void {
    const files: Record<string, Files[string]> = { ...this.files };
    for (const [path, content] of this.changed) {
      if (content === undefined) delete files[path];
      else files[path] = { content, mode: 0o644, uid: 0, gid: 0 };
    }
    const { network } = assign(files, this.facts);
    for (const { name } of profiles) {
      const unit = network.get(name);
      if (!unit || unit.base === networkFile(name)) continue;
      throw new EngineError(
        'REFUSED',
        `${unit.path} comes before ${pathOf(name, 'network')} and takes ${name}`,
        {
          hint: 'Give that file a name that sorts after 05-wirebook',
        },
      );
    }
  }
}

const nameIn = (value: string, name: string): boolean => value.split(/\s+/).includes(name);

function editable(unit: Unit, name: string): Unit {
  if (unit.path.startsWith(`${FOLDER}/`)) return unit;
  throw generated(unit.path, name);
}

const generated = (path: string, name: string): EngineError =>
  new EngineError('REFUSED', `${name} is defined by ${path}, which another program generates`, {
    hint: 'Change it where it comes from',
  });
