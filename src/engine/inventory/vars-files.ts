import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { EngineError } from '../errors.ts';
import { readYaml } from '../source.ts';
import { type Reading, syntaxProblem } from './problem.ts';
import { isMapping, kindOf } from './yaml.ts';

export type VarsFolder = 'group_vars' | 'host_vars';
type Values = Readonly<Record<string, unknown>>;

/** In this order; the first that is there counts, and may be a directory only without an extension or as named */
const EXTENSIONS = ['', '.yml', '.yaml', '.json'];

/** The group_vars and host_vars beside an inventory or a playbook. Each file is read once. */
export class VarsFiles {
  readonly #folders = new Map<string, { path: string; names: ReadonlySet<string> }>();
  readonly #values = new Map<string, Values>();

  /** Variables that the files in `directory` give a group or host; mistakes go to `reading` */
  read(
    directory: string,
    folder: VarsFolder,
    name: string,
    reading: Pick<Reading, 'problems' | 'warnings'>,
  ): Values {
    const { path, names } = this.#list(join(directory, folder));
    const extension = EXTENSIONS.find((ending) => names.has(name + ending));
    if (extension === undefined) return {};
    const found = join(path, name + extension);
    let values = this.#values.get(found);
    if (!values) {
      values = {};
      for (const file of varsFilesAt(found)) values = { ...values, ...readVarsFile(file, reading) };
      this.#values.set(found, values);
    }
    return values;
  }

  #list(directory: string): { path: string; names: ReadonlySet<string> } {
    let known = this.#folders.get(directory);
    if (!known) {
      known = { path: directory, names: new Set() };
      if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
        const path = realpathSync(directory);
        known = { path, names: new Set(readdirSync(path)) };
      }
      this.#folders.set(directory, known);
    }
    return known;
  }
}

function varsFilesAt(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
    .flatMap((name) => {
      const inner = join(path, name);
      const extension = extname(name);
      if (statSync(inner, { throwIfNoEntry: false })?.isDirectory())
        return extension === '' ? varsFilesAt(inner) : [];
      return EXTENSIONS.includes(extension) ? [inner] : [];
    });
}

function readVarsFile(file: string, { problems, warnings }: Pick<Reading, 'problems' | 'warnings'>): Values {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    problems.push(new EngineError('FILE_READ', `${file} cannot be read`, { cause: error }));
    return {};
  }
  const source = readYaml(file, text);
  problems.push(...source.problems);
  warnings.push(...source.surprises);
  if (isMapping(source.value)) return source.value;
  if (source.value !== undefined && source.value !== null) {
    const message = `a file of variables is a mapping, not ${kindOf(source.value)}`;
    problems.push(syntaxProblem(message, source.locate([]), 'write variables as key: value'));
  }
  return {};
}
