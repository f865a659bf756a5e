/** Filters on text. */
import { isUnknown, UNKNOWN } from '../../unknown.ts';
import { percentFormat } from '../format.ts';
import { defineAll } from '../signature.ts';
import { str } from '../text.ts';
import { isMapping, iterate } from '../value.ts';
import { flag, text, whole } from './argument.ts';

export const stringFilters = defineAll({
  'upper()': (input) => str(input).toUpperCase(),
  'lower()': (input) => str(input).toLowerCase(),
  'capitalize()': (input) => capitalize(str(input)),
  'title()': (input) => str(input).replace(/[^-\s({[<]+/g, capitalize),
  'replace(old, new, count?)': (input, old, replacement, count) => {
    const parts = str(input).split(text(old));
    const limit = count === undefined || count === null ? parts.length : whole(count) + 1;
    const head = parts.slice(0, limit).join(text(replacement));
    return limit < parts.length ? [head, ...parts.slice(limit)].join(text(old)) : head;
  },
  'trim(chars?)': (input, characters) =>
    trim(str(input), characters === undefined ? undefined : text(characters)),
  'split(sep?, maxsplit?)': (input, separator, limit) => split(str(input), separator, whole(limit, -1)),
  'join(d?, attribute?)': function (input, separator, attribute) {
    const items =
      attribute === undefined ? iterate(input) : iterate(this.filter('map', input, [], { attribute }));
    return items.some(isUnknown) ? UNKNOWN : items.map(str).join(text(separator));
  },
  'format(*values, **named)': (input, values, named) =>
    percentFormat(str(input), isMapping(named) && Object.keys(named).length > 0 ? named : values),
  'indent(width?, first?, blank?)': (input, width, first, blank) => {
    const pad = typeof width === 'string' ? width : ' '.repeat(whole(width, 4));
    const lines = str(input).split('\n');
    return lines
      .map((line, index) => ((index === 0 ? flag(first) : flag(blank) || line !== '') ? pad + line : line))
      .join('\n');
  },
  'center(width?)': (input, width) => {
    const missing = Math.max(0, whole(width, 80) - str(input).length);
    const left = Math.floor(missing / 2) + (missing & whole(width, 80) & 1);
    return ' '.repeat(left) + str(input) + ' '.repeat(missing - left);
  },
  'truncate(length?, killwords?, end?, leeway?)': (input, length, kill, end, leeway) => {
    const limit = whole(length, 255);
    const tail = text(end, '...');
    const full = str(input);
    if (full.length <= limit + whole(leeway, 5)) return full;
    const cut = full.slice(0, limit - tail.length);
    return (flag(kill) || !cut.includes(' ') ? cut : cut.slice(0, cut.lastIndexOf(' '))) + tail;
  },
  'wordcount()': (input) => str(input).match(/\w+/g)?.length ?? 0,
  'wordwrap(width?, break_long_words?, wrapstring?)': (input, width, breakLong = true, separator = '\n') =>
    str(input)
      .split(/\r?\n/)
      .map((line) => wrap(line, whole(width, 79), flag(breakLong)).join(text(separator)))
      .join(text(separator)),
  'escape|e|forceescape()': (input) => str(input).replace(/[&<>'"]/g, (each) => ENTITIES[each]!),
  'striptags()': (input) =>
    str(input)
      .replace(/<!--[\s\S]*?-->|<[^>]*>/g, '')
      .split(/\s+/)
      .filter(Boolean)
      .join(' '),
  'safe()': (input) => str(input),
  'comment(style?, **options)': (input, style, options) =>
    comment(str(input), text(style, 'plain'), isMapping(options) ? options : {}),
});

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
};

const capitalize = (value: string) => value.charAt(0).toUpperCase() + value.slice(1).toLowerCase();

export function trim(value: string, characters?: string, side: 'both' | 'left' | 'right' = 'both'): string {
  const strip = (each: string) => (characters === undefined ? /\s/.test(each) : characters.includes(each));
  let start = 0;
  let end = value.length;
  if (side !== 'right') while (start < end && strip(value[start]!)) start++;
  if (side !== 'left') while (end > start && strip(value[end - 1]!)) end--;
  return value.slice(start, end);
}

/** Python's split: without a separator at runs of white space; at most `limit` cuts. */
export function split(value: string, separator: unknown, limit = -1): string[] {
  if (separator !== undefined && separator !== null) {
    const parts = value.split(text(separator));
    if (limit < 0 || parts.length <= limit + 1) return parts;
    return [...parts.slice(0, limit), parts.slice(limit).join(text(separator))];
  }
  const trimmed = trim(value);
  const words = trimmed === '' ? [] : trimmed.split(/\s+/);
  if (limit < 0 || words.length <= limit + 1) return words;
  let rest = value.trimStart();
  for (let cut = 0; cut < limit; cut++) rest = rest.replace(/^\S+\s+/, '');
  return [...words.slice(0, limit), rest];
}

/** Greedy filling of lines; words longer than a line are cut or stand alone. */
function wrap(line: string, width: number, breakLong: boolean): string[] {
  const lines: string[] = [];
  let current = '';
  for (let word of line.split(/\s+/).filter(Boolean)) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = '';
    }
    while (breakLong && word.length > width) {
      lines.push(word.slice(0, width));
      word = word.slice(width);
    }
    current = current === '' ? word : `${current} ${word}`;
  }
  return current === '' && lines.length > 0 ? lines : [...lines, current];
}

const STYLES: Record<string, Record<string, string>> = {
  plain: { decoration: '# ' },
  erlang: { decoration: '% ' },
  c: { decoration: '// ' },
  cblock: { beginning: '/*', decoration: ' * ', end: ' */' },
  xml: { beginning: '<!--', decoration: ' - ', end: '-->' },
};

/** Text as a comment block of a configuration file, as Ansible lays it out. */
function comment(body: string, style: string, options: Record<string, unknown>): string {
  const given = { ...(Object.hasOwn(STYLES, style) ? STYLES[style] : STYLES.plain), ...options };
  const option = (name: string, otherwise: string) => text(given[name], otherwise);
  const newline = option('newline', '\n');
  const decoration = option('decoration', '');
  const edge = decoration.trimEnd();
  const beginning = option('beginning', '');
  const prefix = option('prefix', edge);
  const before =
    prefix === ''
      ? ''
      : (prefix === newline ? newline : prefix + newline).repeat(whole(given.prefix_count, 1));
  const lines = body
    .split(newline)
    .map((line) => (decoration + line === decoration ? edge : decoration + line));
  const after = `${newline}${option('postfix', edge)}`.repeat(whole(given.postfix_count, 1));
  const end = option('end', '');
  return `${beginning && beginning + newline}${before}${lines.join(newline)}${after}${end && newline + end}`;
}
