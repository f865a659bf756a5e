import { didYouMean } from '../suggest.ts';
import { isUnknown, UNKNOWN } from '../unknown.ts';
import { operate, sign } from './arithmetic.ts';
import type { Arguments, FilterCall, Node } from './ast.ts';
import { compare, type Decision, every, not, truth } from './compare.ts';
import { Failure, fail } from './failure.ts';
import { Frame } from './frame.ts';
import { filterNamed, testNamed } from './functions.ts';
import { globalNames, globalValue } from './globals.ts';
import type { Escapes } from './lexer.ts';
import { findFile, readText } from './lookups/files.ts';
import { methodNamed, methodNames } from './methods.ts';
import type { TemplarOptions } from './options.ts';
import { conditionOf, expressionOf, templateOf } from './parsed.ts';
import { Scope } from './scope.ts';
import { bind, type CallableSpec, type CallContext, type NamedArguments } from './signature.ts';
import { slice } from './slice.ts';
import { renderStatements } from './statements.ts';
import { str, textOf } from './text.ts';
import { isTemplate, type Variables } from './types.ts';
import { Callable, holdsUnknown, isMapping, iterate, mapping, typeName, Undefined } from './value.ts';

/** Filters whose result is new, so that the expression may change it in place. */
const COPIES = new Set(['list', 'combine']);

/** Expressions that come out as true or false. */
const DECISIONS = new Set<Node['type']>(['not', 'compare', 'test', 'logic']);

/** One call of the templar. */
export class Evaluation implements CallContext {
  readonly options: TemplarOptions;
  readonly scope: Scope;
  #fuel: number;
  /** Lists and mappings made by the expression itself: its methods may change these, and only these */
  readonly #own = new WeakSet<object>();

  constructor(options: TemplarOptions, variables: Variables) {
    this.options = options;
    this.scope = new Scope(variables, (text) => this.template(text));
    this.#fuel = options.fuel ?? 10_000_000;
  }

  /** A template's result: a native value if it is one expression, else text. */
  template(text: string, escapes: Escapes = 'literal'): unknown {
    return inside(text, () => renderStatements(this, templateOf(text, escapes), new Frame()));
  }

  expression(text: string): unknown {
    return inside(text, () => this.evaluate(expressionOf(text, 'literal'), new Frame()));
  }

  condition(text: string): Decision {
    return inside(text, () => {
      const node = conditionOf(text);
      const frame = new Frame();
      if (!isTemplate(text) || DECISIONS.has(node.type)) return this.decide(node, frame);
      return decisionOf(this.evaluate(node, frame));
    });
  }

  renderText(text: string, file: string): unknown {
    try {
      const value = this.template(text, 'python');
      return value === null ? '' : textOf(value);
    } catch (error) {
      if (error instanceof Failure) error.trail.unshift(file);
      throw error;
    }
  }

  templateFile(name: string): string | undefined {
    try {
      return readText(this, findFile(this, name, 'templates'));
    } catch (error) {
      if (error instanceof Failure && error.code === 'LOOKUP_FAILED') return undefined;
      throw error;
    }
  }

  variable(name: string): unknown {
    return this.scope.whole(this.#named(name));
  }

  #named(name: string): unknown {
    const value = this.scope.get(name);
    if (value !== undefined) return value;
    if (name === 'vars') return this.scope.all();
    return (
      globalValue(this, name) ??
      new Undefined(`${name} is not defined`, () =>
        didYouMean(name, [...this.scope.names(), ...globalNames.filter((each) => each.length > 4)]),
      )
    );
  }

  item(container: unknown, key: unknown): unknown {
    return this.scope.whole(this.scope.part(container, key, () => 'the value'));
  }

  evaluate(node: Node, frame: Frame): unknown {
    return this.scope.whole(this.#partly(node, frame));
  }

  /** Counts steps against the limit. */
  spend(steps: number): void {
    this.#fuel -= steps;
    if (this.#fuel < 0) fail('the expression takes too long', 'does it loop over very many elements?');
  }

  /** The value, with variables rendered no further down than the expression needs. */
  #partly(node: Node, frame: Frame): unknown {
    this.spend(1);
    try {
      const value = this.#step(node, frame);
      if (value instanceof Undefined) value.node ??= node;
      return value;
    } catch (error) {
      if (error instanceof Failure && error.template === undefined) error.node ??= node;
      throw error;
    }
  }

  #step(node: Node, frame: Frame): unknown {
    switch (node.type) {
      case 'literal':
        return node.value;
      case 'name':
        return frame.has(node.name) ? frame.get(node.name) : this.#named(node.name);
      case 'attribute':
        return this.scope.part(this.#partly(node.object, frame), node.name, () => describe(node.object));
      case 'item': {
        const container = this.#partly(node.object, frame);
        return this.scope.part(container, this.evaluate(node.key, frame), () => describe(node.object));
      }
      case 'list':
        return this.#owned(node.items.map((item) => this.evaluate(item, frame)));
      case 'dict':
        return this.#dict(node, frame);
      case 'slice':
        return this.#slice(node, frame);
      case 'sign':
        return sign(node.operator, this.evaluate(node.operand, frame));
      case 'binary':
        return operate(node.operator, this.evaluate(node.left, frame), this.evaluate(node.right, frame));
      case 'not':
      case 'compare':
        return this.decide(node, frame);
      case 'test':
        return this.decide(node, frame);
      case 'logic': {
        const left = this.evaluate(node.left, frame);
        const decision = truth(left);
        if (isUnknown(decision)) return UNKNOWN;
        return decision === (node.operator === 'and') ? this.evaluate(node.right, frame) : left;
      }
      case 'choice': {
        const decision = this.decide(node.test, frame);
        if (isUnknown(decision)) return UNKNOWN;
        const chosen = decision ? node.yes : node.no;
        return chosen ? this.evaluate(chosen, frame) : noElse();
      }
      case 'filter':
        return this.applyFilter(node, this.evaluate(node.input, frame), frame);
      case 'call':
        return this.#call(node, frame);
    }
  }

  /** Truth of an expression, exact also where a part is Unknown that does not matter: `unknown and false` is false. */
  decide(node: Node, frame: Frame): Decision {
    switch (node.type) {
      case 'not':
        return not(this.decide(node.operand, frame));
      case 'logic': {
        const decisive = node.operator === 'or';
        const left = this.decide(node.left, frame);
        if (left === decisive) return left;
        if (!isUnknown(left)) return this.decide(node.right, frame);
        return attempt(() => this.decide(node.right, frame)) === decisive ? decisive : UNKNOWN;
      }
      case 'compare': {
        let left = this.evaluate(node.first, frame);
        return every(node.rest, ({ operator, operand }) => {
          const right = this.evaluate(operand, frame);
          const decision = compare(operator, left, right);
          left = right;
          return decision;
        });
      }
      case 'test': {
        const input = this.evaluate(node.input, frame);
        const { positional, named } = this.#arguments(node.args, frame);
        return this.#located(node.nameAt, () => this.test(node.name, input, positional, named));
      }
      case 'choice': {
        const test = this.decide(node.test, frame);
        if (test === true) return this.decide(node.yes, frame);
        if (test === false && node.no) return this.decide(node.no, frame);
        return truth(this.evaluate(node, frame));
      }
      default:
        return truth(this.evaluate(node, frame));
    }
  }

  applyFilter(call: FilterCall, input: unknown, frame: Frame): unknown {
    const { positional, named } = this.#arguments(call.args, frame);
    const result = this.#located(call.nameAt, () => this.filter(call.name, input, positional, named));
    return COPIES.has(call.name) && result !== input ? this.#owned(result) : result;
  }

  /** Points at the name of a filter or test that is not there. */
  #located<T>(nameAt: { start: number; end: number }, run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof Failure && error.code === 'FILTER_UNKNOWN') error.node ??= nameAt;
      throw error;
    }
  }

  filter(
    name: string,
    input: unknown,
    positional: readonly unknown[] = [],
    named: NamedArguments = {},
  ): unknown {
    return this.#run(filterNamed(name), input, positional, named);
  }

  test(
    name: string,
    input: unknown,
    positional: readonly unknown[] = [],
    named: NamedArguments = {},
  ): Decision {
    return truth(this.#run(testNamed(name), input, positional, named));
  }

  #run(spec: CallableSpec, input: unknown, positional: readonly unknown[], named: NamedArguments): unknown {
    this.spend(1);
    const args = bind(spec, positional, named);
    if (spec.tolerance !== 'raw') {
      const undecided = spec.tolerance === 'partial' ? isUnknown : holdsUnknown;
      let unknown = false;
      for (const each of [input, ...positional, ...Object.values(named)]) {
        if (each instanceof Undefined) throw each.failure();
        unknown ||= undecided(each);
      }
      if (unknown) return UNKNOWN;
    }
    return spec.run.call(this, input, ...args);
  }

  #arguments(args: Arguments, frame: Frame): { positional: unknown[]; named: NamedArguments } {
    const positional = args.positional.map((each) => this.evaluate(each, frame));
    if (args.rest) positional.push(...iterate(this.evaluate(args.rest, frame)));
    const named = mapping(args.named.map(([name, each]) => [name, this.evaluate(each, frame)]));
    const more = args.restNamed && this.evaluate(args.restNamed, frame);
    return { positional, named: isMapping(more) ? { ...named, ...more } : named };
  }

  #call(node: Node & { type: 'call' }, frame: Frame): unknown {
    const { callee } = node;
    if (callee.type === 'attribute') {
      const object = this.evaluate(callee.object, frame);
      if (isUnknown(object)) return UNKNOWN;
      if (object instanceof Undefined) throw object.failure();
      const method = methodNamed(object, callee.name);
      if (method) {
        const { positional, named } = this.#arguments(node.args, frame);
        if (method.changes && !this.#own.has(object as object))
          fail(
            `${describe(callee.object)} cannot be changed in place`,
            'copy it first: | list, or | combine({})',
          );
        return this.#run(method.spec, object, positional, named);
      }
      if (!(this.item(object, callee.name) instanceof Callable))
        fail(
          `${typeName(object)} has no method ${callee.name}`,
          didYouMean(callee.name, methodNames(object)),
        );
    }
    const called = this.evaluate(callee, frame);
    if (isUnknown(called)) return UNKNOWN;
    if (called instanceof Undefined) throw called.failure();
    if (!(called instanceof Callable)) return fail(`${describe(callee)} is not a function`);
    const { positional, named } = this.#arguments(node.args, frame);
    return called.call(positional, named);
  }

  #dict(node: Node & { type: 'dict' }, frame: Frame): unknown {
    const entries: [string, unknown][] = [];
    for (const [keyNode, valueNode] of node.entries) {
      const key = this.evaluate(keyNode, frame);
      if (isUnknown(key)) return UNKNOWN;
      if (Array.isArray(key) || isMapping(key)) fail(`a key cannot be of type ${typeName(key)}`);
      entries.push([str(key), this.evaluate(valueNode, frame)]);
    }
    return this.#owned(mapping(entries));
  }

  #slice(node: Node & { type: 'slice' }, frame: Frame): unknown {
    const sequence = this.evaluate(node.object, frame);
    if (sequence instanceof Undefined) throw sequence.failure();
    const bounds = [node.from, node.to, node.step].map((bound) => bound && this.evaluate(bound, frame));
    return [sequence, ...bounds].some(isUnknown) ? UNKNOWN : slice(sequence, bounds[0], bounds[1], bounds[2]);
  }

  #owned<T>(value: T): T {
    if (value !== null && typeof value === 'object' && !isUnknown(value)) this.#own.add(value);
    return value;
  }
}

const noElse = () =>
  new Undefined('the condition is false, and there is no else', () => 'add else, and the value to take then');

/** A name for an expression in messages: `nic.mac`. */
function describe(node: Node): string {
  if (node.type === 'name') return node.name;
  if (node.type === 'attribute') return `${describe(node.object)}.${node.name}`;
  if (node.type === 'item' && node.key.type === 'literal')
    return `${describe(node.object)}[${JSON.stringify(node.key.value)}]`;
  return node.type === 'item' ? `${describe(node.object)}[…]` : 'the value';
}

/** Truth of what a template in a condition came to: Ansible reads a text as an expression again, we only know booleans. */
function decisionOf(value: unknown): Decision {
  if (typeof value !== 'string' || value === '') return truth(value);
  if (/^\s*true\s*$/i.test(value)) return true;
  if (/^\s*false\s*$/i.test(value)) return false;
  return fail(
    `the condition came out as the text ${JSON.stringify(value)}, which is neither true nor false`,
    'write the condition without {{ }}, and compare, or convert with | bool',
  );
}

/** Notes which text a failure is in. */
function inside<T>(text: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Failure) error.template ??= text;
    throw error;
  }
}

/** A decision that may turn out not to matter: if it fails, it is Unknown. */
function attempt(run: () => Decision): Decision {
  try {
    return run();
  } catch (error) {
    if (error instanceof Failure) return UNKNOWN;
    throw error;
  }
}
