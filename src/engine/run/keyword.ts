import type { Task } from '../playbook/types.ts';
import type { Location } from '../source.ts';
import { isTemplate, type Variables } from '../template/types.ts';
import type { RunOptions } from './options.ts';

/** The value of a task's keyword for one host. */
export function renderKeyword(
  value: unknown,
  task: Task,
  variables: Variables,
  options: RunOptions,
): unknown {
  return isTemplate(value) ? options.templar.render(value, variables, task.at) : value;
}

export const positionOf = ({ file, line, column }: Location): string => `${file}:${line}:${column}`;
