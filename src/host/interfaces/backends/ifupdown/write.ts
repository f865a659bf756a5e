import { EngineError } from '../../../../engine/errors.ts';
import { own } from '../../../own.ts';
import { type Profile, profilesOf, type Stored } from '../../profile.ts';
import type { DefinitionChange, FileChange } from '../backend.ts';
import { remainder, withoutInterface, withPorts } from './edit.ts';
import { isOurs, pathOf } from './path.ts';
import { render } from './render.ts';
import { requireWords } from './require.ts';
import { MAIN_FILE, readInterfaces } from './stanzas.ts';

/**
 * Files that make the definitions those of `change`. One of ours is a file of its own; someone else's that is changed
 * is taken out of the file where it stood.
 * @throws EngineError REQUIREMENT
 */
export function writeDefinitions(stored: Stored, change: DefinitionChange): readonly FileChange[] {
  const before = profilesOf(stored, 'ifupdown');
  const after = { ...before, ...Object.fromEntries(change.set.map((profile) => [profile.name, profile])) };
  for (const name of change.remove) delete after[name];
  const draft = new FileDraft(stored);
  const define = (profile: Profile): void => {
    const ports = Object.values(after).filter(({ controller }) => controller === profile.name);
    const text = render(profile, {
      ports: ports.map(({ name }) => name).sort(),
      hasStanza: (name) => hasStanza(own(after, name)),
    });
    draft.define(profile.name, text);
  };
  if (change.set.length > 0) refuseUnread(stored);
  for (const name of change.remove) draft.undefine(name);
  for (const profile of change.set) {
    requireWords(profile, own(before, profile.name), stored.backends.ifupdown);
    if (!hasStanza(profile)) draft.undefine(profile.name);
    else define(profile);
  }
  const moved = [...change.remove, ...change.set.map(({ name }) => name)];
  const rendered = new Set(moved);
  for (const controller of Object.values(after)) {
    if (rendered.has(controller.name)) continue;
    if (controller.kind !== 'bridge' && controller.kind !== 'bond') continue;
    const joins = (name: string): boolean => own(after, name)?.controller === controller.name;
    // Beside the list, ours says which ports ifup is to bring up first
    if (controller.ours) {
      if (moved.some((name) => joins(name) || own(before, name)?.controller === controller.name))
        define(controller);
      continue;
    }
    draft.ports(
      controller,
      moved.filter((name) => !joins(name)),
      moved.filter(joins),
    );
  }
  for (const { name, controller } of change.set) {
    if (controller === undefined || own(after, controller)) continue;
    throw new EngineError('REQUIREMENT', `ifupdown cannot make ${name} a port of ${controller}`, {
      hint: `a port is listed by its bridge or bond: define ${controller} with ifupdown first`,
    });
  }
  return draft.changes();
}

/** A port that its controller's list says everything about has no stanza. */
export const hasStanza = (profile: Profile | undefined): boolean =>
  profile !== undefined &&
  (profile.kind !== 'ethernet' ||
    profile.controller === undefined ||
    Object.entries(profile).some(([key, value]) => value !== undefined && !LISTED.includes(key)));

const LISTED = ['name', 'kind', 'backend', 'controller', 'at', 'ours'];

/** Definitions that are not seen could be doubled. */
function refuseUnread(stored: Stored): void {
  const [unread] = readInterfaces(stored.files).unread;
  if (!unread) return;
  const { pattern, at } = unread;
  throw new EngineError('REQUIREMENT', `${at.file}:${at.line} sources ${pattern}, which is not read`, {
    hint: 'keep definitions in /etc/network/interfaces and /etc/network/interfaces.d',
  });
}

class FileDraft {
  readonly #stored: Stored;
  readonly #contents: Map<string, string | undefined>;

  constructor(stored: Stored) {
    this.#stored = stored;
    this.#contents = new Map();
  }

  undefine(name: string): void {
    this.#takeOut(name);
    this.#put(pathOf(name), '', name);
  }

  define(name: string, text: string): void {
    this.#takeOut(name);
    const path = pathOf(name);
    this.#put(path, text, name);
    if (readInterfaces(this.#stored.files).sources(path)) return;
    const main = this.#content(MAIN_FILE) ?? '';
    if (main.split('\n').includes(SOURCE)) return;
    this.#contents.set(MAIN_FILE, `${main}${main === '' || main.endsWith('\n') ? '' : '\n'}${SOURCE}\n`);
  }

  /** In the list of a controller that itself does not change. */
  ports({ name, kind, at }: Profile, leave: readonly string[], join: readonly string[]): void {
    const files = [...new Set(at.map(({ file }) => file))];
    files.forEach((path, index) => {
      const content = this.#content(path);
      if (content === undefined) return;
      const key = kind === 'bridge' ? 'bridge_ports' : 'bond-slaves';
      const next = withPorts(content, name, key, leave, index === 0 ? join : []);
      this.#contents.set(path, next);
    });
  }

  changes(): FileChange[] {
    return [...this.#contents]
      .filter(([path, content]) => content !== own(this.#stored.files, path)?.content)
      .map(([path, content]) => (content === undefined ? { path } : { path, content }));
  }

  #content(path: string): string | undefined {
    return this.#contents.has(path) ? this.#contents.get(path) : own(this.#stored.files, path)?.content;
  }

  /** Out of all files but its own, which is written whole. */
  #takeOut(name: string): void {
    const stored = own(profilesOf(this.#stored, 'ifupdown'), name);
    const interfaces = readInterfaces(this.#stored.files);
    const selected = interfaces.selections.filter(({ names }) =>
      names.some((text) => text.split('=')[0] === name),
    );
    const places = [...(stored?.at ?? []), ...selected.map(({ at }) => at)];
    for (const path of new Set(places.map(({ file }) => file))) {
      const content = this.#content(path);
      if (path !== pathOf(name) && content !== undefined) {
        this.#contents.set(path, withoutInterface(content, name));
      }
    }
  }

  /** The file of a definition, and what someone else has put into it. */
  #put(path: string, text: string, name: string): void {
    const have = this.#content(path);
    const isForeign = !isOurs(this.#stored.files, path, name);
    const keep = text === '' && isForeign ? withoutInterface : remainder;
    const content = text + (have === undefined ? '' : keep(have, name));
    this.#contents.set(path, content === '' ? undefined : content);
  }
}

/** Other files in the folder may be there because they are not sourced. */
const SOURCE = 'source /etc/network/interfaces.d/wirebook-*';
