import { EngineError } from '../../../../engine/errors.ts';
import { own } from '../../../own.ts';
import { hasPrimary } from '../../bond-mode.ts';
import { type BackendFacts, type Files, type Profile, profilesOf, type Stored } from '../../profile.ts';
import type { DefinitionChange, FileChange } from '../backend.ts';
import { isPattern } from './match.ts';
import { type Assignment, assign } from './read.ts';
import { renderNetdev, renderNetwork } from './render.ts';
import { entriesOf, MANAGED, wordsOf } from './unit.ts';
import { FOLDERS, type Unit } from './units.ts';

/** Before those that people and netplan write (10-…): the first file that takes an interface counts. */
const PREFIX = '05-wirebook-';
const FOLDER = FOLDERS[0];

const networkFile = (name: string): string => `${PREFIX}${name}.network`;
const pathOf = (name: string, type: 'network' | 'netdev'): string => `${FOLDER}/${PREFIX}${name}.${type}`;

type Profiles = Readonly<Record<string, Profile>>;

/** Files that make the definitions those of `change`. What is given last wins. */
export function writeFiles(stored: Stored, change: DefinitionChange): FileChange[] {
  const facts = stored.backends.networkd ?? { active: true, facts: {} };
  const before = profilesOf(stored, 'networkd');
  const after = Object.fromEntries([
    ...Object.entries(before).filter(([name]) => !change.remove.includes(name)),
    ...change.set.map((profile): [string, Profile] => [profile.name, profile]),
  ]);
  const edit = new Edit(stored.files, facts);
  for (const name of change.remove) {
    edit.removeForeign(name, 'remove');
    edit.removeOurs(name);
  }
  for (const profile of change.set) {
    checkName(profile.name);
    edit.removeForeign(profile.name, 'replace');
    edit.set(pathOf(profile.name, 'netdev'), renderNetdev(profile));
    edit.set(pathOf(profile.name, 'network'), renderNetwork(profile, controllerKind(stored, after, profile)));
  }
  const touched = new Set([...change.remove, ...change.set.map(({ name }) => name)]);
  writePorts(edit, stored, touched, before, after);
  writeParents(edit, touched, before, after);
  writePrimaries(edit, touched, before, after);
  edit.check(change.set);
  return edit.changes();
}

/** The files as they come to be, and which of them differ. */
class Edit {
  private readonly files: Files;
  private readonly facts: BackendFacts;
  private readonly assigned: Assignment;
  private readonly changed = new Map<string, string | undefined>();

  constructor(files: Files, facts: BackendFacts) {
    this.files = files;
    this.facts = facts;
    this.assigned = assign(files, facts);
  }

  set(path: string, content: string | undefined): void {
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

  removeForeign(name: string, how: 'remove' | 'replace'): void {
    const netdev = this.assigned.netdev.get(name);
    if (netdev && !netdev.ours) this.removeUnit(editable(netdev, name).path);
    const network = this.assigned.network.get(name);
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
  throw new EngineError('REFUSED', `${name} is defined by ${unit.path}, which another program generates`, {
    hint: 'Change it where it comes from',
  });
}

function checkName(name: string): void {
  if (!/[*?[\]!\\"';#%]/.test(name)) return;
  throw new EngineError('REQUIREMENT', `systemd-networkd cannot be told of an interface named ${name}`, {
    hint: 'Choose a name of letters, digits, dot, dash and underscore',
  });
}

function controllerKind(stored: Stored, after: Profiles, profile: Profile): 'bridge' | 'bond' | undefined {
  const { controller } = profile;
  if (controller === undefined) return undefined;
  const kind = own(after, controller)?.kind ?? own(stored.profiles, controller)?.[0]?.kind;
  if (kind === 'bridge' || kind === 'bond') return kind;
  throw new EngineError(
    'REQUIREMENT',
    `${profile.name} cannot be a port of ${controller}: systemd-networkd has no definition of it`,
    { hint: `Define ${controller} with a bridge or bond task` },
  );
}

/** A port says of which kind its controller is, so a bridge that becomes a bond is news for its ports. */
function writePorts(
  edit: Edit,
  stored: Stored,
  touched: ReadonlySet<string>,
  before: Profiles,
  after: Profiles,
): void {
  for (const port of Object.values(after)) {
    const { controller, name } = port;
    if (controller === undefined || !port.ours || touched.has(name) || !touched.has(controller)) continue;
    if (own(before, controller)?.kind === own(after, controller)?.kind || !own(after, controller)) continue;
    edit.set(pathOf(name, 'network'), renderNetwork(port, controllerKind(stored, after, port)));
  }
}

/** A VLAN is named by the file of what it stands on. */
function writeParents(edit: Edit, touched: ReadonlySet<string>, before: Profiles, after: Profiles): void {
  for (const name of touched) {
    const file = `wirebook-${name}.conf`;
    const was = own(before, name)?.parent;
    const vlan = own(after, name);
    if (was !== undefined && was !== vlan?.parent) {
      const path = edit.addition(was, file);
      if (path !== undefined) edit.set(path, undefined);
    }
  }
  for (const vlan of Object.values(after)) {
    const { name, parent } = vlan;
    if (vlan.kind !== 'vlan' || parent === undefined || !(touched.has(name) || touched.has(parent))) continue;
    if (!touched.has(name) && !vlan.ours) continue;
    if (edit.addition(parent, '') === undefined) {
      const profile: Profile = { name: parent, kind: 'ethernet', backend: 'networkd', at: [], ours: true };
      edit.set(pathOf(parent, 'network'), renderNetwork(profile, undefined));
    }
    edit.refuseShared(parent, `VLAN ${name}`);
    edit.set(edit.addition(parent, `wirebook-${name}.conf`)!, `${MANAGED}\n\n[Network]\nVLAN=${name}\n`);
  }
}

/** A bond's primary says so itself. */
function writePrimaries(edit: Edit, touched: ReadonlySet<string>, before: Profiles, after: Profiles): void {
  const primaryOf = (profiles: Profiles, bond: string): string | undefined => {
    const primary = own(profiles, bond)?.bond?.primary;
    return typeof primary === 'string' ? primary : undefined;
  };
  for (const bond of Object.keys({ ...before, ...after })) {
    const [was, named] = [primaryOf(before, bond), primaryOf(after, bond)];
    if (![bond, was, named].some((name) => name !== undefined && touched.has(name))) continue;
    const profile = own(after, bond);
    const isPort = named !== undefined && own(after, named)?.controller === bond;
    // networkd gives a port up as failed that is primary in a mode without
    const is = isPort && hasPrimary(profile?.bond?.mode) ? named : undefined;
    const old = was === undefined || was === is ? undefined : edit.addition(was, PRIMARY);
    if (old !== undefined) edit.set(old, undefined);
    const path = is === undefined ? undefined : edit.addition(is, PRIMARY);
    if (path === undefined || !(profile!.ours || touched.has(bond))) continue;
    edit.set(path, `${MANAGED}\n\n[Network]\nPrimarySlave=yes\n`);
  }
}

const PRIMARY = 'wirebook-primary.conf';
