/** One assignment of a file that a shell reads. */
export interface Variable {
  readonly key: string;
  /** undefined: more than a word of text, such as $OTHER */
  readonly value: string | undefined;
  /** As it is written, without the key */
  readonly raw: string;
  /** From 1 */
  readonly line: number;
}

/** Assignments, in order; of several of one key the last one counts. Comments and other commands are passed over. */
export function readVariables(content: string): readonly Variable[] {
  const found = new Map<string, Variable>();
  content.split('\n').forEach((text, index) => {
    const [, key, raw = ''] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(text) ?? [];
    if (key === undefined) return;
    found.delete(key);
    found.set(key, { key, value: unquote(raw), raw: raw.trimEnd(), line: index + 1 });
  });
  return [...found.values()];
}

const PIECE = /'([^']*)'|"((?:[^"\\$`]|\\.)*)"|\\(.)|([^\s'"\\$`;&|<>()]+)/y;

function unquote(raw: string): string | undefined {
  let value = '';
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < raw.length && !/\s/.test(raw[PIECE.lastIndex]!)) {
    const match = PIECE.exec(raw);
    if (!match) return undefined;
    const [, single, double, escaped, plain] = match;
    value += single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '';
  }
  // A comment may follow
  return /^\s*(#.*)?$/.test(raw.slice(PIECE.lastIndex)) || value === '' ? value : undefined;
}

/** `KEY=value`, quoted where a shell needs it. */
export function assignment(key: string, value: string | number): string {
  const text = String(value);
  if (/^[A-Za-z0-9_.:/+@%,-]+$/.test(text)) return `${key}=${text}`;
  return /["\\$`]/.test(text) ? `${key}='${text.replaceAll("'", `'\\''`)}'` : `${key}="${text}"`;
}
