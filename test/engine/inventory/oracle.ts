import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PYTHON = '/usr/bin/python3';
const script = fileURLToPath(new URL('oracle.py', import.meta.url));

/** ansible-core from Debian is there to compare with. */
export const hasAnsible = existsSync('/usr/lib/python3/dist-packages/ansible/release.py');

export interface OracleQuestion {
  readonly listings?: readonly (readonly string[])[];
  readonly sources?: readonly string[];
  /** Pattern and limit */
  readonly patterns?: readonly (readonly [string, string | null])[];
  readonly literals?: readonly string[];
}

export interface OracleAnswer {
  readonly listings: readonly { readonly status: number; readonly stdout: string }[];
  /** Host names, or Ansible's error */
  readonly patterns: readonly (readonly string[] | string)[];
  readonly literals: readonly unknown[];
}

/** What Ansible makes of it, in one Python process. */
export function askAnsible(question: OracleQuestion, cwd: string): OracleAnswer {
  const stdout = execFileSync(PYTHON, [script], {
    cwd,
    input: JSON.stringify(question),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return JSON.parse(stdout) as OracleAnswer;
}
