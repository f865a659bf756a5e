/** Evaluates Jinja expressions and templates with Ansible's meaning. See docs/decisions/0002-expressions.md. */
import type { SourceNode } from '../source.ts';
import { isUnknown, UNKNOWN } from '../unknown.ts';
import { checkExpression, checkTemplates, names } from './check.ts';
import { type Decision, truth } from './compare.ts';
import { Evaluation } from './evaluation.ts';
import { Failure, fail } from './failure.ts';
import { engineError } from './located.ts';
import type { TemplarOptions } from './options.ts';
import { plain } from './plain.ts';
import { isTemplate, type Templar, type TemplateChecker, type Variables } from './types.ts';

export type { TemplarOptions } from './options.ts';
export { lazyMapping, OMIT } from './value.ts';

/** The expression engine. What it renders is data: it is never rendered again. */
export function createTemplar(options: TemplarOptions): Templar & TemplateChecker {
  const run = <T>(
    variables: Variables,
    at: SourceNode | undefined,
    work: (evaluation: Evaluation) => T,
  ): T => {
    try {
      return work(new Evaluation(options, variables));
    } catch (error) {
      throw engineError(error, at);
    }
  };
  return {
    render: (value, variables, at) =>
      run(variables, at, (evaluation) => plain(evaluation.scope.render(value))),
    evaluate: (expression, variables, at) =>
      run(variables, at, (evaluation) => plain(evaluateOne(evaluation, expression))),
    condition: (expression, variables, at) =>
      run(variables, at, (evaluation) => conjunction(evaluation, expression)),
    checkTemplates,
    checkExpression,
    names,
  };
}

function evaluateOne(evaluation: Evaluation, expression: unknown): unknown {
  if (typeof expression !== 'string' || isTemplate(expression)) return evaluation.scope.render(expression);
  return evaluation.expression(expression);
}

/** False as soon as one part is; UNKNOWN if one is Unknown and none is false. */
function conjunction(evaluation: Evaluation, expression: unknown): Decision {
  if (!Array.isArray(expression)) return condition(evaluation, expression);
  let result: Decision = true;
  for (const [index, part] of expression.entries()) {
    let decision: Decision = UNKNOWN;
    try {
      decision = condition(evaluation, part);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      error.path.unshift(index);
      // Behind a part that is Unknown it might not have been reached
      if (!isUnknown(result)) throw error;
    }
    if (decision === false) return false;
    if (isUnknown(decision)) result = decision;
  }
  return result;
}

function condition(evaluation: Evaluation, expression: unknown): Decision {
  if (expression === null || expression === '') return true;
  if (typeof expression !== 'string') return truth(evaluation.scope.render(expression));
  if (!isTemplate(expression)) return evaluation.condition(expression);
  const value = evaluation.template(expression);
  if (typeof value !== 'string' || value === '') return truth(value);
  if (/^\s*true\s*$/i.test(value)) return true;
  if (/^\s*false\s*$/i.test(value)) return false;
  return fail(
    `the condition came out as the text ${JSON.stringify(value)}, which is neither true nor false`,
    'a condition is an expression without {{ }}; compare, or convert with | bool',
  );
}
