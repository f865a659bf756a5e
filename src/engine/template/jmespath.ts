/** JMESPath (https://jmespath.org/specification.html), for `json_query`: the grammar whole, the functions in jmespath-functions.ts. */
import { compare } from './compare.ts';
import { fail } from './failure.ts';
import { queryFunction } from './jmespath-functions.ts';
import { slice } from './slice.ts';
import { isMapping, mapping } from './value.ts';

/** A compiled query, or part of one. */
export type Query = (value: unknown) => unknown;

const TOKENS =
  /\s*(?:([A-Za-z_]\w*)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`|(-?\d+)|(\[\?|\[\]|&&|\|\||[=!<>]=|[.*@[\]{}():,<>!&|]))/y;

interface Token {
  readonly kind: 'name' | 'literal' | 'number' | 'operator' | 'end';
  readonly text: string;
  readonly value?: unknown;
}

function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (TOKENS.lastIndex = 0; text.slice(end).trim() !== ''; end = TOKENS.lastIndex) {
    TOKENS.lastIndex = end;
    const found = TOKENS.exec(text);
    if (!found) return fail(`${text} is not a query`, `it cannot be read from ${text.slice(end)} on`);
    const [, name, quoted, raw, json, number, operator = ''] = found;
    if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (quoted !== undefined) tokens.push({ kind: 'name', text: JSON.parse(`"${quoted}"`) as string });
    else if (raw !== undefined)
      tokens.push({ kind: 'literal', text: raw, value: raw.replaceAll("\\'", "'") });
    else if (json !== undefined)
      tokens.push({ kind: 'literal', text: json, value: literal(json.replaceAll('\\`', '`')) });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, value: Number(number) });
    else tokens.push({ kind: 'operator', text: operator });
  }
  return [...tokens, { kind: 'end', text: '' }];
}

/** JSON, or a text without its quotes, as jmespath.py still allows. */
function literal(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}

const queries = new Map<string, Query>();

/** @throws Failure for what is no query */
export function compileQuery(text: string): Query {
  let query = queries.get(text);
  if (!query) {
    query = new QueryParser(lex(text), text).whole();
    queries.set(text, query);
  }
  return query;
}

/** Whether a value counts as true: not null, false, or empty. */
function holds(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isMapping(value) || Object.keys(value).length > 0;
}

const POWER: Readonly<Record<string, number>> = {
  '|': 1,
  '||': 2,
  '&&': 3,
  '==': 5,
  '!=': 5,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  '[]': 9,
  '[?': 21,
  '.': 40,
  '[': 55,
};

const field =
  (name: string): Query =>
  (value) =>
    isMapping(value) && Object.hasOwn(value, name) ? value[name] : null;
const self: Query = (value) => value;
const present = (values: readonly unknown[]) => values.filter((each) => each !== null && each !== undefined);

/** Each element of what `list` gives, through `each`; null where that is no list. */
const projection =
  (list: Query, each: Query): Query =>
  (value) => {
    const items = list(value);
    return Array.isArray(items) ? present(items.map(each)) : null;
  };

class QueryParser {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  #index = 0;

  constructor(tokens: readonly Token[], text: string) {
    this.#tokens = tokens;
    this.#text = text;
  }

  whole(): Query {
    const query = this.#expression(0);
    return this.#token.kind === 'end' ? query : this.#refuse();
  }

  get #token(): Token {
    return this.#tokens[this.#index]!;
  }

  #refuse(): never {
    return fail(`${this.#text} is not a query`, `unexpected ${this.#token.text || 'end'}`);
  }

  #is(text: string): boolean {
    return this.#token.kind === 'operator' && this.#token.text === text;
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#index++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) this.#refuse();
  }

  #expression(power: number): Query {
    let left = this.#prefix();
    while (this.#token.kind === 'operator' && power < (POWER[this.#token.text] ?? 0))
      left = this.#infix(left);
    return left;
  }

  #prefix(): Query {
    const token = this.#token;
    if (token.kind === 'literal') {
      this.#index++;
      return () => token.value;
    }
    if (token.kind === 'name') {
      this.#index++;
      return this.#accept('(') ? this.#call(token.text) : field(token.text);
    }
    if (this.#accept('@')) return self;
    if (this.#accept('!')) {
      const operand = this.#expression(45);
      return (value) => !holds(operand(value));
    }
    if (this.#accept('(')) {
      const inner = this.#expression(0);
      this.#expect(')');
      return inner;
    }
    if (this.#is('*')) return this.#star(self);
    if (this.#accept('{')) return this.#hash();
    if (this.#is('[') && !this.#isBracketed()) return this.#list();
    if (this.#is('[') || this.#is('[]') || this.#is('[?')) return this.#infix(self);
    return this.#refuse();
  }

  /** `[0]`, `[*]` and `[1:2]`, rather than `[a, b]` */
  #isBracketed(): boolean {
    const next = this.#tokens[this.#index + 1]!;
    return (
      next.kind === 'number' ||
      next.text === ':' ||
      (next.text === '*' && this.#tokens[this.#index + 2]?.text === ']')
    );
  }

  #infix(left: Query): Query {
    const operator = this.#token.text;
    this.#index++;
    switch (operator) {
      case '.':
        return this.#member(left);
      case '|': {
        const right = this.#expression(POWER['|']!);
        return (value) => right(left(value));
      }
      case '||':
      case '&&': {
        const right = this.#expression(POWER[operator]!);
        return (value) => (holds(left(value)) === (operator === '&&') ? right(value) : left(value));
      }
      case '[]': {
        const flat: Query = (value) => {
          const items = left(value);
          return Array.isArray(items) ? items.flat(1) : null;
        };
        return projection(flat, this.#rest(9));
      }
      case '[?': {
        const test = this.#expression(0);
        this.#expect(']');
        const each = this.#rest(21);
        return (value) => {
          const items = left(value);
          return Array.isArray(items) ? present(items.filter((item) => holds(test(item))).map(each)) : null;
        };
      }
      case '[':
        return this.#bracket(left);
      default: {
        const right = this.#expression(POWER[operator]!);
        return (value) => comparison(operator, left(value), right(value));
      }
    }
  }

  #member(left: Query): Query {
    if (this.#is('*')) return this.#star(left);
    const right = this.#accept('{') ? this.#hash() : this.#is('[') ? this.#list() : this.#expression(40);
    return (value) => {
      const inner = left(value);
      return inner === null || inner === undefined ? null : right(inner);
    };
  }

  /** What follows a projection, and is applied to each of its elements */
  #rest(power: number): Query {
    if (this.#accept('.')) return this.#chain(this.#member(self), power);
    if (this.#is('[') || this.#is('[?')) return this.#chain(this.#infix(self), power);
    return self;
  }

  #chain(query: Query, power: number): Query {
    let left = query;
    while (this.#token.kind === 'operator' && power < (POWER[this.#token.text] ?? 0))
      left = this.#infix(left);
    return left;
  }

  #star(left: Query): Query {
    this.#expect('*');
    const values: Query = (value) => {
      const inner = left(value);
      return isMapping(inner) ? Object.values(inner) : null;
    };
    return projection(values, this.#rest(20));
  }

  #bracket(left: Query): Query {
    if (this.#accept('*')) {
      this.#expect(']');
      return projection(left, this.#rest(20));
    }
    const parts: (number | undefined)[] = [undefined];
    while (!this.#accept(']')) {
      if (this.#accept(':')) parts.push(undefined);
      else if (this.#token.kind === 'number') {
        parts[parts.length - 1] = this.#token.value as number;
        this.#index++;
      } else this.#refuse();
    }
    if (parts.length === 1) {
      const [index = 0] = parts;
      return (value) => {
        const items = left(value);
        return Array.isArray(items) ? (items.at(index) ?? null) : null;
      };
    }
    const [from, to, step] = parts;
    const sliced: Query = (value) => {
      const items = left(value);
      return Array.isArray(items) ? slice(items, from, to, step) : null;
    };
    return projection(sliced, this.#rest(20));
  }

  #list(): Query {
    this.#expect('[');
    const items = [this.#expression(0)];
    while (this.#accept(',')) items.push(this.#expression(0));
    this.#expect(']');
    return (value) => (value === null ? null : items.map((item) => item(value)));
  }

  #hash(): Query {
    const entries: [string, Query][] = [];
    do {
      if (this.#token.kind !== 'name') this.#refuse();
      const { text } = this.#token;
      this.#index++;
      this.#expect(':');
      entries.push([text, this.#expression(0)]);
    } while (this.#accept(','));
    this.#expect('}');
    return (value) => (value === null ? null : mapping(entries.map(([key, query]) => [key, query(value)])));
  }

  #call(name: string): Query {
    const args: { query: Query; reference: boolean }[] = [];
    while (!this.#accept(')')) {
      const reference = this.#accept('&');
      args.push({ query: this.#expression(0), reference });
      if (!this.#is(')')) this.#expect(',');
    }
    const run = queryFunction(name);
    return (value) => run(args.map(({ query, reference }) => (reference ? query : query(value))));
  }
}

function comparison(operator: string, a: unknown, b: unknown): unknown {
  if (operator === '==' || operator === '!=') return compare(operator, a, b);
  return typeof a === 'number' && typeof b === 'number' ? compare(operator, a, b) : null;
}
