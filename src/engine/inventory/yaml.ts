import type { Location, YamlSource } from '../source.ts';
import { didYouMean } from '../suggest.ts';
import { expandHost } from './host-range.ts';
import type { GroupNode } from './model.ts';
import { addChildAt, type Reading, syntaxProblem } from './problem.ts';

type Path = readonly (string | number)[];
type Mapping = Readonly<Record<string, unknown>>;

const SECTIONS = ['hosts', 'children', 'vars'];

/** Reads a YAML or JSON inventory; mistakes go to `reading.problems`, all of them. */
export function readYamlInventory(source: YamlSource, reading: Reading): void {
  const { value, file } = source;
  if (value === undefined || value === null) return;
  const at = (path: Path, which: 'key' | 'value' = 'key'): Location => source.locate(path, which);
  const problem = (message: string, path: Path, hint?: string, which?: 'key' | 'value'): void => {
    reading.problems.push(syntaxProblem(message, at(path, which), hint));
  };

  if (!isMapping(value)) {
    problem(
      `an inventory is a mapping of groups, not ${kindOf(value)}`,
      [],
      'begin with all:, and hosts: or children: below it',
      'value',
    );
    return;
  }
  if (typeof value.plugin === 'string') {
    problem(
      'inventory plugins are not supported',
      ['plugin'],
      'use an executable that prints JSON for --list',
    );
    return;
  }
  for (const [name, content] of Object.entries(value)) readGroup(name, content, [name]);

  function readGroup(name: string, content: unknown, path: Path): void {
    const group = reading.model.addGroup(name);
    checkName('group', name, path);
    if (content === null) return;
    if (!isMapping(content)) {
      problem(`group ${name} is ${kindOf(content)}`, path, 'a group has hosts, children and vars', 'value');
      return;
    }
    for (const [key, raw] of Object.entries(content)) {
      const here = [...path, key];
      if (!SECTIONS.includes(key)) {
        problem(
          `group ${name} has a key ${key}`,
          here,
          didYouMean(key, SECTIONS) ?? 'a group has hosts, children and vars',
        );
        continue;
      }
      const section = typeof raw === 'string' && key !== 'vars' ? { [raw]: null } : (raw ?? {});
      if (!isMapping(section)) {
        problem(`${key} of group ${name} is ${kindOf(raw)}`, here, mappingHint(key), 'value');
      } else if (key === 'vars') {
        for (const [variable, given] of Object.entries(section))
          reading.model.setGroupVariable(group, variable, given);
      } else if (key === 'hosts') {
        for (const [host, vars] of Object.entries(section)) readHost(group, host, vars, [...here, host]);
      } else {
        for (const [child, inner] of Object.entries(section)) {
          const below = [...here, child];
          addChildAt(reading, group, reading.model.addGroup(child), at(below));
          readGroup(child, inner, below);
        }
      }
    }
  }

  function readHost(group: GroupNode, text: string, vars: unknown, path: Path): void {
    checkName('host', text, path);
    if (vars !== null && !isMapping(vars)) {
      problem(`the variables of host ${text} are ${kindOf(vars)}`, path, 'write them as key: value', 'value');
      return;
    }
    try {
      const { names, port } = expandHost(text);
      for (const name of names) {
        const host = reading.model.addHost(name, group, file, port);
        for (const [key, value] of Object.entries(vars ?? {})) host.vars.set(key, value);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problem(`${text}: ${error.message}`, path);
    }
  }

  /** Keys that YAML reads as numbers are mistakes, as in Ansible: 10 and 1e1 would be one name. */
  function checkName(kind: string, name: string, path: Path): void {
    if (!/^[-+]?[0-9.]+$/.test(name)) return;
    const { text, column } = at(path);
    if (!Number.isNaN(Number(name)) && !/["']/.test(text[column - 1] ?? ''))
      problem(`the name of a ${kind} must be a string, not the number ${name}`, path, `quote it: '${name}'`);
  }
}

const mappingHint = (key: string): string =>
  key === 'vars' ? 'write variables as key: value' : `write each of the ${key} as "name:", without a dash`;

export const isMapping = (value: unknown): value is Mapping =>
  value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;

export function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return isMapping(value) ? 'a mapping' : `a ${typeof value}`;
}
