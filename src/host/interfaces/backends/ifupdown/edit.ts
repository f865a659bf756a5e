import { MARKER } from './path.ts';
import { isPortList, portNames } from './ports.ts';
import { physicalName } from './profiles.ts';
import { readFile } from './stanzas.ts';

/** The text without an interface's stanzas, and without its name where it is selected; every other byte is kept. */
export function withoutInterface(content: string, name: string): string {
  const lines: (string | undefined)[] = content.split('\n');
  for (const item of readFile('', content)) {
    if (item.is === 'stanza' && physicalName(item.name) === name) {
      for (const { lines: own } of [item, ...item.options]) for (const index of own) lines[index] = undefined;
    }
    if (item.is !== 'selection') continue;
    const mine = item.names.filter((text) => physicalName(text.split('=')[0]!) === name);
    if (mine.length === 0) continue;
    for (const index of item.lines) {
      lines[index] = mine.length === item.names.length ? undefined : withoutWords(lines[index]!, mine);
    }
  }
  return lines.filter((line) => line !== undefined).join('\n');
}

const withoutWords = (line: string, words: readonly string[]): string =>
  line.replace(/(\s+)(\S+)/g, (all, _, word: string) => (words.includes(word) ? '' : all));

/** What else stands in a file of ours: definitions that someone has put there. */
export function remainder(content: string, name: string): string {
  const rest = withoutInterface(content, name);
  return readFile('', rest).length === 0
    ? ''
    : rest
        .replace(`${MARKER}\n`, '')
        .replace(/^# uuid .*\n/m, '')
        .replace(/^\n+/, '');
}

/** The text with ports taken out of a controller's list and put into it. */
export function withPorts(
  content: string,
  controller: string,
  key: string,
  leave: readonly string[],
  join: readonly string[],
): string {
  const stanzas = readFile('', content).filter((item) => item.is === 'stanza' && item.name === controller);
  const lists = stanzas
    .flatMap((item) => ('options' in item ? item.options : []))
    .filter((option) => isPortList(option.key));
  const lines: (string | undefined)[] = content.split('\n');
  const listed = new Set(lists.flatMap(({ value }) => portNames(value)));
  const missing = join.filter((port) => !listed.has(port));
  lists.forEach(({ key: word, value, lines: own }, index) => {
    const kept = portNames(value).filter((port) => !leave.includes(port));
    const ports = [...kept, ...(index === 0 ? missing : [])];
    if (kept.length === portNames(value).length && (index > 0 || missing.length === 0)) return;
    const [first = 0, ...more] = own;
    const indent = /^\s*/.exec(lines[first] ?? '')?.[0] ?? '';
    lines[first] = `${indent}${word} ${ports.join(' ') || 'none'}`;
    for (const other of more) lines[other] = undefined;
  });
  const [head] = stanzas;
  if (lists.length === 0 && missing.length > 0 && head && 'lines' in head) {
    const last = head.lines.at(-1)!;
    lines[last] = `${lines[last]}\n    ${key} ${missing.join(' ')}`;
  }
  return lines.filter((line) => line !== undefined).join('\n');
}
