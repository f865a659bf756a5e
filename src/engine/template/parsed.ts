import type { Node, Statement } from './ast.ts';
import { Failure } from './failure.ts';
import { parseExpression } from './parse-expression.ts';
import { parseTemplate } from './parse-template.ts';

const templates = new Map<string, readonly Statement[] | Failure>();
const expressions = new Map<string, Node | Failure>();

/** The parsed template; texts come from files that are read once, so each is parsed once. @throws Failure EXPR_SYNTAX */
export const templateOf = (text: string): readonly Statement[] => cached(templates, text, parseTemplate);

/** The parsed expression. @throws Failure EXPR_SYNTAX */
export const expressionOf = (text: string): Node => cached(expressions, text, parseExpression);

function cached<T>(cache: Map<string, T | Failure>, text: string, parse: (text: string) => T): T {
  let parsed = cache.get(text);
  if (parsed === undefined) {
    try {
      parsed = parse(text);
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
