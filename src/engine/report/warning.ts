import type { RunEvent } from '../run/events.ts';
import { oneLine } from './text.ts';

/** A warning of the run on one line: where, which host, what. */
export function formatWarning(event: Extract<RunEvent, { type: 'warning' }>): string {
  const { host, location, message } = event;
  const at = location ? `${location.file}:${location.line}:${location.column}: ` : '';
  return oneLine(`${at}${host === undefined ? '' : `[${host}] `}${message}`);
}
