/** Jinja's expression grammar, by recursive descent; one function a level of precedence. */
import type { Operator } from './arithmetic.ts';
import type { Arguments, FilterCall, Node } from './ast.ts';
import { Failure } from './failure.ts';
import { type Escapes, lex, type Token } from './lexer.ts';

const CONSTANTS: Record<string, unknown> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
};

/** Words that end the argument of a test written without brackets: `x is defined and …` */
const RESERVED = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else', 'recursive']);

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=']);

/** A whole expression. @throws Failure EXPR_SYNTAX */
export function parseExpression(text: string, escapes: Escapes): Node {
  const parser = new ExpressionParser(lex(text, escapes));
  const node = parser.expression();
  parser.expectEnd();
  return node;
}

export class ExpressionParser {
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get token(): Token {
    return this.#tokens[this.#index]!;
  }

  get atEnd(): boolean {
    return this.token.kind === 'end';
  }

  next(): Token {
    const token = this.token;
    if (token.kind !== 'end') this.#index++;
    return token;
  }

  is(text: string): boolean {
    return this.token.text === text && (this.token.kind === 'operator' || this.token.kind === 'name');
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.#index++;
    return true;
  }

  expect(text: string): Token {
    if (!this.is(text)) this.unexpected(`expected ${text}`);
    return this.next();
  }

  name(): string {
    if (this.token.kind !== 'name') this.unexpected('expected a name');
    return this.next().text;
  }

  expectEnd(): void {
    if (this.token.kind !== 'end') this.unexpected();
  }

  unexpected(expected?: string): never {
    const { kind, text, start, end } = this.token;
    const found = kind === 'end' ? 'the expression ends too early' : `unexpected ${text}`;
    const hint =
      text === '='
        ? 'compare with =='
        : kind === 'name'
          ? 'is an operator, quote or comma missing?'
          : undefined;
    throw new Failure('EXPR_SYNTAX', expected ? `${found}: ${expected}` : found, hint, {
      start,
      end: Math.max(end, start + 1),
    });
  }

  /** `a if test else b`, and everything that binds tighter */
  expression(): Node {
    let node = this.#or();
    while (this.accept('if')) {
      const test = this.#or();
      const no = this.accept('else') ? this.expression() : undefined;
      node = { type: 'choice', test, yes: node, no, start: node.start, end: (no ?? test).end };
    }
    return node;
  }

  /** An expression, or several with commas between, which make a list */
  tuple(): Node {
    const first = this.expression();
    if (!this.is(',')) return first;
    const items = [first];
    while (this.accept(',') && this.token.kind !== 'end' && !this.is(')') && !this.is(']'))
      items.push(this.expression());
    return { type: 'list', items, start: first.start, end: items.at(-1)!.end };
  }

  /** An expression without `a if b else c`, for `for x in list if test` */
  #or(): Node {
    let left = this.#and();
    while (this.accept('or')) {
      const right = this.#and();
      left = { type: 'logic', operator: 'or', left, right, start: left.start, end: right.end };
    }
    return left;
  }

  /** The list of a `for`: its `if` belongs to the loop */
  iterable(): Node {
    const first = this.#or();
    if (!this.is(',')) return first;
    const items = [first];
    while (this.accept(',')) items.push(this.#or());
    return { type: 'list', items, start: first.start, end: items.at(-1)!.end };
  }

  #and(): Node {
    let left = this.#not();
    while (this.accept('and')) {
      const right = this.#not();
      left = { type: 'logic', operator: 'and', left, right, start: left.start, end: right.end };
    }
    return left;
  }

  #not(): Node {
    const { start } = this.token;
    if (!this.accept('not')) return this.#comparison();
    const operand = this.#not();
    return { type: 'not', operand, start, end: operand.end };
  }

  #comparison(): Node {
    const first = this.#sum();
    const rest: { operator: string; operand: Node }[] = [];
    for (;;) {
      if (this.token.kind === 'operator' && COMPARISONS.has(this.token.text))
        rest.push({ operator: this.next().text, operand: this.#sum() });
      else if (this.accept('in')) rest.push({ operator: 'in', operand: this.#sum() });
      else if (this.is('not') && this.#tokens[this.#index + 1]?.text === 'in') {
        this.#index += 2;
        rest.push({ operator: 'not in', operand: this.#sum() });
      } else break;
    }
    const last = rest.at(-1);
    return last ? { type: 'compare', first, rest, start: first.start, end: last.operand.end } : first;
  }

  #binary(operators: readonly Operator[], operand: () => Node): Node {
    let left = operand();
    while (this.token.kind === 'operator' && (operators as readonly string[]).includes(this.token.text)) {
      const operator = this.next().text as Operator;
      const right = operand();
      left = { type: 'binary', operator, left, right, start: left.start, end: right.end };
    }
    return left;
  }

  #sum(): Node {
    return this.#binary(['+', '-'], () => this.#concatenation());
  }

  #concatenation(): Node {
    return this.#binary(['~'], () => this.#product());
  }

  #product(): Node {
    return this.#binary(['*', '/', '//', '%'], () => this.#power());
  }

  #power(): Node {
    return this.#binary(['**'], () => this.#unary(true));
  }

  #unary(withFilters: boolean): Node {
    const { start, text } = this.token;
    let node: Node;
    if (this.is('-') || this.is('+')) {
      this.next();
      const operand = this.#unary(false);
      node = { type: 'sign', operator: text as '-' | '+', operand, start, end: operand.end };
    } else node = this.#primary();
    node = this.#postfix(node);
    return withFilters ? this.#filters(node) : node;
  }

  #primary(): Node {
    const token = this.next();
    const { start, end } = token;
    if (token.kind === 'name') {
      if (Object.hasOwn(CONSTANTS, token.text))
        return { type: 'literal', value: CONSTANTS[token.text], start, end };
      if (!RESERVED.has(token.text)) return { type: 'name', name: token.text, start, end };
    }
    if (token.kind === 'number') return { type: 'literal', value: token.value, start, end };
    if (token.kind === 'string') return this.#strings(token);
    if (token.text === '(') {
      if (this.accept(')')) return { type: 'list', items: [], start, end };
      const inner = this.tuple();
      return { ...inner, start, end: this.expect(')').end };
    }
    if (token.text === '[') {
      const items = this.#separated(']', () => this.expression());
      return { type: 'list', items, start, end: this.next().end };
    }
    if (token.text === '{') {
      const entries = this.#separated('}', (): [Node, Node] => {
        const key = this.expression();
        this.expect(':');
        return [key, this.expression()];
      });
      return { type: 'dict', entries, start, end: this.next().end };
    }
    if (token.kind !== 'end') this.#index--;
    return this.unexpected();
  }

  #strings(first: Token): Node {
    let value = first.value as string;
    let { end } = first;
    while (this.token.kind === 'string') {
      const token = this.next();
      value += token.value as string;
      end = token.end;
    }
    return { type: 'literal', value, start: first.start, end };
  }

  #separated<T>(closer: string, element: () => T): T[] {
    const elements: T[] = [];
    while (!this.is(closer)) {
      elements.push(element());
      if (!this.is(closer)) this.expect(',');
    }
    return elements;
  }

  #postfix(node: Node): Node {
    for (;;) {
      if (this.accept('.')) node = this.#attribute(node);
      else if (this.accept('[')) node = this.#subscript(node);
      else if (this.is('(')) node = this.#call(node);
      else return node;
    }
  }

  #attribute(object: Node): Node {
    const { kind, text, value, start, end } = this.token;
    if (kind === 'number') {
      this.next();
      const key: Node = { type: 'literal', value, start, end };
      return { type: 'item', object, key, start: object.start, end };
    }
    if (kind !== 'name') this.unexpected('expected a name after the dot');
    this.next();
    return { type: 'attribute', object, name: text, start: object.start, end };
  }

  #subscript(object: Node): Node {
    const bound = () => (this.is(':') || this.is(']') ? undefined : this.expression());
    const from = this.is(':') ? undefined : this.tuple();
    if (!this.is(':')) {
      const end = this.expect(']').end;
      return { type: 'item', object, key: from!, start: object.start, end };
    }
    this.next();
    const to = bound();
    const step = this.accept(':') ? bound() : undefined;
    return { type: 'slice', object, from, to, step, start: object.start, end: this.expect(']').end };
  }

  #call(callee: Node): Node {
    const { args, end } = this.arguments();
    return { type: 'call', callee, args, start: callee.start, end };
  }

  /** `(a, b=c, *d, **e)` */
  arguments(): { args: Arguments; end: number } {
    this.expect('(');
    const positional: Node[] = [];
    const named: [string, Node][] = [];
    let rest: Node | undefined;
    let restNamed: Node | undefined;
    this.#separated(')', () => {
      if (this.accept('**')) restNamed = this.expression();
      else if (this.accept('*')) rest = this.expression();
      else if (this.token.kind === 'name' && this.#tokens[this.#index + 1]?.text === '=') {
        const name = this.next().text;
        this.next();
        named.push([name, this.expression()]);
      } else if (named.length > 0) this.unexpected('positional arguments come before named ones');
      else positional.push(this.expression());
    });
    return { args: { positional, named, rest, restNamed }, end: this.next().end };
  }

  #filters(node: Node): Node {
    for (;;) {
      if (this.accept('|')) node = { type: 'filter', input: node, ...this.filterCall(node.start) };
      else if (this.is('is')) node = this.#test(node);
      else if (this.is('(')) node = this.#call(node);
      else return node;
    }
  }

  /** A filter's name and arguments, after the bar */
  filterCall(start: number): FilterCall {
    const { name, nameAt } = this.#dottedName();
    if (!this.is('(')) return { name, args: { positional: [], named: [] }, nameAt, start, end: nameAt.end };
    const { args, end } = this.arguments();
    return { name, args, nameAt, start, end };
  }

  #dottedName(): { name: string; nameAt: { start: number; end: number } } {
    const { start } = this.token;
    let { end } = this.token;
    let name = this.name();
    while (this.accept('.')) {
      end = this.token.end;
      name += `.${this.name()}`;
    }
    return { name, nameAt: { start, end } };
  }

  #test(input: Node): Node {
    this.expect('is');
    const negated = this.accept('not');
    const { name, nameAt } = this.#dottedName();
    let args: Arguments = { positional: [], named: [] };
    let { end } = nameAt;
    const { kind, text } = this.token;
    if (text === '(' && kind === 'operator') ({ args, end } = this.arguments());
    else if (
      kind === 'string' ||
      kind === 'number' ||
      (kind === 'name' && !RESERVED.has(text)) ||
      (kind === 'operator' && (text === '[' || text === '{'))
    ) {
      const argument = this.#postfix(this.#primary());
      args = { positional: [argument], named: [] };
      end = argument.end;
    }
    const node: Node = { type: 'test', input, name, args, nameAt, start: input.start, end };
    return negated ? { type: 'not', operand: node, start: input.start, end } : node;
  }
}
