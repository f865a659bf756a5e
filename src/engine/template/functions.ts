/** Everything that expressions can call, by name. */
import { didYouMean } from '../suggest.ts';
import { Failure } from './failure.ts';
import { basicFilters } from './filters/basic.ts';
import { encodingFilters } from './filters/encoding.ts';
import { listFilters } from './filters/lists.ts';
import { mapFilters } from './filters/maps.ts';
import { mathFilters } from './filters/math.ts';
import { netFilters } from './filters/net.ts';
import { pathFilters } from './filters/paths.ts';
import { regexFilters } from './filters/regex.ts';
import { setFilters } from './filters/sets.ts';
import { stringFilters } from './filters/strings.ts';
import { timeFilters } from './filters/times.ts';
import type { CallableSpec } from './signature.ts';
import { builtinTests } from './tests.ts';

const byName = (specs: readonly CallableSpec[]) => new Map(specs.map((spec) => [spec.name, spec]));

const filters = byName([
  ...basicFilters,
  ...stringFilters,
  ...listFilters,
  ...mapFilters,
  ...setFilters,
  ...mathFilters,
  ...encodingFilters,
  ...regexFilters,
  ...pathFilters,
  ...timeFilters,
  ...netFilters,
]);

const tests = byName(builtinTests);

/** Collections whose filters and tests are ours by their short names. */
const COLLECTION = /^(?:ansible\.(?:builtin|utils|netcommon|posix)|community\.general)\./;

function named(
  kind: 'filter' | 'test',
  table: ReadonlyMap<string, CallableSpec>,
  name: string,
): CallableSpec {
  const spec = table.get(name.replace(COLLECTION, ''));
  if (spec) return spec;
  const other = (kind === 'filter' ? tests : filters).has(name)
    ? `${name} is a ${kind === 'filter' ? 'test: write is' : 'filter: write |'} ${name}`
    : didYouMean(name, table.keys());
  throw new Failure('FILTER_UNKNOWN', `there is no ${kind} ${name}`, other);
}

/** @throws Failure FILTER_UNKNOWN */
export const filterNamed = (name: string): CallableSpec => named('filter', filters, name);

/** @throws Failure FILTER_UNKNOWN */
export const testNamed = (name: string): CallableSpec => named('test', tests, name);
