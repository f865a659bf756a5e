import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { EngineError } from '../errors.ts';
import { readYaml, VAULT_HEADER } from '../source.ts';
import { expandHost } from './host-range.ts';
import { readIni } from './ini.ts';
import { type Reading, syntaxProblem } from './problem.ts';
import { readScript } from './script.ts';
import { readYamlInventory } from './yaml.ts';

/** What a directory of inventories may hold besides: Ansible's list. */
const ignored =
  /^\.|^host_vars$|^group_vars$|^vars_plugins$|(?:\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.ini|\.cfg|\.retry)$/;

/** Whether a source is a list on the command line (`host1,host2,`) rather than a path. */
export const isHostList = (source: string, cwd: string): boolean =>
  source.includes(',') && !existsSync(resolve(cwd, source));

/** Reads one `-i`: a list, a file, an executable, or a directory of those. */
export async function readSource(source: string, reading: Reading, cwd: string): Promise<void> {
  if (isHostList(source, cwd)) readHostList(source, reading);
  else await readPath(resolve(cwd, source), reading, cwd);
}

async function readPath(path: string, reading: Reading, cwd: string): Promise<void> {
  try {
    if (statSync(path).isDirectory()) {
      const names = readdirSync(path).sort();
      for (const name of names) if (!ignored.test(name)) await readPath(join(path, name), reading, cwd);
    } else {
      await readFile(path, reading, cwd);
    }
  } catch (error) {
    reading.problems.push(unreadable(path, error));
  }
}

async function readFile(path: string, reading: Reading, cwd: string): Promise<void> {
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  if (text.startsWith(VAULT_HEADER)) reading.problems.push(...readYaml(path, text).problems);
  else if (/^#!|^\x7fELF/.test(text) && (text[0] !== '#' || !looksLikeYaml(path, text))) {
    if (isExecutable(path)) await readScript(path, reading, cwd);
    else
      reading.problems.push(
        syntaxProblem(
          `${path} is a program that may not be executed`,
          undefined,
          `chmod +x ${basename(path)}`,
        ),
      );
  } else if (looksLikeYaml(path, text)) {
    const yaml = readYaml(path, text);
    reading.problems.push(...yaml.problems);
    reading.warnings.push(...yaml.surprises);
    readYamlInventory(yaml, reading);
  } else {
    readIni(path, text, reading);
  }
}

/** Ansible tries YAML, then INI; here the name decides, or the first line that says something. */
function looksLikeYaml(path: string, text: string): boolean {
  const extension = extname(path);
  if (extension !== '') return ['.yml', '.yaml', '.json'].includes(extension);
  const first = text.split('\n').find((line) => !/^\s*(?:#|;|$)/.test(line)) ?? '';
  return /^(?:---|%YAML|\s*\{|(?:"[^"]*"|'[^']*'|[^\s=[]+)\s*:(?:\s|$))/.test(first);
}

function readHostList(list: string, reading: Reading): void {
  const ungrouped = reading.model.addGroup('ungrouped');
  for (const item of list.split(',').map((part) => part.trim())) {
    if (item === '') continue;
    try {
      const { names, port } = expandHost(item);
      for (const name of names) reading.model.addHost(name, ungrouped, list, port);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      reading.problems.push(syntaxProblem(`-i ${list}: ${item}: ${error.message}`, undefined));
    }
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function unreadable(path: string, error: unknown): EngineError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) throw error;
  if (code === 'ENOENT') {
    return new EngineError('FILE_READ', `there is no inventory ${path}`, {
      hint: 'a list of hosts on the command line ends with a comma: -i host1,',
    });
  }
  return new EngineError('FILE_READ', `${path} cannot be read (${code})`, { cause: error });
}
