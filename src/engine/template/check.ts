/** What can be found wrong in a template without evaluating it. */
import { EngineError } from '../errors.ts';
import { type SourceNode, UnsafeText } from '../source.ts';
import { Failure } from './failure.ts';
import { engineError } from './located.ts';
import { conditionOf, expressionOf, templateOf } from './parsed.ts';
import { Survey } from './survey.ts';
import { isTemplate } from './types.ts';

type Kind = 'template' | 'expression' | 'condition';

/** @throws Failure EXPR_SYNTAX */
function survey(text: string, kind: Kind): Survey {
  const found = new Survey();
  if (kind === 'template') found.statements(templateOf(text, 'literal'), new Set());
  else found.expression(kind === 'condition' ? conditionOf(text) : expressionOf(text, 'literal'));
  return found;
}

function checkText(text: string, kind: Kind, at: SourceNode): EngineError[] {
  let failures: unknown[];
  try {
    failures = survey(text, kind)
      .failures.sort((a, b) => a.node!.start - b.node!.start)
      .map((failure) => Object.assign(failure, { template: text }));
  } catch (error) {
    failures = [error];
  }
  return failures.map((failure) => {
    const error = engineError(failure, at);
    if (error instanceof EngineError) return error;
    throw error;
  });
}

/** See TemplateChecker. */
export function checkTemplates(value: unknown, at: SourceNode): EngineError[] {
  if (isTemplate(value)) return checkText(value, 'template', at);
  if (value === null || typeof value !== 'object' || value instanceof UnsafeText) return [];
  const below = (key: string) => ({ ...at, path: [...at.path, Array.isArray(value) ? Number(key) : key] });
  return Object.entries(value).flatMap(([key, each]) => checkTemplates(each, below(key)));
}

/** See TemplateChecker. A list is several expressions. */
export function checkExpression(expression: unknown, at: SourceNode): EngineError[] {
  if (Array.isArray(expression))
    return expression.flatMap((each, index) => checkExpression(each, { ...at, path: [...at.path, index] }));
  if (typeof expression !== 'string' || expression === '') return [];
  return checkText(expression, 'condition', at);
}

/** See TemplateChecker. Empty for text that does not parse. */
export function names(text: string, kind: Kind): readonly string[] {
  try {
    return [...survey(text, kind === 'expression' && isTemplate(text) ? 'condition' : kind).names];
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
