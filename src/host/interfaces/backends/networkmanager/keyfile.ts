/** One `key=value` of a GKeyFile, as it stands there. */
export interface Entry {
  readonly section: string;
  readonly key: string;
  /** Escapes and all */
  readonly value: string;
  /** From 1 */
  readonly line: number;
}

/** Two names of one section. */
const ALIASES: Readonly<Record<string, string>> = { '802-3-ethernet': 'ethernet' };

/** What GLib's parser reads of a file; what it could not is left out. */
export function parseKeyfile(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  let section: string | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const title = /^\s*\[([^[\]]+)\]\s*$/.exec(line)?.[1];
    if (title !== undefined) {
      section = ALIASES[title] ?? title;
      continue;
    }
    const [, key, value] = /^\s*([^#\s=][^=]*?)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined || section === undefined) continue;
    entries.push({ section, key, value, line: index + 1 });
  }
  return entries;
}

/** Number of the first line that is neither section, assignment nor comment: GLib does not read such a file at all. */
export function brokenLine(text: string): number | undefined {
  let section = false;
  const index = text.split('\n').findIndex((line) => {
    if (/^\s*($|#)/.test(line)) return false;
    const opens = /^\s*\[[^[\]]+\]\s*$/.test(line);
    section ||= opens;
    return !opens && !(section && /^\s*[^\s=[][^=]*=/.test(line));
  });
  return index < 0 ? undefined : index + 1;
}

const ESCAPES: Readonly<Record<string, string>> = { s: ' ', n: '\n', t: '\t', r: '\r', '\\': '\\' };

/** The text that a value stands for. */
export const unescapeValue = (value: string): string =>
  value.replace(/\\(.)/g, (whole, letter: string) => ESCAPES[letter] ?? whole);

/** A text as a value. */
export const escapeValue = (text: string): string =>
  text
    .replace(/[\\\n\t\r]/g, (letter) => ({ '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' })[letter]!)
    .replace(/^ +| +$/g, (spaces) => '\\s'.repeat(spaces.length));

/** The items of `a;b;`. */
export const listItems = (value: string): string[] =>
  value
    .split(/(?<!\\);/)
    .map((item) => unescapeValue(item.replaceAll('\\;', ';')).trim())
    .filter((item) => item !== '');

export const listValue = (items: readonly string[]): string =>
  items.map((item) => `${escapeValue(item).replaceAll(';', '\\;')};`).join('');

/** Entries that are taken one by one; what nobody took is kept as it stands. */
export class Entries {
  readonly #left: Map<string, Entry>;

  /** Of a key that stands there twice the last one counts. */
  constructor(entries: readonly Entry[]) {
    this.#left = new Map(entries.map((entry) => [`${entry.section}/${entry.key}`, entry]));
  }

  take(section: string, key: string): string | undefined {
    const value = this.peek(section, key);
    this.#left.delete(`${section}/${key}`);
    return value;
  }

  peek(section: string, key: string): string | undefined {
    return this.#left.get(`${section}/${key}`)?.value.trim();
  }

  line(section: string, key: string): number | undefined {
    return this.#left.get(`${section}/${key}`)?.line;
  }

  /** Keys of a section that match, in order of their numbers */
  keys(section: string, pattern: RegExp): string[] {
    const number = (key: string): number => Number(/\d+$/.exec(key)?.[0] ?? 0);
    return [...this.#left.values()]
      .filter((entry) => entry.section === section && pattern.test(entry.key))
      .map(({ key }) => key)
      .sort((a, b) => number(a) - number(b));
  }

  /** `section/key=value` of what is left */
  rest(): string[] {
    return [...this.#left].map(([name, { value }]) => `${name}=${value}`);
  }
}

export const FALSE = new Set(['false', 'no', 'off', '0']);

/** How GLib reads booleans, and NetworkManager those that people write. */
export const isTrue = (value: string): boolean => !FALSE.has(value.toLowerCase());
