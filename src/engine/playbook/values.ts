import { locationOf, type SourceNode } from '../source.ts';
import { isTemplate } from '../template/types.ts';
import type { ValueKind } from './keywords.ts';
import { below, describe, isMapping, type Session } from './session.ts';

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Whether text can be the name of a variable. */
export const isIdentifier = (text: string): boolean => identifier.test(text);

const truths: Readonly<Record<string, boolean>> = {
  yes: true,
  true: true,
  on: true,
  '1': true,
  no: false,
  false: false,
  off: false,
  '0': false,
};

/** Reports that a value is not what is wanted; undefined, so that it can be returned. */
type Wrong = (wanted: string, hint?: string) => undefined;

/**
 * The value of a keyword in the one form that the rest of the engine knows: lists where a single one may be written,
 * booleans for "yes". Templates stay as they are. Undefined (and reported) if it cannot be used.
 */
export function readValue(
  kind: ValueKind,
  name: string,
  value: unknown,
  at: SourceNode,
  session: Session,
): unknown {
  const wrongAt =
    (given: unknown, place: SourceNode): Wrong =>
    (wanted, hint) => {
      const message = `${name} must be ${wanted}, not ${describe(given)}`;
      session.report('KEYWORD_VALUE', message, locationOf(place), hint);
      return undefined;
    };
  const wrong = wrongAt(value, at);

  /** A list, or one item; the first that is not good is reported where it stands */
  const listOf = (isGood: (item: unknown) => boolean, wanted: string): readonly unknown[] | undefined => {
    if (value === null) return [];
    if (!Array.isArray(value)) return isGood(value) ? [value] : wrong(wanted);
    const bad = value.findIndex((item) => !isGood(item));
    return bad < 0 ? value : wrongAt(value[bad], below(at, bad))(wanted);
  };

  if (typeof kind === 'object') {
    // Ansible's plugins have long names too
    const short = typeof value === 'string' ? value.replace(/^ansible\.builtin\./, '') : undefined;
    if (short !== undefined && kind.oneOf.includes(short)) return short;
    if (kind.templates && isTemplate(value)) return value;
    return wrong(`one of ${kind.oneOf.join(', ')}`);
  }

  switch (kind) {
    case 'any':
      return value;

    case 'text':
      if (typeof value === 'string') return value;
      session.settle(locationOf(at));
      if (typeof value === 'number' || typeof value === 'boolean')
        return at.source.scalarText(at.path) ?? String(value);
      return wrong('text');

    case 'name':
      if (typeof value === 'string' && isIdentifier(value)) return value;
      return wrong(
        'the name of a variable',
        'letters, digits and underscores, not beginning with a digit; a name, not a template',
      );

    case 'literal boolean':
    case 'boolean': {
      session.settle(locationOf(at));
      if (kind === 'literal boolean' && isTemplate(value))
        return wrong('true or false', 'it must be known before the run: it cannot be a template');
      if (typeof value === 'boolean' || isTemplate(value)) return value;
      const truth = typeof value === 'object' ? undefined : truths[String(value).toLowerCase()];
      return truth ?? wrong('true or false');
    }

    case 'number':
      if (typeof value === 'number' || isTemplate(value)) return value;
      if (typeof value === 'string' && isPercentage(value)) return Number(value.replace('%', ''));
      return wrong('a number');

    case 'words': {
      const words = listOf(isName, 'a name or a list of names');
      return words && split(typeof value === 'string' && !value.includes('{{') ? value.split(',') : words);
    }

    case 'names': {
      const names = listOf(isName, 'a name or a list of names');
      return names && split(names);
    }

    case 'hosts': {
      const patterns = listOf((item) => isName(item) && item !== '', 'a host pattern or a list of these');
      return patterns && (patterns.length > 0 ? split(patterns) : wrong('a host pattern'));
    }

    case 'conditions': {
      session.settle(locationOf(at));
      const isCondition = (item: unknown) => item !== null && !isMapping(item) && !Array.isArray(item);
      if (value === null) return wrong('a condition or a list of conditions');
      return listOf(isCondition, 'a condition or a list of conditions') && value;
    }

    case 'mapping':
      if (value === null) return {};
      return isMapping(value) ? value : wrong('a mapping');

    case 'environment':
      return listOf(
        (item) => isMapping(item) || isTemplate(item),
        'a mapping of variables, or a list of such',
      );

    case 'tasks':
      if (value === null) return [];
      return Array.isArray(value) ? value : wrong('a list of tasks');

    case 'serial': {
      const isBatch = (item: unknown) =>
        isTemplate(item) ||
        (typeof item === 'number' && Number.isInteger(item) && item >= 0) ||
        (typeof item === 'string' && isPercentage(item));
      const batches = listOf(isBatch, 'a number of hosts, a percentage such as "30%", or a list of these');
      return batches && (batches.length > 0 ? batches : wrong('a number of hosts'));
    }

    case 'files': {
      const isFile = (item: unknown) => typeof item === 'string' && item !== '';
      return listOf(
        (item) => isFile(item) || (Array.isArray(item) && item.every(isFile)),
        'a file or a list of files',
      );
    }
  }
}

const isPercentage = (text: string) => /^\s*\d+(?:\.\d+)?%?\s*$/.test(text);

const isName = (item: unknown) => typeof item === 'string' || typeof item === 'number';

const split = (items: readonly unknown[]) =>
  items.map((item) => String(item).trim()).filter((item) => item !== '');
