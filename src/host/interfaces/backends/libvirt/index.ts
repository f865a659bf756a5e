import { profilesOf } from '../../profile.ts';
import type { Backend } from '../backend.ts';
import { activate, restore } from './activate.ts';
import { redefinition } from './change.ts';
import { PROBE } from './probe.ts';
import { readDefinitions } from './read.ts';

/**
 * libvirt's interface driver, where it can define (netcf, LIBVIRT.md 1.3): it writes the host's own files itself.
 * Definitions are read only for a connection that is asked for.
 */
export const libvirt: Backend = {
  name: 'libvirt',
  globs: [],
  probe: PROBE,
  parse: (_, facts) => (facts.active ? readDefinitions(facts) : []),

  /** There are no files to change; it only says what cannot be. */
  write(stored, change) {
    const before = profilesOf(stored, 'libvirt');
    const kept = Object.values(before).filter(({ name }) => !change.remove.includes(name));
    const after = Object.fromEntries([...kept, ...change.set].map((profile) => [profile.name, profile]));
    redefinition(before, after, change);
    return [];
  },

  activate,
  restore,
  evidence: (names) => [
    'journalctl',
    '-q',
    '-n',
    '20',
    '-o',
    'cat',
    '-u',
    'libvirtd',
    '-u',
    'virtinterfaced',
    ...grep(names),
  ],
};

/** Lines that name one of the interfaces. */
const grep = (names: readonly string[]): string[] =>
  names.length === 0
    ? []
    : ['-g', names.map((name) => name.replaceAll(/[^\w]/g, (sign) => `\\${sign}`)).join('|')];
