import { EngineError } from '../../../../engine/errors.ts';
import { own } from '../../../own.ts';
import { type BackendFacts, type Profile, profilesOf, type Stored } from '../../profile.ts';
import type { DefinitionChange, FileChange } from '../backend.ts';
import { nameIn, PARTS, pathOf } from './path.ts';
import { render, strayServer } from './render.ts';

/**
 * Files that make the definitions those of `change`. Files of a definition that is taken over or removed go, whatever
 * they are called.
 * @throws EngineError REQUIREMENT
 */
export function writeDefinitions(stored: Stored, change: DefinitionChange): readonly FileChange[] {
  const before = profilesOf(stored, 'ifcfg');
  const after = { ...before, ...Object.fromEntries(change.set.map((profile) => [profile.name, profile])) };
  const facts = stored.backends.ifcfg ?? { active: false, facts: {} };
  const contents = new Map<string, string | undefined>();
  for (const name of [...change.remove, ...change.set.map((profile) => profile.name)]) {
    for (const path of filesOf(stored, own(before, name))) contents.set(path, undefined);
  }
  for (const profile of change.set) {
    const controller = profile.controller === undefined ? undefined : own(after, profile.controller);
    requireWords(profile, controller, facts);
    const parts = render(profile, controller, facts);
    for (const part of PARTS) contents.set(pathOf(part, profile.name), parts[part]);
  }
  return [...contents]
    .filter(([path, content]) => content !== own(stored.files, path)?.content)
    .map(([path, content]) => (content === undefined ? { path } : { path, content }));
}

/** Of a definition: its ifcfg files, and what belongs to them. */
function filesOf({ files }: Stored, profile: Profile | undefined): string[] {
  const suffixes = (profile?.at ?? []).flatMap(({ file }) => nameIn(file) ?? []);
  const paths = suffixes.flatMap((suffix) => PARTS.map((part) => pathOf(part, suffix)));
  return paths.filter((path) => own(files, path) !== undefined);
}

/** What the network scripts splice into shell commands. */
const SAFE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/;

function requireWords(profile: Profile, controller: Profile | undefined, { facts }: BackendFacts): void {
  const { name, parent, ipv4, ipv6, vlan } = profile;
  const refuse = (what: string, hint: string): never => {
    throw new EngineError('REQUIREMENT', `network scripts cannot keep ${name}: ${what}`, { hint });
  };
  for (const link of [name, ...(parent === undefined ? [] : [parent])]) {
    if (!SAFE_NAME.test(link))
      refuse(`${JSON.stringify(link)} is no name that they can handle`, 'name it otherwise');
  }
  if (profile.controller !== undefined && !controller) {
    refuse(`${profile.controller} has no definition there`, `define ${profile.controller} there first`);
  }
  if (vlan?.protocol === '802.1ad') refuse('they have no word for 802.1ad', 'leave protocol out');
  if (ipv6?.accept_ra !== undefined) refuse('they have no word for accept_ra', 'use autoconf');
  const { addresses = [] } = ipv4 ?? {};
  if ([...addresses, ...(ipv6?.addresses ?? [])].some((address) => address.includes(' '))) {
    refuse('they have no word for a peer address', 'leave out the peer');
  }
  if (ipv4?.dhcp && addresses.length > 0 && facts.nm !== 'yes') {
    refuse('with dhcp they configure no other addresses', 'leave out either');
  }
  const stray = strayServer(profile);
  if (stray !== undefined) refuse(`${stray} is of the other family`, 'name each server with its own family');
}
