import { EngineError } from '../errors.ts';
import { locationOf, type SourceNode } from '../source.ts';
import { isTemplate } from '../template/types.ts';
import { below, type Session } from './session.ts';
import { usesIn } from './variables.ts';

/** Every template inside a value. */
export function checkTemplates(value: unknown, at: SourceNode, session: Session): void {
  session.problems.push(...(session.context.checker?.checkTemplates(value, at) ?? []));
  session.uses.push(...usesIn(value, 'template', at));
}

/** A condition or a list of conditions; other expressions too. */
export function checkExpressions(value: unknown, at: SourceNode, session: Session): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkExpressions(item, below(at, index), session);
  } else if (isTemplate(value)) {
    checkTemplates(value, at, session);
    session.warnings.push(
      new EngineError('EXPR_SURPRISE', 'this is an expression already: it needs no {{ }}', {
        location: locationOf(at),
        hint: bare(value),
      }),
    );
  } else {
    session.problems.push(...(session.context.checker?.checkExpression(value, at) ?? []));
    session.uses.push(...usesIn(value, 'expression', at));
  }
}

function bare(text: string): string {
  const [, inner] = /^\s*\{\{([^{}]*)\}\}\s*$/.exec(text) ?? [];
  return inner === undefined ? 'write it without' : `write ${inner.trim()}`;
}
