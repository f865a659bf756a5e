import type { TaskRef, TaskResult } from '../run/events.ts';
import { hostLog } from './problem.ts';
import { pythonJson } from './text.ts';

const VERBOSE_MODULES = ['debug', 'assert'];

/** Whether a result is printed without -v: what debug says is its purpose. */
export function isAlwaysVerbose(task: TaskRef, result: TaskResult): boolean {
  if (result.status === 'skipped' || result.error) return false;
  const asked = result.data._ansible_verbose_always;
  return typeof asked === 'boolean' ? asked : VERBOSE_MODULES.includes(task.module);
}

/** A result as Ansible's lines show it, as JSON: without what the line says already. */
export function formatData(task: TaskRef, result: TaskResult, verbosity: number): string {
  const hidden = new Set(['failed', 'skipped', 'results', 'exception']);
  if (verbosity < 3) for (const key of ['diff', 'invocation']) hidden.add(key);
  if (hostLog(result).length > 0) hidden.add('log');
  if (task.module === 'debug') for (const key of ['changed', 'invocation', 'skip_reason']) hidden.add(key);
  const debugMessage = task.module === 'debug' && 'msg' in result.data;
  const shown = Object.entries(result.data).filter(
    ([key]) => !hidden.has(key) && !key.startsWith('_ansible_') && (!debugMessage || key === 'msg'),
  );
  return pythonJson(Object.fromEntries(shown), isAlwaysVerbose(task, result) || verbosity > 2 ? 4 : 0);
}
