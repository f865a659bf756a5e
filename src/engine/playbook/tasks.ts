import { dirname, isAbsolute, join, normalize } from 'node:path';
import { locationOf, type SourceNode } from '../source.ts';
import { isTemplate } from '../template/types.ts';
import { commitTask, refuseCall, refuseElsewhere, refuseKeywords } from './atomic.ts';
import { readTaskParts, type TaskParts } from './call.ts';
import { KEYWORDS, STATEMENTS } from './keywords.ts';
import { shortName } from './module-name.ts';
import { readKeywords, reportUnknownKey } from './read-keywords.ts';
import { enter, inherited, type Scope } from './scope.ts';
import { below, describe, isMapping, keyOf, type Mapping, type Session } from './session.ts';
import { readTask } from './task.ts';
import type { Block, Handler, Task, TaskNode } from './types.ts';

/** Where a list of tasks stands: what its relative paths start from, and how it was reached. */
export interface Reading {
  readonly session: Session;
  readonly level: 'task' | 'handler';
  /** Directory of the playbook, the second place to look for files */
  readonly playbookDir: string;
  /** Files being imported, outermost first, to find circles */
  readonly files: readonly string[];
  /** Inside an atomic block */
  readonly atomic?: boolean;
}

/** Tasks and blocks of a list, imports put in their place. */
export function readTasks(
  value: unknown,
  at: SourceNode,
  scope: Scope,
  reading: Reading,
): readonly TaskNode[] {
  const { session } = reading;
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) {
    session.report(
      'PLAYBOOK_SHAPE',
      `tasks are a list, not ${describe(value)}`,
      locationOf(at),
      'begin each task with `- `',
    );
    return [];
  }
  return value.flatMap((item: unknown, index) => readNode(item, below(at, index), scope, reading));
}

function readNode(value: unknown, at: SourceNode, scope: Scope, reading: Reading): readonly TaskNode[] {
  const { session, level, atomic } = reading;
  if (!isMapping(value)) {
    session.report('PLAYBOOK_SHAPE', `a task is a mapping, not ${describe(value)}`, locationOf(at));
    return [];
  }
  if ('block' in value) return readBlock(value, at, scope, reading);
  const parts = readTaskParts(level, value, at, session);
  const { call } = parts;
  if (!call) return [];
  if (atomic) {
    refuseKeywords(value, at, session);
    refuseCall(call, at, session);
  }
  const statement = shortName(call.name);
  if (Object.hasOwn(STATEMENTS, statement)) {
    if (atomic) return [];
    const hint = STATEMENTS[statement];
    if (hint === undefined) return importTasks(parts, at, scope, reading);
    session.openEnded = true;
    session.report('KEYWORD_UNSUPPORTED', `${statement} is not supported`, keyOf(at, call.name), hint);
    return [];
  }
  const task = readTask(level, value, { ...parts, call }, at, scope, session);
  return task ? [task] : [];
}

function readBlock(value: Mapping, at: SourceNode, scope: Scope, reading: Reading): readonly TaskNode[] {
  const { session, level } = reading;
  const { keywords, rest } = readKeywords('block', value, at, session);
  for (const name of rest) reportUnknownKey('block', name, at, session);
  const inner = enter(scope, 'block', keywords, at);
  const atomic = keywords.atomic === true;
  if (reading.atomic) refuseKeywords(value, at, session);
  else if (atomic) refuseElsewhere(inner, value, at, session);
  const part = (name: string, within = reading) => readTasks(keywords[name], below(at, name), inner, within);
  const block: Block = {
    ...inherited(inner),
    kind: 'block',
    name: keywords.name as string | undefined,
    block: part('block', atomic ? { ...reading, atomic } : reading),
    commit: atomic ? commitTask(keywords, inner, at, session) : undefined,
    rescue: part('rescue'),
    always: part('always'),
    at,
  };
  if (level === 'task') return [block];
  for (const name of ['atomic', 'rescue', 'always'])
    if (name in keywords)
      session.report('KEYWORD_UNSUPPORTED', `${name} is not supported among handlers`, keyOf(at, name));
  return block.block;
}

/** Reads another file of tasks into this place; they inherit from the import as from a block. */
function importTasks(parts: TaskParts, at: SourceNode, scope: Scope, reading: Reading): readonly TaskNode[] {
  const { session, files } = reading;
  const call = parts.call!;
  const loop = parts.loops[0] ?? ('loop' in parts.keywords ? 'loop' : undefined);
  if (loop !== undefined)
    session.report(
      'KEYWORD_VALUE',
      'import_tasks cannot be in a loop',
      keyOf(at, loop),
      'put the loop on the tasks',
    );
  for (const name of Object.keys(parts.keywords).filter(isOfOneTask)) {
    const message = `${name} means nothing on import_tasks`;
    session.report('KEYWORD_UNSUPPORTED', message, keyOf(at, name), 'put it on the tasks in the file');
  }
  const named = isMapping(call.value) ? call.value.file : call.value;
  const namedAt = isMapping(call.value) ? locationOf(call.at, 'file') : locationOf(call.at);
  if (typeof named !== 'string' || named === '') {
    session.report('PARAM_MISSING', 'import_tasks needs the name of a file', namedAt);
    return [];
  }
  if (isTemplate(named)) {
    session.report(
      'KEYWORD_VALUE',
      'import_tasks reads its file before the run: the name cannot be a template',
      namedAt,
    );
    return [];
  }
  const file = findFile(named, at, reading);
  if (files.includes(file)) {
    session.report('PLAYBOOK_SHAPE', `${file} imports itself`, namedAt, [...files, file].join(' → '));
    return [];
  }
  const source = session.open(file, namedAt);
  if (!source) return [];
  const inner = enter(scope, reading.level, parts.keywords, at);
  return readTasks(source.value, { source, path: [] }, inner, { ...reading, files: [...files, file] });
}

/** Whether a keyword is about the one task it stands on; loops are told of apart. */
const isOfOneTask = (name: string) =>
  KEYWORDS[name]?.inner === undefined && !['name', 'loop', 'loop_control', 'action'].includes(name);

/** A file beside the one that names it, or beside the playbook. */
function findFile(named: string, at: SourceNode, { session, playbookDir }: Reading): string {
  if (isAbsolute(named)) return named;
  const beside = normalize(join(dirname(at.source.file), named));
  const besidePlaybook = normalize(join(playbookDir, named));
  return !session.exists(beside) && session.exists(besidePlaybook) ? besidePlaybook : beside;
}

/** Every task of a list, in document order, blocks opened. */
export function* eachTask(nodes: readonly TaskNode[]): Generator<Task> {
  for (const node of nodes) {
    if (node.kind === 'task') yield node;
    else for (const part of [node.block, node.rescue, node.always]) yield* eachTask(part);
  }
}

/** Handlers of a list: what readTasks gives for the level of handlers. */
export const onlyHandlers = (nodes: readonly TaskNode[]): readonly Handler[] =>
  nodes.filter((node): node is Handler => node.kind === 'task');
