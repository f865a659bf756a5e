import { renderProblem } from '../code-frame.ts';
import { EngineError } from '../errors.ts';
import type { TaskRef, TaskResult } from '../run/events.ts';
import { escapeControls } from '../transport/escape.ts';
import { oneLine } from './text.ts';

/** Why a task failed, with its code, the place in the playbook and a hint; undefined when there is nothing to say. */
export function formatTaskError(task: TaskRef, { error }: TaskResult): string | undefined {
  if (!error) return undefined;
  const location = error.location ?? task.location;
  return escapeControls(
    renderProblem(new EngineError(error.code, error.message, { hint: error.hint, location })),
  );
}

/** Last lines of the host's own log about a failure. */
export function hostLog({ error, data: { log } }: TaskResult): string[] {
  return error && Array.isArray(log) ? log.map((line) => oneLine(String(line))) : [];
}

/** A task's place: `site.yml:7`. */
export const taskPath = ({ location }: TaskRef): string => `${location.file}:${location.line}`;
