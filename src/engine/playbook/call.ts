import { locationOf, type SourceNode } from '../source.ts';
import { parseAssignments } from './free-form.ts';
import { KEYWORDS, type Level, LOOPS } from './keywords.ts';
import { reportUnknownLoop } from './loop.ts';
import { findModule, isStatement, looksLikeModule, nearest } from './module-name.ts';
import { readKeywords, reportUnknownKey } from './read-keywords.ts';
import type { Keywords } from './scope.ts';
import { below, describe, isMapping, keyOf, type Mapping, type Session } from './session.ts';

/** What a task calls, and with what. */
export interface Call {
  /** As written: `ansible.builtin.command`; the name of a module or of a statement such as import_tasks */
  readonly name: string;
  readonly value: unknown;
  readonly at: SourceNode;
  /** `local_action` runs on the controller */
  readonly local: boolean;
}

/** The keys of a task, told apart. */
export interface TaskParts {
  readonly keywords: Keywords;
  /** Keys that begin with `with_` */
  readonly loops: readonly string[];
  /** Undefined (and reported) when the task calls nothing */
  readonly call: Call | undefined;
}

/** Tells a task's keywords, loop and module apart; reports keys that are none of them. */
export function readTaskParts(
  level: 'task' | 'handler',
  value: Mapping,
  at: SourceNode,
  session: Session,
): TaskParts {
  const { keywords, rest } = readKeywords(level, value, at, session);
  const { loops, modules, unknown } = sortKeys(rest, at, session);
  const callOf = (name: string): Call => ({ name, value: value[name], at: below(at, name), local: false });

  const actions = ['action', 'local_action'].filter((name) => name in keywords);
  const calls = [
    ...modules.map(callOf),
    ...actions.map((name) => readAction(name, keywords[name], below(at, name), session)),
  ];
  if (calls.length === 0) {
    const candidates = unknown.filter((name) => mayBeModule(name, level, session));
    const likely = candidates.find((name) => isMapping(value[name])) ?? candidates[0];
    if (likely !== undefined) calls.push(callOf(unknown.splice(unknown.indexOf(likely), 1)[0]!));
  }
  for (const name of unknown) reportUnknownKey(level, name, at, session);
  if (calls.length === 0 && !unknown.some(isMisplaced)) {
    const hint = '`wirebook doc` lists the modules';
    session.report('MODULE_MISSING', 'this task names no module', locationOf(at), hint);
  }
  const [call, ...others] = calls;
  for (const other of others) if (call && other) reportConflict(call, other, at, session);
  return { keywords, loops, call };
}

function sortKeys(keys: readonly string[], at: SourceNode, session: Session) {
  const loops: string[] = [];
  const modules: string[] = [];
  const unknown: string[] = [];
  for (const name of keys) {
    if (name.startsWith('with_')) {
      if (LOOPS.includes(name.slice('with_'.length))) loops.push(name);
      else reportUnknownLoop(name, at, session);
    } else if (findModule(name, session) || isStatement(name) || looksLikeModule(name)) {
      modules.push(name);
    } else {
      unknown.push(name);
    }
  }
  return { loops, modules, unknown };
}

/** Where no module is known: a key that is not clearly a misspelt or misplaced keyword is taken for one. */
const mayBeModule = (name: string, level: Level, session: Session) =>
  !isMisplaced(name) && nearest(name, level, session) !== 'keyword';

/** Whether a key means something elsewhere, and so is no misspelt module. */
const isMisplaced = (name: string) => Object.hasOwn(KEYWORDS, name) || name === 'import_playbook';

function reportConflict(call: Call, other: Call, at: SourceNode, session: Session): void {
  const message = `a task has one module; this one has ${call.name} and ${other.name}`;
  const key = other.at.path.at(-1) as string;
  session.report('MODULE_CONFLICT', message, keyOf(at, key), 'begin a new task with `- `');
}

/** `action: MODULE text`, or `action: {module: MODULE, …}`. */
function readAction(keyword: string, value: unknown, at: SourceNode, session: Session): Call | undefined {
  const local = keyword === 'local_action';
  if (typeof value === 'string') {
    const [, first, text] = /^\s*(\S+)\s*([\s\S]*)$/.exec(value) ?? [];
    if (first !== undefined) {
      const [assignment] = parseAssignments(first).assignments;
      return { name: assignment?.key === 'module' ? assignment.value : first, value: text, at, local };
    }
  }
  if (isMapping(value) && typeof value.module === 'string') {
    const { module: name, ...args } = value;
    return { name: name as string, value: args, at, local };
  }
  const message = `${keyword} must name a module, not ${describe(value)}`;
  session.report('KEYWORD_VALUE', message, locationOf(at), `${keyword}: {module: NAME, …}`);
  return undefined;
}
