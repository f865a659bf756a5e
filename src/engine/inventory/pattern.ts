import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { EngineError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { parseAddress } from './host-range.ts';
import type { InventoryModel } from './model.ts';

/** Names of this machine that need not be in an inventory. */
export const LOCALHOST: readonly string[] = ['localhost', '127.0.0.1', '::1'];

/** Where patterns look: the model, the localhost outside it, and the directory of `@file`. */
export interface PatternScope {
  readonly model: InventoryModel;
  readonly cwd: string;
}

/**
 * Hosts that a pattern selects, in the order of the pattern, as Ansible does.
 * @throws EngineError PATTERN_SYNTAX; PATTERN_EMPTY for an unknown name or an empty result, unless it is `all`
 */
export function selectHosts(scope: PatternScope, pattern: string | readonly string[]): readonly string[] {
  const shown = typeof pattern === 'string' ? pattern : pattern.join(',');
  const parts = splitPattern(pattern).flatMap((part) =>
    part.startsWith('@') ? readPatternFile(scope, part) : [part],
  );
  const hosts = evaluate(scope, parts);
  if (hosts.size === 0 && parts.some((part) => part !== 'all' && part !== '*')) {
    throw new EngineError('PATTERN_EMPTY', `the pattern ${shown} matches no host`, {
      hint: 'wirebook inventory --graph shows hosts and groups',
    });
  }
  return [...hosts];
}

/** `a:b`, `a,b` or a list of those to single patterns; colons of addresses and ranges do not split. */
function splitPattern(pattern: string | readonly string[]): string[] {
  if (typeof pattern !== 'string') return pattern.flatMap(splitPattern);
  const parts = pattern.includes(',')
    ? pattern.split(',')
    : pattern.startsWith('@') || parseAddress(pattern.trim())
      ? [pattern]
      : (pattern.match(/(?:[^\s:[\]]|\[[^\]]*\])+/g) ?? []);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function readPatternFile({ cwd }: PatternScope, part: string): string[] {
  try {
    const lines = readFileSync(resolve(cwd, part.slice(1)), 'utf8').split('\n');
    return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  } catch (error) {
    throw new EngineError('FILE_READ', `the file of hosts ${part.slice(1)} cannot be read`, { cause: error });
  }
}

/** First what adds, then what intersects, then what excludes. */
function evaluate(scope: PatternScope, parts: readonly string[]): Set<string> {
  const adding = parts.filter((part) => !/^[&!]/.test(part));
  const hosts = new Set<string>();
  for (const part of adding.length > 0 ? adding : ['all'])
    for (const host of match(scope, part)) hosts.add(host);
  for (const sign of ['&', '!']) {
    for (const part of parts.filter((one) => one.startsWith(sign))) {
      const matched = new Set(match(scope, part.slice(1)));
      for (const host of hosts) if (matched.has(host) !== (sign === '&')) hosts.delete(host);
    }
  }
  return hosts;
}

function match(scope: PatternScope, part: string): readonly string[] {
  if (part === '') throw new EngineError('PATTERN_SYNTAX', 'a pattern is empty behind & or !');
  if (scope.model.hosts.has(part)) return [part];
  const subscript = part.startsWith('~')
    ? undefined
    : /^(.+)\[(?:(-?[0-9]+)|([0-9]+)[:-]([0-9]*))\]$/s.exec(part);
  const hosts = matchName(scope, subscript?.[1] ?? part);
  if (!subscript || hosts.length === 0) return hosts;
  const [, name, index, first, last] = subscript;
  if (index === undefined) return hosts.slice(Number(first), last ? Number(last) + 1 : undefined);
  const host = hosts.at(Number(index));
  if (host !== undefined) return [host];
  throw new EngineError('PATTERN_EMPTY', `${part}: ${name} has only ${hosts.length} hosts`, {
    hint: 'the first is [0], the last [-1]',
  });
}

function matchName({ model }: PatternScope, name: string): readonly string[] {
  const matcher = compile(name);
  const groups = [...model.groups.keys()].filter((group) => matcher.test(group));
  const special = /^~|[.?*[]/.test(name);
  const hosts = groups.flatMap((group) => model.members(group));
  if (groups.length === 0 || special)
    hosts.push(...[...model.hosts.keys()].filter((host) => matcher.test(host)));
  if (hosts.length > 0) return hosts;
  if (LOCALHOST.includes(name)) {
    // One localhost stands for its other names too, as in Ansible
    return [LOCALHOST.find((known) => model.hosts.has(known)) ?? name];
  }
  if (groups.length === 0 && !/^~|[?*[]/.test(name)) {
    throw new EngineError('PATTERN_EMPTY', `no host or group is called ${name}`, {
      hint: didYouMean(name, [...model.groups.keys(), ...model.hosts.keys()]),
    });
  }
  return [];
}

function compile(pattern: string): RegExp {
  const regex = pattern.startsWith('~');
  const flags = regex ? /^~\(\?([ims]+)\)/.exec(pattern) : null;
  const source = regex
    ? `^(?:${pattern.slice(flags ? flags[0].length : 1).replaceAll('(?P<', '(?<')})`
    : `^${globSource(pattern)}$`;
  try {
    return new RegExp(source, regex ? (flags?.[1] ?? '') : 's');
  } catch (error) {
    throw new EngineError('PATTERN_SYNTAX', `the pattern ${pattern} is not a valid regular expression`, {
      hint: (error as Error).message,
    });
  }
}

/** fnmatch: `*`, `?`, `[abc]`, `[!abc]`; an open bracket is itself. */
function globSource(glob: string): string {
  return glob.replaceAll(
    /\*|\?|\[(!?)(\]?[^\]]*)\]|[\\^$.|+(){}[\]/]/gs,
    (token, not?: string, set?: string) => {
      if (token === '*') return '.*';
      if (token === '?') return '.';
      if (set === undefined || set === '') return token.replaceAll(/[[\]!\\^$.|+(){}/]/g, '\\$&');
      return `[${not ? '^' : ''}${set.replaceAll(/[\\\][^]/g, '\\$&')}]`;
    },
  );
}
