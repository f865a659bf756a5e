/** Evaluates Jinja expressions and templates with Ansible's meaning. See docs/decisions/0002-expressions.md. */
import type { SourceNode } from '../source.ts';
import { isUnknown, UNKNOWN } from '../unknown.ts';
import { checkExpression, checkTemplates, names } from './check.ts';
import { type Decision, truth } from './compare.ts';
import { Evaluation } from './evaluation.ts';
import { Failure } from './failure.ts';
import { engineError } from './located.ts';
import type { TemplarOptions } from './options.ts';
import { plain } from './plain.ts';
import type { Templar, TemplateChecker, Variables } from './types.ts';

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

/** A template where one stands for the expression: `until: "{{ result.rc == 0 }}"` */
function evaluateOne(evaluation: Evaluation, expression: unknown): unknown {
  const bare = typeof expression === 'string' && !/^\s*\{[{%#]/.test(expression);
  return bare ? evaluation.expression(expression) : evaluation.scope.render(expression);
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
  return evaluation.condition(expression);
}
