import { locationOf, type SourceNode } from '../source.ts';
import { isTemplate } from '../template/types.ts';
import type { ValueKind } from './keywords.ts';
import { describe, isMapping, type Session } from './session.ts';

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;
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
  const wrong = (wanted: string, hint?: string): undefined => {
    session.report(
      'KEYWORD_VALUE',
      `${name} must be ${wanted}, not ${describe(value)}`,
      locationOf(at),
      hint,
    );
    return undefined;
  };

  if (typeof kind === 'object') {
    if (typeof value === 'string' && kind.oneOf.includes(value)) return value;
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
      if (typeof value === 'string' && identifier.test(value)) return value;
      return wrong(
        'the name of a variable',
        'letters, digits and underscores, not beginning with a digit; a name, not a template',
      );

    case 'boolean': {
      session.settle(locationOf(at));
      if (typeof value === 'boolean' || isTemplate(value)) return value;
      const truth = truths[String(value).toLowerCase()];
      return typeof value !== 'object' && truth !== undefined ? truth : wrong('true or false');
    }

    case 'number':
      if (typeof value === 'number' || isTemplate(value)) return value;
      if (typeof value === 'string' && /^\d+(?:\.\d+)?%?$/.test(value.trim()))
        return Number(value.trim().replace('%', ''));
      return wrong('a number');

    case 'words':
    case 'names':
    case 'hosts':
      return readNames(kind, value, wrong);

    case 'conditions':
      if (value === null || isMapping(value)) return wrong('a condition or a list of conditions');
      return value;

    case 'mapping':
      if (value === null) return {};
      return isMapping(value) ? value : wrong('a mapping');

    case 'environment':
      if (value === null) return [];
      if (isMapping(value) || isTemplate(value)) return [value];
      if (Array.isArray(value) && value.every((item) => isMapping(item) || isTemplate(item))) return value;
      return wrong('a mapping of variables, or a list of such');

    case 'tasks':
      if (value === null) return [];
      return Array.isArray(value) ? value : wrong('a list of tasks');

    case 'serial': {
      const steps: unknown[] = Array.isArray(value) ? value : [value];
      const good = steps.every(
        (step) =>
          isTemplate(step) ||
          (typeof step === 'number' && Number.isInteger(step) && step >= 0) ||
          (typeof step === 'string' && /^\d+(?:\.\d+)?%?$/.test(step)),
      );
      return good && steps.length > 0
        ? steps
        : wrong('a number of hosts, a percentage such as "30%", or a list of these');
    }

    case 'files': {
      const files: unknown[] = Array.isArray(value) ? value : value === null ? [] : [value];
      const isFile = (file: unknown) => typeof file === 'string' && file !== '';
      const good = files.every((file) => isFile(file) || (Array.isArray(file) && file.every(isFile)));
      return good ? files : wrong('a file or a list of files');
    }
  }
}

function readNames(
  kind: 'words' | 'names' | 'hosts',
  value: unknown,
  wrong: (wanted: string) => undefined,
): unknown {
  const items: unknown[] = Array.isArray(value) ? value : value === null ? [] : [value];
  if (kind === 'hosts' && items.length === 0) return wrong('a host pattern');
  const names: string[] = [];
  for (const item of items) {
    const usable = typeof item === 'string' ? item !== '' || kind === 'words' : typeof item === 'number';
    if (!usable)
      return wrong(kind === 'hosts' ? 'a host pattern or a list of these' : 'a name or a list of names');
    const split = kind === 'words' && !Array.isArray(value) && !isTemplate(item);
    names.push(...(split ? String(item).split(',') : [String(item)]));
  }
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** Whether text can be the name of a variable. */
export const isIdentifier = (text: string): boolean => identifier.test(text);
