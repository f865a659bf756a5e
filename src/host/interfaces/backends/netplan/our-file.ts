import { type Group, groupNames, isList, isMapping, type Mapping, type Value } from './definitions.ts';

/** One device in our file: comments with what netplan has no word for, its id, and its settings. */
export interface Block {
  readonly group: Group;
  readonly id: string;
  readonly lines: readonly string[];
}

const HEAD = '# Managed by wirebook';
const ID = /^ {4}("(?:[^"\\]|\\.)*"|[^\s"#][^\s:]*):(?: .*)?$/;
const NOTE = /^ {4}# ([a-z0-9_]+): (.*)$/;

/** Devices of our file, whose lines are kept as they are unless a device changes. */
export function parseBlocks(content: string): Block[] {
  const blocks: { group: Group; id: string; lines: string[] }[] = [];
  let group: Group | undefined;
  let comments: string[] = [];
  let current: string[] | undefined;
  for (const line of content.split('\n')) {
    const opened = groupNames.find((name) => line === `  ${name}:`);
    const [, key] = ID.exec(line) ?? [];
    if (opened) {
      [group, current, comments] = [opened, undefined, []];
    } else if (group && key !== undefined) {
      const id = key.startsWith('"') ? (JSON.parse(key) as string) : key;
      current = [...comments, line];
      comments = [];
      blocks.push({ group, id, lines: current });
    } else if (/^ {4}#/.test(line)) {
      comments.push(line);
    } else if (/^ {6}/.test(line)) {
      current?.push(line);
    }
  }
  return blocks;
}

/** Notes of the devices in our file, by id. */
export const notesOf = (content: string): Map<string, Record<string, string>> =>
  new Map(
    parseBlocks(content).map(({ id, lines }) => [
      id,
      Object.fromEntries(
        lines.flatMap((line): [string, string][] => {
          const [, key, value] = NOTE.exec(line) ?? [];
          return key === undefined ? [] : [[key, value!]];
        }),
      ),
    ]),
  );

export function renderBlock(
  group: Group,
  id: string,
  notes: Readonly<Record<string, string>>,
  value: Mapping,
): Block {
  const empty = Object.keys(value).length === 0;
  const lines = [
    ...Object.entries(notes).map(([key, text]) => `    # ${key}: ${text}`),
    `    ${scalar(id)}:${empty ? ' {}' : ''}`,
    ...yamlLines(value, 6),
  ];
  return { group, id, lines };
}

/** The file of these devices; undefined when there are none. */
export function renderFile(blocks: readonly Block[]): string | undefined {
  if (blocks.length === 0) return undefined;
  const groups = groupNames.flatMap((group) => {
    const devices = blocks.filter((block) => block.group === group).sort((a, b) => (a.id < b.id ? -1 : 1));
    return devices.length === 0 ? [] : [`  ${group}:`, ...devices.flatMap(({ lines }) => lines)];
  });
  return `${[HEAD, 'network:', '  version: 2', ...groups].join('\n')}\n`;
}

function yamlLines(value: Mapping, indent: number): string[] {
  const pad = ' '.repeat(indent);
  return Object.entries(value).flatMap(([key, item]) =>
    isMapping(item) && Object.keys(item).length > 0
      ? [`${pad}${scalar(key)}:`, ...yamlLines(item, indent + 2)]
      : [`${pad}${scalar(key)}: ${flow(item)}`],
  );
}

function flow(value: Value): string {
  if (isList(value)) return `[${value.map(flow).join(', ')}]`;
  if (!isMapping(value)) return scalar(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${scalar(key)}: ${flow(item)}`)
    .join(', ')}}`;
}

/** netplan takes every scalar as its text; quotes are for what YAML would read otherwise. */
const scalar = (text: string): string =>
  /^[A-Za-z0-9_./+-]+$/.test(text) && !/^[-.]/.test(text) ? text : JSON.stringify(text);
