import { compare, type Decision } from './compare.ts';
import { fail } from './failure.ts';

const OPERATORS: Record<string, string> = {
  eq: '==',
  '=': '==',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  ne: '!=',
  '<>': '!=',
};

/** Compares versions as the test `version` does. */
export function compareVersions(a: string, b: string, operator: string, type: string): Decision {
  const symbol = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator]! : operator;
  if (!/^(?:[<>]=?|[=!]=)$/.test(symbol))
    return fail(`${operator} is not an operator for versions`, 'one of <, <=, >, >=, ==, !=');
  if (a === '' || b === '') return fail('a version is empty');
  if (type === 'semver' || type === 'semantic') return compare(symbol, compareSemantic(a, b), 0);
  return compare(symbol, compareLoose(a, b), 0);
}

/** distutils' LooseVersion: numbers and letters between dots, compared one by one. */
function compareLoose(a: string, b: string): number {
  const parts = (version: string) =>
    (version.match(/\d+|[a-z]+|[^\da-z.]+/g) ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const left = parts(a);
  const right = parts(b);
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const x = left[index]!;
    const y = right[index]!;
    if (typeof x !== typeof y)
      return fail(
        `the versions ${a} and ${b} cannot be compared`,
        "strip the letters, or give version_type='semver'",
      );
    if (x !== y) return x < y ? -1 : 1;
  }
  return left.length - right.length;
}

function compareSemantic(a: string, b: string): number {
  const parse = (version: string) => {
    const found = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(version);
    if (!found) return fail(`${version} is not a semantic version`);
    return { numbers: found.slice(1, 4).map(Number), pre: found[4]?.split('.') };
  };
  const left = parse(a);
  const right = parse(b);
  for (let index = 0; index < 3; index++) {
    const difference = left.numbers[index]! - right.numbers[index]!;
    if (difference !== 0) return difference;
  }
  if (!left.pre || !right.pre) return Number(!left.pre) - Number(!right.pre);
  for (let index = 0; index < Math.min(left.pre.length, right.pre.length); index++) {
    const x = left.pre[index]!;
    const y = right.pre[index]!;
    if (x === y) continue;
    const numeric = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
    return numeric[0] ? Number(x) - Number(y) : x < y ? -1 : 1;
  }
  return left.pre.length - right.pre.length;
}
