import type { Node, Statement } from './ast.ts';
import { Failure } from './failure.ts';
import type { Escapes } from './lexer.ts';
import { parseExpression } from './parse-expression.ts';
import { parseTemplate } from './parse-template.ts';
import { isTemplate } from './types.ts';

type Cache<T> = Readonly<Record<Escapes, Map<string, T | Failure>>>;

const templates: Cache<readonly Statement[]> = { literal: new Map(), python: new Map() };
const expressions: Cache<Node> = { literal: new Map(), python: new Map() };

/** The parsed template; texts come from files that are read once, so each is parsed once. @throws Failure EXPR_SYNTAX */
export const templateOf = (text: string, escapes: Escapes): readonly Statement[] =>
  cached(templates, text, escapes, parseTemplate);

/** The parsed expression. @throws Failure EXPR_SYNTAX */
export const expressionOf = (text: string, escapes: Escapes): Node =>
  cached(expressions, text, escapes, parseExpression);

/**
 * The parsed condition. One that is a whole `{{ expression }}` is that expression; templates in other places are
 * refused, for what they come to would have to be read as an expression again. @throws Failure EXPR_SYNTAX
 */
export function conditionOf(text: string): Node {
  if (!isTemplate(text)) return expressionOf(text, 'python');
  const [first, ...rest] = templateOf(text.trim(), 'literal');
  if (first?.type === 'output' && rest.length === 0) return first.value;
  throw Object.assign(
    new Failure(
      'EXPR_SYNTAX',
      'a condition is an expression, not a template',
      'write the names without {{ }}',
    ),
    { template: text },
  );
}

function cached<T>(
  caches: Cache<T>,
  text: string,
  escapes: Escapes,
  parse: (text: string, escapes: Escapes) => T,
): T {
  const cache = caches[escapes];
  let parsed = cache.get(text);
  if (parsed === undefined) {
    try {
      parsed = parse(text, escapes);
    } catch (error) {
      if (error instanceof RangeError) parsed = new Failure('EXPR_SYNTAX', 'the expression nests too deeply');
      else if (error instanceof Failure) parsed = error;
      else throw error;
    }
    cache.set(text, parsed);
  }
  if (!(parsed instanceof Failure)) return parsed;
  // A fresh one each time: where it happened is noted on it
  const { code, message, hint, node } = parsed;
  throw Object.assign(new Failure(code, message, hint, node), { template: text });
}
