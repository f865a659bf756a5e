import { EngineError } from '../../../../engine/errors.ts';
import { own } from '../../../own.ts';
import { hasPrimary } from '../../bond-mode.ts';
import { type Profile, profilesOf, type Stored } from '../../profile.ts';
import type { DefinitionChange, FileChange } from '../backend.ts';
import { Edit, pathOf } from './edit.ts';
import { labelChanges } from './label.ts';
import { renderNetdev, renderNetwork } from './render.ts';
import { MANAGED } from './unit.ts';

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
  return [...edit.changes(), ...labelChanges(stored.files, change)];
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
