import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** ansible-core from Debian is there to compare with. */
export const hasAnsible = existsSync('/usr/lib/python3/dist-packages/ansible/release.py');

export interface OracleQuestion {
  /** A task's tags, --tags and --skip-tags */
  readonly tags?: readonly (readonly [readonly string[], readonly string[], readonly string[]])[];
  /** A string of parameters, and whether it is that of `command` */
  readonly words?: readonly (readonly [string, boolean])[];
  /** Files to load, relative to this folder's corpus */
  readonly playbooks?: readonly string[];
}

export interface OracleAnswer {
  /** Whether the task runs */
  readonly tags: readonly boolean[];
  /** Parameters by name (`_raw_params` is the rest), or Ansible's error */
  readonly words: readonly (Readonly<Record<string, string>> | string)[];
  readonly playbooks: readonly (readonly Readonly<Record<string, unknown>>[])[];
}

/** What Ansible makes of it, in one Python process. */
export function askAnsible(question: OracleQuestion): OracleAnswer {
  const stdout = execFileSync('/usr/bin/python3', [join(import.meta.dirname, 'oracle.py')], {
    cwd: join(import.meta.dirname, 'corpus'),
    input: JSON.stringify(question),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return JSON.parse(stdout) as OracleAnswer;
}
