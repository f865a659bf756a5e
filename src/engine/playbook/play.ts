import { dirname, isAbsolute, join, normalize } from 'node:path';
import { locationOf, type SourceNode } from '../source.ts';
import { isTemplate } from '../template/types.ts';
import { checkTemplates } from './check-templates.ts';
import { checkNotifications } from './notifications.ts';
import { defineVariables, readKeywords, reportUnknownKey } from './read-keywords.ts';
import { enter, inherited, type Scope } from './scope.ts';
import { below, describe, isMapping, type Mapping, type Session } from './session.ts';
import { onlyHandlers, readTasks } from './tasks.ts';
import type { Play } from './types.ts';

/** One play. `scope` is what an import_playbook gives it. */
export function readPlay(value: Mapping, at: SourceNode, scope: Scope, session: Session): Play | undefined {
  const { keywords, rest } = readKeywords('play', value, at, session);
  for (const name of rest) reportUnknownKey('play', name, at, session);
  if (!('hosts' in value)) {
    session.report(
      'PLAYBOOK_SHAPE',
      'a play needs hosts',
      locationOf(at),
      'add `hosts: PATTERN`, such as `hosts: all`',
    );
  }
  const inner = enter(scope, 'play', keywords, at);
  const file = at.source.file;
  // Variables of a play rank below facts and registered ones, those of blocks and tasks above: they stay apart.
  const tasksScope: Scope = { ...inner, vars: [] };
  const section = (name: string, level: 'task' | 'handler' = 'task') =>
    readTasks(keywords[name], below(at, name), tasksScope, {
      session,
      level,
      playbookDir: dirname(file),
      files: [file],
    });
  const sections = [section('pre_tasks'), section('tasks'), section('post_tasks')];
  const handlers = onlyHandlers(section('handlers', 'handler'));
  checkNotifications(handlers, session);
  const varsFiles = readVarsFiles(value.vars_files, keywords.vars_files, below(at, 'vars_files'));
  for (const { file: named, at: namedAt } of varsFiles) checkVarsFile(named, namedAt, session);
  const hosts = (keywords.hosts ?? []) as readonly string[];
  return {
    ...inherited(inner),
    name: keywords.name as string | undefined,
    hosts: hosts.length === 1 ? hosts[0] : hosts,
    order: (keywords.order ?? 'inventory') as Play['order'],
    serial: (keywords.serial ?? []) as readonly unknown[],
    strategy: (keywords.strategy ?? 'linear') as Play['strategy'],
    maxFailPercentage: keywords.max_fail_percentage,
    gatherFacts: keywords.gather_facts,
    varsFiles,
    forceHandlers: keywords.force_handlers,
    sections,
    handlers,
    at,
  };
}

function readVarsFiles(written: unknown, files: unknown, at: SourceNode): Play['varsFiles'] {
  const single = !Array.isArray(written);
  return ((files ?? []) as readonly unknown[]).map((file, index) => ({
    file,
    at: single ? at : below(at, index),
  }));
}

/** A file of variables whose name is known before the run must be there; of a list, the first that is. */
function checkVarsFile(named: unknown, at: SourceNode, session: Session): void {
  const names = Array.isArray(named) ? (named as readonly string[]) : [named as string];
  session.openEnded ||= names.some(isTemplate);
  if (names.some(isTemplate)) return;
  const files = names.map((name) =>
    isAbsolute(name) ? name : normalize(join(dirname(at.source.file), name)),
  );
  const file = files.find((one) => session.exists(one));
  if (file === undefined) {
    const list = files.join(' or ');
    session.report('FILE_MISSING', `there is no file ${list}`, locationOf(at));
    return;
  }
  const source = session.open(file, locationOf(at));
  session.openEnded ||= !source || !isMapping(source.value);
  if (!source || source.value === null) return;
  if (isMapping(source.value)) {
    const root = { source, path: [] };
    checkTemplates(source.value, root, session);
    defineVariables(source.value, root, session);
  } else
    session.report(
      'PLAYBOOK_SHAPE',
      `a file of variables is a mapping, not ${describe(source.value)}`,
      locationOf({ source, path: [] }),
    );
}
