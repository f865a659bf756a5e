import type { Files, Place } from '../../profile.ts';
import { own } from '../../../own.ts';

/** interfaces(5), as far as it can be told without knowing what options mean. */
export interface Interfaces {
  readonly stanzas: readonly Stanza[];
  readonly selections: readonly Selection[];
  /** `source` lines that lead to places that are not read */
  readonly unread: readonly { readonly pattern: string; readonly at: Place }[];
  /** Whether ifup reads a file of that path */
  sources(path: string): boolean;
}

/** `iface NAME FAMILY METHOD` and its options. */
export interface Stanza {
  readonly name: string;
  readonly family: string;
  readonly method: string;
  /** Name of the stanza whose options it has, too */
  readonly inherits?: string;
  readonly options: readonly Option[];
  readonly at: Place;
  /** Physical lines that are its own, from 0 */
  readonly lines: readonly number[];
}

export interface Option {
  /** As it is written */
  readonly key: string;
  readonly value: string;
  readonly at: Place;
  readonly lines: readonly number[];
}

/** `auto eth0 eth1`, `allow-hotplug eth0`, `no-scripts eth0`. */
export interface Selection {
  readonly word: string;
  readonly names: readonly string[];
  readonly at: Place;
  readonly lines: readonly number[];
}

export const MAIN_FILE = '/etc/network/interfaces';
export const FOLDER = '/etc/network/interfaces.d';

/** What ifup reads: the main file, and at each `source` line what that names. */
export function readInterfaces(files: Files): Interfaces {
  const stanzas: Stanza[] = [];
  const selections: Selection[] = [];
  const unread: { pattern: string; at: Place }[] = [];
  const sources: ((path: string) => boolean)[] = [(path) => path === MAIN_FILE];
  const read = (path: string, readers: readonly string[]): void => {
    const file = own(files, path);
    if (!file || readers.includes(path)) return;
    const content = readFile(path, file.content);
    for (const item of content) {
      if (item.is === 'stanza') stanzas.push(item);
      else if (item.is === 'selection') selections.push(item);
      else {
        if (item.folder !== FOLDER && item.folder !== '/etc/network') {
          unread.push({ pattern: item.pattern, at: item.at });
        }
        sources.push(item.matches);
        const named = Object.keys(files).filter(item.matches).sort();
        for (const next of named) read(next, [...readers, path]);
      }
    }
  };
  read(MAIN_FILE, []);
  return { stanzas, selections, unread, sources: (path) => sources.some((matches) => matches(path)) };
}

interface Source {
  readonly pattern: string;
  readonly folder: string;
  readonly at: Place;
  matches(path: string): boolean;
}

type Item =
  | (Stanza & { readonly is: 'stanza' })
  | (Selection & { readonly is: 'selection' })
  | (Source & { readonly is: 'source' });

/** What stands in one file, in order. Mappings and what cannot be understood are passed over. */
export function readFile(path: string, content: string): Item[] {
  const items: Item[] = [];
  let options: Option[] | undefined;
  for (const { text, lines } of logicalLines(content)) {
    const at = { file: path, line: lines[0]! + 1 };
    const [word = '', ...words] = text.split(/\s+/);
    if (word === 'iface') {
      options = [];
      items.push({ is: 'stanza', ...stanzaHead(words), options, at, lines });
    } else if (SELECTION.test(word)) {
      options = undefined;
      items.push({ is: 'selection', word: word === 'allow-auto' ? 'auto' : word, names: words, at, lines });
    } else if (word === 'source' || word === 'source-directory') {
      options = undefined;
      for (const pattern of words) items.push({ is: 'source', ...source(word, pattern, path), at });
    } else if (word === 'mapping' || word === 'rename') {
      options = undefined;
    } else {
      const value = text.slice(word.length).trim();
      options?.push({ key: word, value, at, lines });
    }
  }
  return items;
}

const SELECTION = /^(auto|allow-[^\s]+|no-auto-down|no-scripts)$/;

function stanzaHead(words: readonly string[]): Pick<Stanza, 'name' | 'family' | 'method' | 'inherits'> {
  const at = words.indexOf('inherits');
  const [name = '', family = 'inet', method = 'manual'] = at < 0 ? words : words.slice(0, at);
  const inherits = at < 0 ? undefined : words[at + 1];
  return { name, family, method, ...(inherits !== undefined && { inherits }) };
}

/** Without comments and empty lines; a backslash at the end of a line takes the next one in. */
function* logicalLines(content: string): Generator<{ text: string; lines: number[] }> {
  const physical = content.split('\n');
  for (let index = 0; index < physical.length; index++) {
    let text = physical[index]!.trim();
    if (text === '' || text.startsWith('#')) continue;
    const lines = [index];
    while (text.endsWith('\\') && index + 1 < physical.length) {
      index++;
      lines.push(index);
      text = `${text.slice(0, -1)} ${physical[index]!.trim()}`;
    }
    yield { text: text.trim(), lines };
  }
}

function source(word: string, pattern: string, from: string): Omit<Source, 'at'> {
  const path = pattern.startsWith('/') ? pattern : `${from.slice(0, from.lastIndexOf('/'))}/${pattern}`;
  if (word === 'source') {
    const regex = globRegex(path);
    return {
      pattern,
      folder: path.slice(0, path.lastIndexOf('/')),
      matches: (file) => regex.test(file),
    };
  }
  const folder = path.replace(/\/+$/, '');
  const regex = globRegex(folder);
  return {
    pattern,
    folder,
    matches: (file) => {
      const slash = file.lastIndexOf('/');
      return regex.test(file.slice(0, slash)) && /^[a-zA-Z0-9_-]+$/.test(file.slice(slash + 1));
    },
  };
}

/** Shell globs as wordexp(3) reads them; `*` does not match a leading dot. */
function globRegex(glob: string): RegExp {
  const parts = glob
    .replace(/\/+/g, '/')
    .split('/')
    .map((part) => {
      const regex = part.replace(/\[!/g, '[^').replace(/[.+^${}()|\\]/g, (char, at: number) => {
        return char === '^' && part[at - 1] === '[' ? char : `\\${char}`;
      });
      const hidden = /^[*?[]/.test(part) ? '(?!\\.)' : '';
      return hidden + regex.replace(/\*/g, '[^/]*').replace(/\?/g, '[^/]');
    });
  try {
    return new RegExp(`^${parts.join('/')}$`);
  } catch {
    return /^(?!)/;
  }
}
