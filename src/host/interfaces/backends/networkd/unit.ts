/** A file of systemd's syntax (systemd.syntax(7)). */
export interface UnitText {
  /** In the order of the file; a section that is opened twice is there twice */
  readonly sections: readonly Section[];
  /** `# key: value` lines before the first section: what networkd has no word for */
  readonly notes: Readonly<Record<string, string>>;
  /** Its first line says that Wirebook wrote it */
  readonly ours: boolean;
  /** Lines that say nothing to networkd */
  readonly mistakes: readonly Mistake[];
}

interface Mistake {
  readonly line: number;
  /** For which networkd does not load the file at all */
  readonly fatal: boolean;
}

export interface Section {
  readonly name: string;
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly key: string;
  readonly value: string;
  /** From 1 */
  readonly line: number;
  readonly file: string;
}

export const MANAGED = '# Managed by wirebook';

export function parseUnit(content: string, file: string): UnitText {
  const sections: { name: string; entries: Entry[] }[] = [];
  const notes: Record<string, string> = Object.create(null);
  const mistakes: Mistake[] = [];
  const lines = content.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    let text = lines[index]!.trim();
    if (text.startsWith('#') || text.startsWith(';')) {
      const [, key, value] = /^# ([a-z0-9_]+): (.*)$/.exec(text) ?? [];
      if (key !== undefined && sections.length === 0) notes[key] = value!;
      continue;
    }
    while (text.endsWith('\\') && index + 1 < lines.length) {
      const next = lines[++index]!.trim();
      // A comment between continued lines is skipped
      if (!/^[#;]/.test(next)) text = `${text.slice(0, -1).trimEnd()} ${next}`;
      else text = `${text.slice(0, -1)}\\`;
    }
    const [, name] = /^\[(.*)\]$/.exec(text) ?? [];
    if (name !== undefined) sections.push({ name, entries: [] });
    const [, key, value] = /^([^=[]+?)\s*=\s*(.*)$/.exec(text) ?? [];
    const section = sections.at(-1);
    if (key !== undefined) section?.entries.push({ key, value: value!, line, file });
    if (text !== '' && name === undefined && (key === undefined || !section)) {
      mistakes.push({ line, fatal: text.startsWith('[') });
    }
  }
  return { sections, notes, mistakes, ours: lines[0]?.trim() === MANAGED };
}

/** Sections of which each stands for one thing, so that two of them are two things. */
export const REPEATED: readonly string[] = [
  'Address',
  'Route',
  'RoutingPolicyRule',
  'BridgeVLAN',
  'BridgeFDB',
  'BridgeMDB',
  'Neighbor',
  'NextHop',
];

/** All values of a key in all sections of a name; an empty one takes back those before it. */
function valuesOf(sections: readonly Section[], section: string, key: string): string[] {
  let values: string[] = [];
  for (const entry of entriesOf(sections, section)) {
    if (entry.key === key) values = entry.value === '' ? [] : [...values, entry.value];
  }
  return values;
}

/** The last value of a key, which is the one that counts. */
export const lastOf = (sections: readonly Section[], section: string, key: string): string | undefined =>
  valuesOf(sections, section, key).at(-1);

export const entriesOf = (sections: readonly Section[], section: string): readonly Entry[] =>
  sections.filter(({ name }) => name === section).flatMap(({ entries }) => entries);

/** Words of all values of a key. */
export const wordsOf = (sections: readonly Section[], section: string, key: string): string[] =>
  valuesOf(sections, section, key).flatMap((value) => value.split(/\s+/).filter(Boolean));

/** Lines of a section to be written; one without lines is left out. */
export type SectionLines = readonly [name: string, lines: readonly string[]];

export function renderUnit(
  notes: Readonly<Record<string, string | undefined>>,
  sections: readonly SectionLines[],
): string {
  const head = Object.entries(notes).flatMap(([key, value]) =>
    value === undefined ? [] : [`# ${key}: ${value}`],
  );
  const body = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([name, lines]) => `\n[${name}]\n${lines.join('\n')}\n`);
  return `${[MANAGED, ...head].join('\n')}\n${body.join('')}`;
}
