import { readFileSync } from 'node:fs';
import { EngineError, SourceErrors } from '../engine/errors.ts';
import { merge } from '../engine/merge.ts';
import { parseAssignments } from '../engine/playbook/free-form.ts';
import { readYaml } from '../engine/source.ts';

/** `-e k=v k2=v2`, `-e '{"k": 1}'`, `-e @file`: later ones win. @throws EngineError, SourceErrors */
export function readExtraVars(given: readonly string[]): Record<string, unknown> {
  return merge(given.map(readOne));
}

function readOne(text: string): Record<string, unknown> {
  if (text.startsWith('@')) return readVarsFile(text.slice(1));
  if (/^\s*[{[]/.test(text)) return mapping('--extra-vars', text);
  const { assignments, stray } = parseAssignments(text);
  if (stray !== undefined) {
    throw new EngineError('USAGE', `--extra-vars: ${stray} is not name=value`, {
      hint: 'quote a value with spaces: -e \'name="two words"\', or use JSON or @file',
    });
  }
  return Object.fromEntries(assignments.map(({ key, value }) => [key, value]));
}

/** A YAML or JSON file that holds a mapping of variables. @throws EngineError FILE_READ, SourceErrors */
export function readVarsFile(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read: ${message}`;
    throw new EngineError('FILE_READ', why, { cause });
  }
  if (text.startsWith('$ANSIBLE_VAULT;')) {
    throw new EngineError('VAULT', `${file} is encrypted with Ansible Vault, which Wirebook cannot read yet`);
  }
  return mapping(file, text);
}

function mapping(file: string, text: string): Record<string, unknown> {
  const source = readYaml(file, text);
  if (source.problems.length > 0) throw new SourceErrors(source.problems);
  if (source.value === null || source.value === undefined) return {};
  if (typeof source.value !== 'object' || Array.isArray(source.value)) {
    throw new EngineError('INVENTORY_SYNTAX', 'variables are a mapping of names to values', {
      location: source.locate([]),
    });
  }
  return source.value as Record<string, unknown>;
}
