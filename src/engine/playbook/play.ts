import { dirname } from 'node:path';
import { locationOf, type SourceNode } from '../source.ts';
import { isTemplate } from '../template/types.ts';
import { readKeywords, reportUnknownKey } from './read-keywords.ts';
import { enter, inherited, type Scope } from './scope.ts';
import { below, type Mapping, type Session } from './session.ts';
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
    varsFiles: readVarsFiles(value.vars_files, keywords.vars_files, below(at, 'vars_files')),
    forceHandlers: keywords.force_handlers,
    sections: [section('pre_tasks'), section('tasks'), section('post_tasks')],
    handlers: onlyHandlers(section('handlers', 'handler')),
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

/** Names of files that can be known before the run. */
export const isLiteral = (file: unknown): file is string => typeof file === 'string' && !isTemplate(file);
