import { didYouMean } from '../suggest.ts';
import { KEYWORDS, keywordsOf, type Level } from './keywords.ts';
import type { Keywords } from './scope.ts';
import type { SourceNode } from '../source.ts';
import { below, keyOf, type Mapping, type Session } from './session.ts';
import { readValue } from './values.ts';

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
    } else {
      const read = readValue(keyword.value, name, given, below(at, name), session);
      if (read !== undefined) keywords[name] = read;
    }
  }
  return { keywords, rest };
}

/** A key that means nothing where it stands. */
export function reportUnknownKey(level: Level, name: string, at: SourceNode, session: Session): void {
  const elsewhere = Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined;
  if (elsewhere) {
    const places = [...new Set(elsewhere.on)].map((place) => `${place}s`).join(' and ');
    session.report(
      'KEYWORD_UNKNOWN',
      `${name} is a keyword of ${places}, not of ${level}s`,
      keyOf(at, name),
      level === 'play' ? 'tasks stand in the list under tasks:' : undefined,
    );
    return;
  }
  session.report(
    'KEYWORD_UNKNOWN',
    `a ${level} has no keyword ${name}`,
    keyOf(at, name),
    didYouMean(name, keywordsOf(level)),
  );
}
