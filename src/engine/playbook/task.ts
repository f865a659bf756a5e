import type { AnyModule } from '../module.ts';
import { locationOf, type SourceNode } from '../source.ts';
import { type Arguments, readArguments } from './arguments.ts';
import { checkTask } from './check-task.ts';
import { parseAssignments } from './free-form.ts';
import { KEYWORDS, type Level, LOOPS } from './keywords.ts';
import { readLoop, reportUnknownLoop } from './loop.ts';
import { findModule, isStatement, looksLikeModule, moduleHint, nearest, shortName } from './module-name.ts';
import { readKeywords, reportUnknownKey } from './read-keywords.ts';
import { enter, inherited, type Keywords, type Scope } from './scope.ts';
import { below, describe, isMapping, keyOf, type Mapping, type Session } from './session.ts';
import type { Condition, Handler, Task } from './types.ts';

/** What a task calls, and with what. */
interface Call {
  readonly name: string;
  readonly value: unknown;
  readonly at: SourceNode;
  /** `local_action` runs on the controller */
  readonly local: boolean;
}

/** A key of a task that calls a module or a statement such as import_tasks, with everything else that was read. */
export interface TaskParts {
  readonly keywords: Keywords;
  readonly loops: readonly string[];
  readonly call: Call | undefined;
}

/** Sorts the keys of a task into keywords, loop and module; reports what is none of them. */
export function readTaskParts(level: Level, value: Mapping, at: SourceNode, session: Session): TaskParts {
  const { keywords, rest } = readKeywords(level, value, at, session);
  const loops: string[] = [];
  const calls: Call[] = [];
  const unknown: string[] = [];
  for (const name of rest) {
    if (name.startsWith('with_')) {
      if (LOOPS.includes(name.slice('with_'.length))) loops.push(name);
      else reportUnknownLoop(name, at, session);
    } else if (findModule(name, session) || isStatement(name) || looksLikeModule(name)) {
      calls.push({ name, value: value[name], at: below(at, name), local: false });
    } else {
      unknown.push(name);
    }
  }
  for (const name of ['action', 'local_action'] as const) {
    if (!(name in keywords)) continue;
    const call = readAction(name, keywords[name], below(at, name), session);
    if (call) calls.push(call);
    else return reportUnknown(unknown, level, at, session, { keywords, loops, call: undefined });
  }

  // Of several unknown keys the first that is not clearly a misspelt keyword is taken for the module.
  if (calls.length === 0) {
    const index = unknown.findIndex(
      (name) => !(name in KEYWORDS) && nearest(name, level, session) !== 'keyword',
    );
    const [name] = index < 0 ? [] : unknown.splice(index, 1);
    if (name !== undefined) calls.push({ name, value: value[name], at: below(at, name), local: false });
    else
      session.report(
        'MODULE_MISSING',
        'this task names no module',
        locationOf(at),
        '`wirebook doc` lists the modules',
      );
  }
  const [call, ...others] = calls;
  for (const other of others)
    session.report(
      'MODULE_CONFLICT',
      `a task has one module; this one has ${call!.name} and ${other.name}`,
      keyOf(at, other.at.path.at(-1) as string),
      'begin a new task with `- `',
    );
  return reportUnknown(unknown, level, at, session, { keywords, loops, call });
}

function reportUnknown(
  names: readonly string[],
  level: Level,
  at: SourceNode,
  session: Session,
  parts: TaskParts,
): TaskParts {
  for (const name of names) reportUnknownKey(level, name, at, session);
  return parts;
}

/** `action: MODULE text`, or `action: {module: MODULE, …}`. */
function readAction(keyword: string, value: unknown, at: SourceNode, session: Session): Call | undefined {
  const local = keyword === 'local_action';
  if (typeof value === 'string') {
    const [, name, text] = /^\s*(\S+)\s*([\s\S]*)$/.exec(value) ?? [];
    if (name !== undefined && text !== undefined) {
      const { assignments } = parseAssignments(name);
      if (assignments[0]?.key === 'module') return { name: assignments[0].value, value: text, at, local };
      return { name, value: text, at, local };
    }
  }
  if (isMapping(value) && typeof value.module === 'string') {
    const { module, ...args } = value;
    return { name: module as string, value: args, at, local };
  }
  session.report(
    'KEYWORD_VALUE',
    `${keyword} must name a module, not ${describe(value)}`,
    locationOf(at),
    `${keyword}: {module: NAME, …}`,
  );
  return undefined;
}

/** A task that calls a module. Undefined (and reported) if there is nothing to run. */
export function buildTask(
  level: 'task' | 'handler',
  value: Mapping,
  parts: TaskParts & { readonly call: Call },
  at: SourceNode,
  scope: Scope,
  session: Session,
): Task | Handler | undefined {
  const { keywords, call } = parts;
  const inner = enter(scope, level, keywords, at);
  const loop = readLoop(keywords, value, parts.loops, at, session);
  const module = findModule(call.name, session);
  if (!module) {
    reportUnknownModule(call, at, session);
    return undefined;
  }
  const read = readTaskArguments(module, call, keywords, at, session);
  if (!read) return undefined;

  const condition = (name: string): Condition | undefined =>
    name in keywords ? { expression: keywords[name], at: below(at, name) } : undefined;
  const task: Task = {
    ...inherited(inner),
    ...(call.local ? { delegateTo: 'localhost' } : {}),
    kind: 'task',
    id: session.nextId(),
    name: keywords.name as string | undefined,
    module: module.name,
    args: read.args,
    argsAt: read.at,
    loop,
    until: condition('until'),
    retries: keywords.retries,
    delay: keywords.delay,
    register: keywords.register as string | undefined,
    changedWhen: condition('changed_when'),
    failedWhen: condition('failed_when'),
    notify: inner.notify,
    delegateFacts: inner.delegateFacts,
    at,
  };
  const whole: Task | Handler =
    level === 'handler' ? { ...task, listen: (keywords.listen ?? []) as readonly string[] } : task;
  return checkTask(whole, module, session);
}

function readTaskArguments(
  module: AnyModule,
  call: Call,
  keywords: Keywords,
  at: SourceNode,
  session: Session,
): Arguments | undefined {
  const more = 'args' in keywords ? { value: keywords.args, at: below(at, 'args') } : undefined;
  return readArguments(module, call.value, call.at, more, session);
}

function reportUnknownModule(call: Call, at: SourceNode, session: Session): void {
  session.openEnded = true;
  const key = call.at.path.at(-1) as string;
  const location = key === call.name ? keyOf(at, key) : locationOf(call.at);
  session.report(
    'MODULE_UNKNOWN',
    `there is no module ${shortName(call.name)}`,
    location,
    moduleHint(call.name, session),
  );
}
