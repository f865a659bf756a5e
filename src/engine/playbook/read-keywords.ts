import { didYouMean } from '../suggest.ts';
import { readModuleDefaults } from './check-task.ts';
import { checkExpressions, checkTemplates } from './check-templates.ts';
import { KEYWORDS, type Keyword, keywordsOf, type Level } from './keywords.ts';
import { findModule, isStatement } from './module-name.ts';
import type { Keywords } from './scope.ts';
import type { SourceNode } from '../source.ts';
import { below, keyOf, type Mapping, type Session } from './session.ts';
import { isIdentifier, readValue } from './values.ts';

/** Reads the keywords of one level; keys that are no keyword there are left over. */
export function readKeywords(
  level: Level,
  value: Mapping,
  at: SourceNode,
  session: Session,
): { keywords: Keywords; rest: readonly string[] } {
  const keywords: Record<string, unknown> = {};
  const rest: string[] = [];
  for (const [name, given] of Object.entries(value)) {
    const keyword = Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined;
    if (!keyword?.on.includes(level)) {
      rest.push(name);
    } else if (keyword.refused !== undefined) {
      session.report('KEYWORD_UNSUPPORTED', `${name} is not supported`, keyOf(at, name), keyword.refused);
      session.openEnded = true;
    } else {
      const read = readValue(keyword.value, name, given, below(at, name), session);
      if (read !== undefined) keywords[name] = finish(name, keyword, given, read, below(at, name), session);
    }
  }
  return { keywords, rest };
}

/** What a keyword needs beyond its shape: its templates parse, and what it names is there. */
function finish(
  name: string,
  { value: kind }: Keyword,
  given: unknown,
  read: unknown,
  at: SourceNode,
  session: Session,
): unknown {
  if (kind === 'conditions') checkExpressions(given, at, session);
  else if (kind !== 'tasks' && kind !== 'any') checkTemplates(given, at, session);
  if (name === 'vars') defineVariables(read as Mapping, at, session);
  if (name === 'register') session.defined.add(read as string);
  if (name === 'module_defaults') return readModuleDefaults(read as Mapping, at, session);
  if (name === 'notify') {
    const single = !Array.isArray(given);
    for (const [index, handler] of (read as readonly string[]).entries())
      session.notify(handler, single ? at : below(at, index));
  }
  return read;
}

/** Notes the variables of a mapping, whose names must be such. */
export function defineVariables(vars: Mapping, at: SourceNode, session: Session): void {
  for (const name of Object.keys(vars)) {
    session.defined.add(name);
    if (!isIdentifier(name))
      session.report(
        'KEYWORD_VALUE',
        `${name} cannot be the name of a variable`,
        keyOf(at, name),
        'letters, digits and underscores, not beginning with a digit',
      );
  }
}

/** A key that means nothing where it stands. */
export function reportUnknownKey(level: Level, name: string, at: SourceNode, session: Session): void {
  const elsewhere = Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined;
  const callable = findModule(name, session) !== undefined || isStatement(name);
  const misplaced = elsewhere
    ? `a keyword of ${elsewhere.on.map((one) => `${one}s`).join(' and ')}`
    : undefined;
  const message =
    misplaced === undefined
      ? `a ${level} has no keyword ${name}`
      : `${name} is ${misplaced}, not of ${level}s`;
  const hints = {
    play: callable || misplaced ? 'tasks stand in the list under tasks:' : undefined,
    block: callable ? 'a block has no module of its own: put the task into the list' : undefined,
    task: name === 'import_playbook' ? 'it stands beside the plays, not inside one' : undefined,
    handler: undefined,
  };
  const hint = hints[level] ?? (misplaced ? undefined : didYouMean(name, keywordsOf(level)));
  session.report('KEYWORD_UNKNOWN', message, keyOf(at, name), hint);
}
