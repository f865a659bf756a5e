/** Jinja's templates: text, `{{ expressions }}`, `{% statements %}` and `{# comments #}`. */
import type { FilterCall, Macro, Node, Statement, Target } from './ast.ts';
import { Failure } from './failure.ts';
import { type Escapes, lex } from './lexer.ts';
import { ExpressionParser } from './parse-expression.ts';

const OPENER = /\{\{|\{%|\{#/g;
const RAW = /\{%[-+]?\s*endraw\s*([-+]?)%\}/g;
const OUTPUT_END = /[-+]?\}\}/y;
const BLOCK_END = /[-+]?%\}/y;

type Piece =
  | { readonly kind: 'text'; text: string }
  | {
      readonly kind: 'output' | 'block';
      readonly parser: ExpressionParser;
      readonly start: number;
      readonly end: number;
    };

/** @throws Failure EXPR_SYNTAX */
export function parseTemplate(text: string, escapes: Escapes): readonly Statement[] {
  const parser = new TemplateParser(split(text.replaceAll('\r\n', '\n'), escapes));
  return parser.body([]).statements;
}

/** Cuts a template at its delimiters. A newline right after a block or comment is dropped (trim_blocks). */
function split(text: string, escapes: Escapes): Piece[] {
  const pieces: Piece[] = [];
  let position = 0;
  const addText = (until: number, stripEnd: boolean) => {
    const plain = text.slice(position, until);
    pieces.push({ kind: 'text', text: stripEnd ? plain.trimEnd() : plain });
  };
  const skip = (end: number, marker: string | undefined, block: boolean) => {
    position = end;
    if (marker === '-') position += /^\s*/.exec(text.slice(end))![0].length;
    else if (block && marker !== '+' && text[end] === '\n') position++;
  };
  for (;;) {
    OPENER.lastIndex = position;
    const opener = OPENER.exec(text);
    if (!opener) break;
    const { index: start } = opener;
    const marker = text[start + 2];
    addText(start, marker === '-');
    const inside = start + (marker === '-' || marker === '+' ? 3 : 2);
    if (opener[0] === '{#') {
      const end = text.indexOf('#}', start + 2);
      if (end < 0)
        throw new Failure('EXPR_SYNTAX', 'a comment is not closed', 'end it with #}', {
          start,
          end: start + 2,
        });
      skip(end + 2, text[end - 1], true);
      continue;
    }
    const block = opener[0] === '{%';
    const tokens = lex(text, block ? 'python' : escapes, inside, block ? BLOCK_END : OUTPUT_END);
    const last = tokens.at(-1)!;
    skip(last.end, last.text.length > 2 ? last.text[0] : undefined, block);
    if (block && tokens[0]?.text === 'raw' && tokens.length === 2) {
      RAW.lastIndex = position;
      const close = RAW.exec(text);
      if (!close)
        throw new Failure('EXPR_SYNTAX', 'raw is not closed', 'end it with {% endraw %}', {
          start,
          end: last.end,
        });
      addText(close.index, close[0][2] === '-');
      skip(RAW.lastIndex, close[1] || undefined, true);
      continue;
    }
    pieces.push({
      kind: block ? 'block' : 'output',
      parser: new ExpressionParser(tokens),
      start,
      end: last.end,
    });
  }
  addText(text.length, false);
  return pieces.filter((piece) => piece.kind !== 'text' || piece.text !== '');
}

class TemplateParser {
  readonly #pieces: readonly Piece[];
  #index = 0;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  /** Statements up to a block that begins with one of the words, whose parser is left after that word. */
  body(
    ends: readonly string[],
    opened?: Piece,
  ): { statements: Statement[]; end: string; parser: ExpressionParser } {
    const statements: Statement[] = [];
    for (;;) {
      const piece = this.#pieces[this.#index++];
      if (!piece) {
        if (ends.length === 0) return { statements, end: '', parser: new ExpressionParser([]) };
        const { start, end } = opened as { start: number; end: number };
        throw new Failure('EXPR_SYNTAX', 'a block is not closed', `end it with {% ${ends.at(-1)} %}`, {
          start,
          end,
        });
      }
      if (piece.kind === 'text') statements.push({ type: 'text', text: piece.text });
      else if (piece.kind === 'output') {
        const value = piece.parser.tuple();
        piece.parser.expectEnd();
        statements.push({ type: 'output', value });
      } else {
        const word = piece.parser.token.text;
        if (ends.includes(word)) {
          piece.parser.next();
          return { statements, end: word, parser: piece.parser };
        }
        statements.push(this.#statement(piece.parser.name(), piece.parser, piece));
      }
    }
  }

  #closed(end: string, piece: Piece): Statement[] {
    const { statements, parser } = this.body([end], piece);
    if (end === 'endmacro' && parser.token.kind === 'name') parser.next();
    parser.expectEnd();
    return statements;
  }

  #statement(word: string, parser: ExpressionParser, piece: Piece): Statement {
    switch (word) {
      case 'if':
        return this.#if(parser, piece);
      case 'for':
        return this.#for(parser, piece);
      case 'set':
        return this.#set(parser, piece);
      case 'with':
        return this.#with(parser, piece);
      case 'macro':
        return { type: 'macro', macro: this.#macro(parser, piece) };
      case 'filter': {
        const filters = filterChain(parser);
        return { type: 'filter', filters, body: this.#closed('endfilter', piece) };
      }
      case 'include':
        return this.#include(parser);
      default: {
        const { start, end } = piece as { start: number; end: number };
        const stray = /^(?:end|el)/.test(word);
        throw new Failure(
          'EXPR_SYNTAX',
          stray ? `${word} without its beginning` : `${word} is not a statement`,
          undefined,
          { start, end },
        );
      }
    }
  }

  #if(parser: ExpressionParser, piece: Piece): Statement {
    const branches: { test: Node; body: Statement[] }[] = [];
    let current = parser;
    for (;;) {
      const test = current.tuple();
      current.expectEnd();
      const { statements, end, parser: next } = this.body(['elif', 'else', 'endif'], piece);
      branches.push({ test, body: statements });
      current = next;
      if (end === 'elif') continue;
      current.expectEnd();
      return { type: 'if', branches, otherwise: end === 'else' ? this.#closed('endif', piece) : [] };
    }
  }

  #for(parser: ExpressionParser, piece: Piece): Statement {
    const target = targets(parser);
    parser.expect('in');
    const list = parser.iterable();
    const test = parser.accept('if') ? parser.expression() : undefined;
    parser.expectEnd();
    const { statements, end, parser: next } = this.body(['else', 'endfor'], piece);
    next.expectEnd();
    const otherwise = end === 'else' ? this.#closed('endfor', piece) : [];
    return { type: 'for', target, list, test, body: statements, otherwise };
  }

  #set(parser: ExpressionParser, piece: Piece): Statement {
    const target = targets(parser);
    if (parser.accept('=')) {
      const value = parser.tuple();
      parser.expectEnd();
      return { type: 'set', target, value };
    }
    const filters = parser.accept('|') ? filterChain(parser) : [];
    parser.expectEnd();
    return { type: 'capture', target, filters, body: this.#closed('endset', piece) };
  }

  #with(parser: ExpressionParser, piece: Piece): Statement {
    const bindings: { target: Target; value: Node }[] = [];
    while (!parser.atEnd) {
      const target = parser.name();
      parser.expect('=');
      bindings.push({ target, value: parser.expression() });
      if (!parser.atEnd) parser.expect(',');
    }
    return { type: 'with', bindings, body: this.#closed('endwith', piece) };
  }

  #macro(parser: ExpressionParser, piece: Piece): Macro {
    const name = parser.name();
    const params: { name: string; otherwise: Node | undefined }[] = [];
    parser.expect('(');
    while (!parser.accept(')')) {
      const param = parser.name();
      params.push({ name: param, otherwise: parser.accept('=') ? parser.expression() : undefined });
      if (!parser.is(')')) parser.expect(',');
    }
    parser.expectEnd();
    return { name, params, body: this.#closed('endmacro', piece) };
  }

  #include(parser: ExpressionParser): Statement {
    const file = parser.expression();
    const ignoreMissing = parser.accept('ignore');
    if (ignoreMissing) parser.expect('missing');
    if (parser.accept('with') || parser.accept('without')) parser.expect('context');
    parser.expectEnd();
    return { type: 'include', file, ignoreMissing };
  }
}

function targets(parser: ExpressionParser): Target {
  const one = (): Target => {
    if (parser.accept('(')) {
      const inner = targets(parser);
      parser.expect(')');
      return inner;
    }
    const name = parser.name();
    return parser.accept('.') ? { namespace: name, attribute: parser.name() } : name;
  };
  const first = one();
  if (!parser.is(',')) return first;
  const list: Target[] = [first];
  while (parser.accept(',')) list.push(one());
  return list;
}

function filterChain(parser: ExpressionParser): FilterCall[] {
  const filters = [parser.filterCall(parser.token.start)];
  while (parser.accept('|')) filters.push(parser.filterCall(parser.token.start));
  parser.expectEnd();
  return filters;
}
