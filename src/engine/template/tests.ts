/** The tests: what can follow `is`. */
import { compare, contains, type Decision, equals, every, not, some, truth } from './compare.ts';
import { fail } from './failure.ts';
import { flag, text } from './filters/argument.ts';
import { fileTests } from './filters/files.ts';
import { netTests } from './filters/net-tests.ts';
import { compileRegex, matchesStart } from './regex.ts';
import { defineAll, type FunctionTable } from './signature.ts';
import { str } from './text.ts';
import {
  Callable,
  holdsUnknown,
  isFloat,
  isInteger,
  isMapping,
  isNumber,
  iterate,
  type Mapping,
  toNumber,
  Undefined,
} from './value.ts';
import { compareVersions } from './version.ts';

const raw = defineAll(
  {
    'defined()': (input) => !(input instanceof Undefined),
    'undefined()': (input) => input instanceof Undefined,
    'known()': (input) => !(input instanceof Undefined) && !holdsUnknown(input),
  },
  'raw',
);

const COMPARISONS: FunctionTable = Object.fromEntries(
  [
    ['eq|equalto|==', '=='],
    ['ne|!=', '!='],
    ['lt|lessthan|<', '<'],
    ['le|<=', '<='],
    ['gt|greaterthan|>', '>'],
    ['ge|>=', '>='],
    ['in', 'in'],
  ].map(([names, operator]) => [`${names}(other)`, (input, other) => compare(operator!, input, other)]),
);

/** A result's flag, as tasks register it. */
function result(input: unknown, key: string): unknown {
  if (!isMapping(input))
    return fail(`only the result of a task can be ${key}`, 'test the registered variable itself');
  return Object.hasOwn(input, key) ? input[key] : false;
}

const all = (input: unknown, other: unknown): Decision =>
  every(iterate(input), (each) => contains(other, each));

const partial = defineAll(
  {
    ...COMPARISONS,
    'none()': (input) => input === null,
    'boolean()': (input) => typeof input === 'boolean',
    'true()': (input) => input === true,
    'false()': (input) => input === false,
    'string()': (input) => typeof input === 'string',
    'number()': (input) => isNumber(input) || typeof input === 'boolean',
    'integer()': (input) => isInteger(input),
    'float()': (input) => isFloat(input),
    'mapping()': (input) => isMapping(input),
    'sequence|iterable()': (input) => Array.isArray(input) || typeof input === 'string' || isMapping(input),
    'callable()': (input) => input instanceof Callable,
    'sameas(other)': (input, other) => input === other,
    'contains(item)': (input, item) => contains(input, item),
    'subset|issubset(other)': (input, other) => all(input, other),
    'superset|issuperset(other)': (input, other) => all(other, input),
    'any()': (input) => some(iterate(input), truth),
    'all()': (input) => every(iterate(input), truth),
    'truthy(convert_bool?)': (input, convert) => truthy(input, convert),
    'falsy(convert_bool?)': (input, convert) => not(truthy(input, convert)),
    'failed|failure()': (input) => truth(result(input, 'failed')),
    'succeeded|success|successful()': (input) => not(truth(result(input, 'failed'))),
    'unreachable()': (input) => truth(result(input, 'unreachable')),
    'reachable()': (input) => not(truth(result(input, 'unreachable'))),
    'skipped|skip()': (input) => truth(result(input, 'skipped')),
    'changed|change()': (input) => {
      const changed = result(input, 'changed');
      const { results } = input as Mapping;
      if (Object.hasOwn(input as Mapping, 'changed') || !Array.isArray(results)) return truth(changed);
      return some(results, (each) => truth(result(each, 'changed')));
    },
    'started()': (input) =>
      isMapping(input) && !('started' in input) ? true : equals(result(input, 'started'), 1),
    'finished()': (input) =>
      isMapping(input) && !('finished' in input) ? true : equals(result(input, 'finished'), 1),
  },
  'partial',
);

function truthy(input: unknown, convert: unknown): Decision {
  if (flag(convert) && typeof input === 'string') {
    const word = input.toLowerCase();
    if (['y', 'yes', 'on', '1', 'true', 't', '1.0'].includes(word)) return true;
    if (['n', 'no', 'off', '0', 'false', 'f', '0.0'].includes(word)) return false;
  }
  return truth(input);
}

const flags = (ignoreCase: unknown, multiline: unknown) =>
  (flag(ignoreCase) ? 'i' : '') + (flag(multiline) ? 'm' : '');

const known = defineAll({
  'odd()': (input) => Math.abs(toNumber(input)) % 2 === 1,
  'even()': (input) => toNumber(input) % 2 === 0,
  'divisibleby(num)': (input, number) => toNumber(input) % toNumber(number) === 0,
  'lower()': (input) => /[a-z]/i.test(str(input)) && str(input) === str(input).toLowerCase(),
  'upper()': (input) => /[a-z]/i.test(str(input)) && str(input) === str(input).toUpperCase(),
  'match(pattern?, ignorecase?, multiline?)': (input, pattern, ignoreCase, multiline) =>
    matchesStart(compileRegex(text(pattern), flags(ignoreCase, multiline)), str(input)),
  'search(pattern?, ignorecase?, multiline?)': (input, pattern, ignoreCase, multiline) =>
    compileRegex(text(pattern), flags(ignoreCase, multiline)).test(str(input)),
  'regex(pattern?, ignorecase?, multiline?, match_type?)': (input, pattern, ignoreCase, multiline, type) => {
    const regex = compileRegex(text(pattern), flags(ignoreCase, multiline));
    return text(type, 'search') === 'match' ? matchesStart(regex, str(input)) : regex.test(str(input));
  },
  'version|version_compare(version, operator?, strict?, version_type?)': (
    input,
    version,
    operator,
    _strict,
    type,
  ) => compareVersions(str(input), text(version), text(operator, 'eq'), text(type, 'loose')),
  'vault_encrypted()': () => false,
  ...fileTests,
  ...netTests,
});

export const builtinTests = [...raw, ...partial, ...known];
