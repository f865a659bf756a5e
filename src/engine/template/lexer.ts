import { Failure } from './failure.ts';
import { float } from './value.ts';

/**
 * What a backslash means in a string. In the `{{ }}` of playbooks Ansible takes it as it is, so that `'\1'` and `'\d'`
 * need no doubling; in conditions, statements and template files it escapes as in Python.
 */
export type Escapes = 'literal' | 'python';

export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'operator' | 'end';
  readonly text: string;
  /** Of numbers and strings */
  readonly value?: unknown;
  readonly start: number;
  readonly end: number;
}

const SPACE = /\s+/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const NUMBER = /0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?/y;
const DIGITS = /\d+/y;
const STRING = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/y;
const OPERATOR = /\/\/|\*\*|==|!=|<=|>=|[-+~*/%<>=|.,:()[\]{}]/y;

const CLOSERS: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/**
 * The tokens of an expression from `start` on, up to the end of the text, or to a closing delimiter (`}}`, `%}`)
 * outside all brackets. The last token is the end.
 */
export function lex(text: string, escapes: Escapes, start = 0, closer?: RegExp): Token[] {
  const tokens: Token[] = [];
  const open: string[] = [];
  let position = start;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = position;
    return pattern.exec(text)?.[0];
  };
  const push = (kind: Token['kind'], found: string, value?: unknown) => {
    tokens.push({ kind, text: found, value, start: position, end: position + found.length });
    position += found.length;
  };
  for (;;) {
    position += take(SPACE)?.length ?? 0;
    const closing = open.length === 0 && closer ? take(closer) : undefined;
    if (closing !== undefined || position >= text.length) {
      if (closing === undefined && closer)
        throw new Failure('EXPR_SYNTAX', 'the expression is not closed', undefined, {
          start,
          end: text.length,
        });
      tokens.push({
        kind: 'end',
        text: closing ?? '',
        start: position,
        end: position + (closing?.length ?? 0),
      });
      return tokens;
    }
    const afterDot = tokens.at(-1)?.text === '.';
    const number = take(afterDot ? DIGITS : NUMBER);
    const string = take(STRING);
    const name = take(NAME);
    const operator = take(OPERATOR);
    if (number !== undefined) push('number', number, numberValue(number));
    else if (string !== undefined) push('string', string, stringValue(string, escapes));
    else if (name !== undefined) push('name', name);
    else if (operator !== undefined) {
      if (CLOSERS[operator]) open.push(CLOSERS[operator]);
      else if (/[)\]}]/.test(operator) && open.pop() !== operator)
        throw new Failure('EXPR_SYNTAX', `unexpected ${operator}`, undefined, {
          start: position,
          end: position + 1,
        });
      push('operator', operator);
    } else {
      const character = text[position]!;
      const quote = character === "'" || character === '"';
      throw new Failure(
        'EXPR_SYNTAX',
        quote ? 'a string is not closed' : `unexpected ${character}`,
        character === '&' ? 'write and' : character === '!' ? 'write not' : undefined,
        { start: position, end: quote ? text.length : position + 1 },
      );
    }
  }
}

function numberValue(text: string): unknown {
  const digits = text.replaceAll('_', '');
  if (/^0[xXoObB]/.test(digits)) return Number(digits);
  if (/[.eE]/.test(digits)) return float(Number(digits));
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}

const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '\n': '',
};

function stringValue(literal: string, escapes: Escapes): string {
  const body = literal.slice(1, -1);
  if (!body.includes('\\')) return body;
  return escapes === 'python' ? unescaped(body) : body.replaceAll(`\\${literal[0]}`, literal[0]!);
}

/** An unknown escape stays as it is. */
function unescaped(body: string): string {
  return body.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (whole, hex?: string, four?: string, eight?: string, octal?: string, letter?: string) => {
      const code = hex ?? four ?? eight;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      if (letter === '\\' || letter === "'" || letter === '"') return letter;
      return letter !== undefined && Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter]! : whole;
    },
  );
}
