/** Walks a parsed template without evaluating it. */
import type { Arguments, FilterCall, Node, Statement, Target } from './ast.ts';
import { Failure } from './failure.ts';
import { filterNamed, testNamed } from './functions.ts';
import { globalNames } from './globals.ts';

/** Filters that take the name of a test as an argument, and which one it is. */
const APPLIES_TEST: Readonly<Record<string, number>> = { select: 0, reject: 0, selectattr: 1, rejectattr: 1 };

type Names = ReadonlySet<string>;

/** Collects the variables that a template names and does not set itself, and the filters and tests that are not there. */
export class Survey {
  readonly names = new Set<string>();
  readonly failures: Failure[] = [];

  /** `bound` are the names that the template has set so far; statements add to it */
  statements(statements: readonly Statement[], bound: Set<string>): void {
    for (const statement of statements) this.#statement(statement, bound);
  }

  expression(node: Node | undefined, bound: Names = new Set()): void {
    if (!node) return;
    if (node.type === 'name' && !bound.has(node.name) && !globalNames.includes(node.name))
      this.names.add(node.name);
    if (node.type === 'filter') this.#filter(node);
    if (node.type === 'test') this.#exists(() => testNamed(node.name), node.nameAt);
    for (const child of children(node)) this.expression(child, bound);
  }

  #statement(statement: Statement, bound: Set<string>): void {
    switch (statement.type) {
      case 'text':
        break;
      case 'output':
        this.expression(statement.value, bound);
        break;
      case 'include':
        this.expression(statement.file, bound);
        break;
      case 'if':
        for (const { test, body } of statement.branches) {
          this.expression(test, bound);
          this.statements(body, bound);
        }
        this.statements(statement.otherwise, bound);
        break;
      case 'for': {
        this.expression(statement.list, bound);
        const inner = new Set([...bound, 'loop', ...targetNames(statement.target)]);
        this.expression(statement.test, inner);
        this.statements(statement.body, inner);
        this.statements(statement.otherwise, bound);
        break;
      }
      case 'set':
        this.expression(statement.value, bound);
        for (const name of targetNames(statement.target)) bound.add(name);
        break;
      case 'capture':
        this.#chain(statement.filters, bound);
        this.statements(statement.body, new Set(bound));
        for (const name of targetNames(statement.target)) bound.add(name);
        break;
      case 'filter':
        this.#chain(statement.filters, bound);
        this.statements(statement.body, new Set(bound));
        break;
      case 'with':
        for (const { value } of statement.bindings) this.expression(value, bound);
        this.statements(
          statement.body,
          new Set([...bound, ...statement.bindings.flatMap(({ target }) => targetNames(target))]),
        );
        break;
      case 'macro': {
        const { name, params, body } = statement.macro;
        bound.add(name);
        for (const { otherwise } of params) this.expression(otherwise, bound);
        this.statements(body, new Set([...bound, ...params.map((param) => param.name)]));
      }
    }
  }

  #chain(filters: readonly FilterCall[], bound: Names): void {
    for (const call of filters) {
      this.#filter(call);
      for (const argument of argumentNodes(call.args)) this.expression(argument, bound);
    }
  }

  /** The filter itself, and the one that `map` is given, or the test that `select` is. */
  #filter({ name, args, nameAt }: FilterCall): void {
    this.#exists(() => filterNamed(name), nameAt);
    const applied = args.positional[APPLIES_TEST[name] ?? 0];
    if (applied?.type !== 'literal' || typeof applied.value !== 'string') return;
    const { value } = applied;
    if (name === 'map') this.#exists(() => filterNamed(value), applied);
    if (Object.hasOwn(APPLIES_TEST, name)) this.#exists(() => testNamed(value), applied);
  }

  #exists(find: () => unknown, at: { start: number; end: number }): void {
    try {
      find();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      error.node = at;
      this.failures.push(error);
    }
  }
}

const argumentNodes = ({ positional, named, rest, restNamed }: Arguments): (Node | undefined)[] => [
  ...positional,
  ...named.map(([, node]) => node),
  rest,
  restNamed,
];

function children(node: Node): readonly (Node | undefined)[] {
  switch (node.type) {
    case 'literal':
    case 'name':
      return [];
    case 'list':
      return node.items;
    case 'dict':
      return node.entries.flat();
    case 'attribute':
      return [node.object];
    case 'item':
      return [node.object, node.key];
    case 'slice':
      return [node.object, node.from, node.to, node.step];
    case 'sign':
    case 'not':
      return [node.operand];
    case 'binary':
    case 'logic':
      return [node.left, node.right];
    case 'compare':
      return [node.first, ...node.rest.map(({ operand }) => operand)];
    case 'choice':
      return [node.test, node.yes, node.no];
    case 'call':
      return [node.callee, ...argumentNodes(node.args)];
    case 'filter':
    case 'test':
      return [node.input, ...argumentNodes(node.args)];
  }
}

function targetNames(target: Target): string[] {
  if (typeof target === 'string') return [target];
  return 'namespace' in target ? [] : target.flatMap(targetNames);
}
