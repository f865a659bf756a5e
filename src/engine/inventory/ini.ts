import { didYouMean } from '../suggest.ts';
import type { Location } from '../source.ts';
import { expandHost } from './host-range.ts';
import type { GroupNode } from './model.ts';
import { addChildAt, type Reading, syntaxProblem } from './problem.ts';
import { readPythonLiteral } from './python-literal.ts';
import { splitWords, type Word } from './words.ts';

type Section = 'hosts' | 'children' | 'vars';

/** Reads an INI inventory; mistakes go to `reading.problems`, all of them. */
export function readIni(file: string, text: string, reading: Reading): void {
  new IniReader(file, reading).read(text);
}

class IniReader {
  readonly #file: string;
  readonly #reading: Reading;
  #group: GroupNode;
  #section: Section = 'hosts';
  /** Groups that a [g] or [g:children] of this file, or another source, declares */
  readonly #declared: Set<string>;
  /** Groups that are only spoken of, and where first */
  readonly #mentioned = new Map<string, Location>();
  #line = '';
  #number = 0;

  constructor(file: string, reading: Reading) {
    this.#file = file;
    this.#reading = reading;
    this.#group = reading.model.addGroup('ungrouped');
    this.#declared = new Set(reading.model.groups.keys());
  }

  read(text: string): void {
    for (const line of text.split(/\r\n|[\n\r\v\f]/)) {
      this.#number++;
      this.#line = line;
      const trimmed = line.trim();
      if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
      if (trimmed.startsWith('[') && this.#header(trimmed)) continue;
      if (this.#section === 'hosts') this.#hosts();
      else if (this.#section === 'vars') this.#variable(trimmed);
      else this.#child(trimmed);
    }
    for (const [name, location] of this.#mentioned) {
      if (this.#declared.has(name)) continue;
      this.#reading.problems.push(
        syntaxProblem(
          `group ${name} is not defined`,
          location,
          didYouMean(name, this.#declared) ?? `define it with a section [${name}]`,
        ),
      );
    }
  }

  /** A section header; false when the line is a host whose name begins with a bracket, such as [::1]:22. */
  #header(trimmed: string): boolean {
    const match = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(trimmed);
    if (!match) {
      if (!/^\[[^\]]*\]\s*(?:#.*)?$/.test(trimmed)) return false;
      this.#problem('a section is [group], [group:vars] or [group:children], without spaces', trimmed);
      return true;
    }
    const [, name = '', section = 'hosts'] = match;
    this.#group = this.#reading.model.addGroup(name);
    if (section !== 'hosts' && section !== 'children' && section !== 'vars') {
      const known = didYouMean(section, ['hosts', 'children', 'vars']);
      this.#problem(
        `section [${name}:${section}] is of no known kind`,
        section,
        known ?? 'use vars or children',
      );
      this.#section = 'hosts';
      return true;
    }
    this.#section = section;
    if (section === 'vars') this.#mention(name, this.#at(name));
    else this.#declared.add(name);
    return true;
  }

  #hosts(): void {
    let words: Word[];
    try {
      words = splitWords(this.#line);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#problem(error.message, this.#line.trim(), 'quotes must be closed on the same line');
      return;
    }
    const [host, ...assignments] = words;
    if (!host) return;
    if (host.text === '---') {
      this.#problem('--- begins YAML, but this file is read as INI', '---', 'name the file .yml');
      return;
    }
    const variables: [string, unknown][] = [];
    for (const word of assignments) {
      const equals = word.text.indexOf('=');
      if (equals > 0)
        variables.push([word.text.slice(0, equals), readPythonLiteral(word.text.slice(equals + 1))]);
      else
        this.#reading.problems.push(
          syntaxProblem(
            `${word.text} is not key=value`,
            this.#location(word.start, word.end),
            'one host a line, then its variables as key=value; quote values with spaces',
          ),
        );
    }
    this.#addHosts(host, variables);
  }

  #addHosts(word: Word, variables: readonly [string, unknown][]): void {
    try {
      const { names, port } = expandHost(word.text);
      for (const name of names) {
        const host = this.#reading.model.addHost(name, this.#group, this.#file, port);
        for (const [key, value] of variables) host.vars.set(key, value);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const at = this.#location(word.start, word.end);
      this.#reading.problems.push(syntaxProblem(`${word.text}: ${error.message}`, at));
    }
  }

  #variable(trimmed: string): void {
    const equals = trimmed.indexOf('=');
    if (equals < 0) {
      this.#problem(
        `${trimmed} is not key=value`,
        trimmed,
        `[${this.#group.name}:vars] has one key=value a line`,
      );
      return;
    }
    const value = readPythonLiteral(trimmed.slice(equals + 1).trim());
    this.#reading.model.setGroupVariable(this.#group, trimmed.slice(0, equals).trim(), value);
  }

  #child(trimmed: string): void {
    const name = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(trimmed)?.[1];
    if (name === undefined) {
      this.#problem(`${trimmed} is not a group name`, trimmed, 'one group a line, without variables');
      return;
    }
    const location = this.#at(name);
    this.#mention(name, location);
    addChildAt(this.#reading, this.#group, this.#reading.model.addGroup(name), location);
  }

  #mention(name: string, location: Location): void {
    if (!this.#mentioned.has(name)) this.#mentioned.set(name, location);
  }

  #problem(message: string, marked: string, hint?: string): void {
    this.#reading.problems.push(syntaxProblem(message, this.#at(marked), hint));
  }

  #at(marked: string): Location {
    const start = Math.max(0, this.#line.indexOf(marked));
    return this.#location(start, start + marked.length);
  }

  #location(start: number, end: number): Location {
    const length = Math.max(1, end - start);
    return { file: this.#file, line: this.#number, column: start + 1, length, text: this.#line };
  }
}
