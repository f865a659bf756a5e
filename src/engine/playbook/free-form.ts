/** A `key=value` in a string of parameters. */
export interface Assignment {
  readonly key: string;
  readonly value: string;
  /** As written: `key="a value"` */
  readonly text: string;
}

/**
 * Splits a string of parameters at white space, as Ansible's split_args does: quotes and `{{ … }}` keep together.
 * Undefined when a quote or a template is not closed.
 */
function words(text: string): readonly string[] | undefined {
  const found: string[] = [];
  let word = '';
  let quote = '';
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    const pair = text.slice(i, i + 2);
    if (quote) {
      if (char === quote && text[i - 1] !== '\\') quote = '';
    } else if (pair === '{{' || pair === '{%' || pair === '{#') {
      depth += 1;
      word += pair;
      i += 1;
      continue;
    } else if (depth > 0 && (pair === '}}' || pair === '%}' || pair === '#}')) {
      depth -= 1;
      word += pair;
      i += 1;
      continue;
    } else if (depth === 0 && (char === '"' || char === "'")) {
      quote = char;
    } else if (depth === 0 && /\s/.test(char)) {
      if (word) found.push(word);
      word = '';
      continue;
    }
    word += char;
  }
  if (quote || depth > 0) return undefined;
  if (word) found.push(word);
  return found;
}

const assignment = /^([A-Za-z_][\w.-]*)=([\s\S]*)$/;

function parse(word: string): Assignment | undefined {
  const [, key, value] = assignment.exec(word) ?? [];
  return key === undefined || value === undefined ? undefined : { key, value: unquote(value), text: word };
}

function unquote(text: string): string {
  const quote = text[0];
  return text.length > 1 && (quote === '"' || quote === "'") && text.endsWith(quote)
    ? text.slice(1, -1)
    : text;
}

/** A string that is nothing but `key=value` pairs; `stray` is what is none. */
export function parseAssignments(text: string): {
  assignments: readonly Assignment[];
  stray: string | undefined;
} {
  const found = words(text);
  if (!found) return { assignments: [], stray: text };
  const assignments: Assignment[] = [];
  for (const word of found) {
    const parsed = parse(word);
    if (!parsed) return { assignments, stray: word };
    assignments.push(parsed);
  }
  return { assignments, stray: undefined };
}

/** A free-form string: the options among its words, and the rest as written (`ls creates=/x` is `ls` and creates). */
export function parseFreeForm(
  text: string,
  options: ReadonlySet<string>,
): { rest: string; assignments: readonly Assignment[] } {
  const assignments = (words(text) ?? []).flatMap((word) => {
    const parsed = parse(word);
    return parsed && options.has(parsed.key) ? [parsed] : [];
  });
  let rest = text;
  for (const { text: written } of assignments) rest = cut(rest, written);
  return { rest: assignments.length > 0 ? rest.trim() : rest, assignments };
}

/** `text` without its first word `word`, and one piece of white space in its place. */
function cut(text: string, word: string): string {
  for (let start = text.indexOf(word); start >= 0; start = text.indexOf(word, start + 1)) {
    const end = start + word.length;
    const alone =
      (start === 0 || /\s/.test(text[start - 1]!)) && (end === text.length || /\s/.test(text[end]!));
    if (alone) return text.slice(0, start).trimEnd() + text.slice(end).replace(/^(\s)\s*/, '$1');
  }
  return text;
}
