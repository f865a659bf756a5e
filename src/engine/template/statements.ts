/** Runs the statements of a template. */
import { isUnknown, UNKNOWN } from '../unknown.ts';
import type { FilterCall, Macro, Node, Statement } from './ast.ts';
import type { Decision } from './compare.ts';
import { equals } from './compare.ts';
import { fail } from './failure.ts';
import { Frame } from './frame.ts';
import { templateOf } from './parsed.ts';
import type { NamedArguments } from './signature.ts';
import { str } from './text.ts';
import { Callable, holdsUnknown, iterate, Undefined } from './value.ts';

/** What statements need of the evaluation that they are part of. */
interface Evaluator {
  evaluate(node: Node, frame: Frame): unknown;
  decide(node: Node, frame: Frame): Decision;
  /** Counts steps against the limit on them */
  spend(steps: number): void;
  applyFilter(call: FilterCall, input: unknown, frame: Frame): unknown;
  /** Text of a template file, for `include`; undefined if there is none */
  templateFile(name: string): string | undefined;
}

/** Ends a template whose text cannot be known. */
class Undecided extends Error {}

/** A native value if the template comes to one value, else text; UNKNOWN if that cannot be known. */
export function renderStatements(
  evaluator: Evaluator,
  statements: readonly Statement[],
  frame: Frame,
): unknown {
  const [first] = statements;
  if (statements.length === 1 && first!.type === 'output')
    return defined(evaluator.evaluate(first!.value, frame));
  try {
    const chunks = run(evaluator, statements, frame);
    return chunks.length === 1 ? chunks[0] : join(chunks);
  } catch (error) {
    if (error instanceof Undecided) return UNKNOWN;
    throw error;
  }
}

function defined(value: unknown): unknown {
  if (value instanceof Undefined) throw value.failure();
  return value;
}

/** None has no text, as in Ansible. */
function join(chunks: readonly unknown[]): string {
  if (chunks.some(holdsUnknown)) throw new Undecided();
  return chunks.map((chunk) => (chunk === null ? '' : str(chunk))).join('');
}

function run(evaluator: Evaluator, statements: readonly Statement[], frame: Frame): unknown[] {
  return statements.flatMap((statement) => runOne(evaluator, statement, frame));
}

const text = (evaluator: Evaluator, statements: readonly Statement[], frame: Frame) =>
  join(run(evaluator, statements, frame));

function runOne(evaluator: Evaluator, statement: Statement, frame: Frame): unknown[] {
  switch (statement.type) {
    case 'text':
      return [statement.text];
    case 'output':
      return [defined(evaluator.evaluate(statement.value, frame))];
    case 'if':
      for (const { test, body } of statement.branches) {
        if (certain(evaluator.decide(test, frame))) return run(evaluator, body, frame);
      }
      return run(evaluator, statement.otherwise, frame);
    case 'for':
      return loop(evaluator, statement, frame, evaluator.evaluate(statement.list, frame));
    case 'set':
      frame.assign(statement.target, evaluator.evaluate(statement.value, frame));
      return [];
    case 'capture': {
      const captured = text(evaluator, statement.body, new Frame(frame));
      frame.assign(statement.target, filtered(evaluator, statement.filters, captured, frame));
      return [];
    }
    case 'filter':
      return [
        filtered(evaluator, statement.filters, text(evaluator, statement.body, new Frame(frame)), frame),
      ];
    case 'with': {
      const inner = new Frame(frame);
      for (const { target, value } of statement.bindings)
        inner.assign(target, evaluator.evaluate(value, frame));
      return run(evaluator, statement.body, inner);
    }
    case 'macro':
      frame.assign(statement.macro.name, macro(evaluator, statement.macro, frame));
      return [];
    case 'include': {
      const file = str(evaluator.evaluate(statement.file, frame));
      const found = evaluator.templateFile(file);
      if (found !== undefined) return run(evaluator, templateOf(found, 'python'), new Frame(frame));
      return statement.ignoreMissing ? [] : fail(`there is no template ${file}`);
    }
  }
}

function certain(decision: Decision): boolean {
  if (isUnknown(decision)) throw new Undecided();
  return decision;
}

const filtered = (evaluator: Evaluator, filters: readonly FilterCall[], input: unknown, frame: Frame) =>
  filters.reduce((value, call) => evaluator.applyFilter(call, value, frame), input);

function macro(evaluator: Evaluator, { name, params, body }: Macro, frame: Frame): Callable {
  return new Callable(name, (positional: unknown[], named: NamedArguments) => {
    const inner = new Frame(frame);
    for (const [index, param] of params.entries()) {
      const value = index < positional.length ? positional[index] : named[param.name];
      if (value !== undefined) inner.assign(param.name, value);
      else if (param.otherwise) inner.assign(param.name, evaluator.evaluate(param.otherwise, inner));
      else inner.assign(param.name, new Undefined(`${name} was called without ${param.name}`));
    }
    const unknown = Object.keys(named).find((key) => !params.some((param) => param.name === key));
    if (unknown !== undefined) fail(`${name} has no argument ${unknown}`);
    return text(evaluator, body, inner);
  });
}

function loop(
  evaluator: Evaluator,
  statement: Statement & { type: 'for' },
  outer: Frame,
  list: unknown,
): unknown[] {
  if (isUnknown(list)) throw new Undecided();
  evaluator.spend(iterate(list).length);
  const inside = (item: unknown) => {
    const frame = new Frame(outer);
    frame.assign(statement.target, item);
    return frame;
  };
  const { test } = statement;
  const items = test
    ? iterate(list).filter((item) => certain(evaluator.decide(test, inside(item))))
    : iterate(list);
  if (items.length === 0) return run(evaluator, statement.otherwise, outer);
  let last: unknown;
  return items.flatMap((item, index) => {
    const frame = inside(item);
    frame.assign('loop', {
      ...position(items, index),
      cycle: new Callable('loop.cycle', (values) => values[index % values.length]),
      changed: new Callable('loop.changed', (values) => {
        const same = last !== undefined && equals(last, values) === true;
        last = values;
        return !same;
      }),
    });
    return run(evaluator, statement.body, frame);
  });
}

function position(items: readonly unknown[], index: number) {
  const { length } = items;
  return {
    index: index + 1,
    index0: index,
    revindex: length - index,
    revindex0: length - index - 1,
    first: index === 0,
    last: index === length - 1,
    length,
    previtem: index > 0 ? items[index - 1] : new Undefined('there is no item before the first'),
    nextitem: index < length - 1 ? items[index + 1] : new Undefined('there is no item after the last'),
  };
}
