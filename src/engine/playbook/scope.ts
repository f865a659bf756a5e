import type { SourceNode } from '../source.ts';
import { KEYWORDS, type Level } from './keywords.ts';
import { below, isMapping, type Mapping } from './session.ts';
import type { Condition, Inherited } from './types.ts';

/** What a task gets from around it: from its play, its blocks, and the imports it came through. */
export interface Scope extends Inherited {
  readonly notify: readonly string[];
  readonly delegateFacts?: unknown;
}

export const EMPTY_SCOPE: Scope = {
  vars: [],
  environment: [],
  tags: [],
  when: [],
  moduleDefaults: [],
  notify: [],
};

/** Values of the keywords at one level, by keyword. */
export type Keywords = Readonly<Record<string, unknown>>;

/** The scope inside something that has these keywords. */
export function enter(outer: Scope, level: Level, keywords: Keywords, at: SourceNode): Scope {
  const replaced: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(keywords)) {
    if (KEYWORDS[name]?.inner === 'replaces' && KEYWORDS[name].on.includes(level))
      replaced[camelCase(name)] = value;
  }
  const list = (name: string) => (keywords[name] ?? []) as readonly string[];
  const mapping = (name: string) =>
    isMapping(keywords[name]) && Object.keys(keywords[name]).length > 0 ? [keywords[name] as Mapping] : [];
  return {
    ...outer,
    ...replaced,
    vars: [...outer.vars, ...mapping('vars')],
    environment: [...outer.environment, ...((keywords.environment ?? []) as readonly unknown[])],
    tags: [...new Set([...outer.tags, ...list('tags')])],
    when: [...outer.when, ...conditions(keywords.when, below(at, 'when'))],
    moduleDefaults: [...outer.moduleDefaults, ...mapping('module_defaults')],
  };
}

/** Each condition of a list with its own place. */
function conditions(value: unknown, at: SourceNode): readonly Condition[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [{ expression: value, at }];
  return value.map((expression: unknown, index) => ({ expression, at: below(at, index) }));
}

/** The part of a scope that types.ts promises. */
export function inherited({ notify: _notify, delegateFacts: _facts, ...rest }: Scope): Inherited {
  return rest;
}

const camelCase = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
