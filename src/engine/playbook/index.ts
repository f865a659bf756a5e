import { dirname, isAbsolute, join, normalize } from 'node:path';
import type { EngineError } from '../errors.ts';
import { locationOf, type SourceNode } from '../source.ts';
import { isTemplate } from '../template/types.ts';
import { checkExpressions, checkTemplates } from './check-templates.ts';
import { readPlay } from './play.ts';
import { inOrder, isSamePlace, isSilenced } from './problems.ts';
import { defineVariables, reportUnknownKey } from './read-keywords.ts';
import { EMPTY_SCOPE, enter, type Scope } from './scope.ts';
import {
  below,
  describe,
  isMapping,
  type LoadContext,
  type Mapping,
  type Session,
  startSession,
} from './session.ts';
import { unknownTags } from './tags.ts';
import type { Play, Playbook } from './types.ts';
import { readValue } from './values.ts';
import { checkVariables } from './variables.ts';

/**
 * Reads playbooks with everything they import, and checks all of it without any host. Nothing is thrown for a mistake
 * in a file: whatever is wrong is in `problems` (run nothing then), what is only suspicious in `warnings`; both in
 * order of file, line and column. Plays with problems are left out or incomplete.
 */
export function loadPlaybooks(
  files: readonly string[],
  context: LoadContext,
): { playbooks: Playbook[]; problems: EngineError[]; warnings: EngineError[] } {
  const session = startSession(context);
  const playbooks = files.map((file) => ({
    file,
    plays: readPlaybook(file, undefined, EMPTY_SCOPE, [], session),
  }));
  session.problems.push(...unknownTags(playbooks, context.askedTags ?? []));
  checkVariables(session, session);
  const problems = inOrder(session.problems);
  const warnings = inOrder(session.warnings).filter(
    (warning) =>
      !session.isSettled(warning) &&
      !isSilenced(warning) &&
      !problems.some((problem) => isSamePlace(problem, warning)),
  );
  return { playbooks, problems, warnings };
}

function readPlaybook(
  file: string,
  namedAt: SourceNode | undefined,
  scope: Scope,
  outer: readonly string[],
  session: Session,
): readonly Play[] {
  const location = namedAt && locationOf(namedAt);
  if (outer.includes(file)) {
    session.report('PLAYBOOK_SHAPE', `${file} imports itself`, location, [...outer, file].join(' → '));
    return [];
  }
  const source = session.open(file, location);
  if (!source) return [];
  const root: SourceNode = { source, path: [] };
  if (!Array.isArray(source.value)) {
    session.report(
      'PLAYBOOK_SHAPE',
      `a playbook is a list of plays, not ${describe(source.value)}`,
      locationOf(root),
      'begin each play with `- hosts: PATTERN`',
    );
    return [];
  }
  return source.value.flatMap((value: unknown, index) => {
    const at = below(root, index);
    if (!isMapping(value)) {
      session.report('PLAYBOOK_SHAPE', `a play is a mapping, not ${describe(value)}`, locationOf(at));
      return [];
    }
    const key = ['import_playbook', 'ansible.builtin.import_playbook'].find((name) => name in value);
    if (key !== undefined) return importPlaybook(key, value, at, scope, [...outer, file], session);
    return readPlay(value, at, scope, session) ?? [];
  });
}

const IMPORT_KEYWORDS = { name: 'text', vars: 'mapping', tags: 'words', when: 'conditions' } as const;

function importPlaybook(
  key: string,
  value: Mapping,
  at: SourceNode,
  scope: Scope,
  outer: readonly string[],
  session: Session,
): readonly Play[] {
  const keywords: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    if (name === key) continue;
    if (!Object.hasOwn(IMPORT_KEYWORDS, name)) {
      reportUnknownKey('play', name, at, session);
      continue;
    }
    const kind = IMPORT_KEYWORDS[name as keyof typeof IMPORT_KEYWORDS];
    const read = readValue(kind, name, given, below(at, name), session);
    if (read === undefined) continue;
    keywords[name] = read;
    if (name === 'when') checkExpressions(given, below(at, name), session);
    else checkTemplates(given, below(at, name), session);
    if (name === 'vars') defineVariables(read as Mapping, below(at, name), session);
  }
  const namedAt = below(at, key);
  const named = value[key];
  if (typeof named !== 'string' || named === '' || isTemplate(named)) {
    session.report(
      'KEYWORD_VALUE',
      `import_playbook needs the name of a file, not ${describe(named)}`,
      locationOf(namedAt),
    );
    return [];
  }
  const file = isAbsolute(named) ? named : normalize(join(dirname(at.source.file), named));
  return readPlaybook(file, namedAt, enter(scope, 'task', keywords, at), outer, session);
}
