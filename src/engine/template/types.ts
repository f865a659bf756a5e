import type { EngineError } from '../errors.ts';
import type { SourceNode } from '../source.ts';

/**
 * The variables an expression sees. Layers from weakest to strongest; each says whether its strings were written
 * by the user (and so are templates themselves, rendered lazily and recursively) or came from a host (never templated).
 */
export interface VariableLayer {
  readonly values: Readonly<Record<string, unknown>>;
  readonly templated: boolean;
  /** For error messages: `group_vars/all.yml`, `register` */
  readonly name?: string;
}

export type Variables = readonly VariableLayer[];

/** Evaluates what users wrote. Synchronous, side-effect free but for lookups. */
export interface Templar {
  /**
   * A value with every template in it rendered, deeply; a string that is one `{{ expression }}` keeps its native type.
   * UnsafeText becomes its text. `omit` placeholders are left out of mappings and lists.
   * The result is or holds UNKNOWN where it depends on an Unknown.
   * @throws EngineError VAR_UNDEFINED, EXPR_SYNTAX, EXPR_FAILED, FILTER_UNKNOWN, LOOKUP_FAILED, with location if `at` is given
   */
  render(value: unknown, variables: Variables, at?: SourceNode): unknown;
  /** A bare expression, as in `var:` or `until:`; booleans and numbers are taken as they are */
  evaluate(expression: unknown, variables: Variables, at?: SourceNode): unknown;
  /** Truth of a condition as `when:` reads it: a list is a conjunction; UNKNOWN when that decides */
  condition(expression: unknown, variables: Variables, at?: SourceNode): unknown;
}

/** Static checks of templates: parse only. */
export interface TemplateChecker {
  /** Syntax errors, unknown filters and tests in every template of a value; paths are below `at` */
  checkTemplates(value: unknown, at: SourceNode): EngineError[];
  checkExpression(expression: unknown, at: SourceNode): EngineError[];
  /** Root variables that an expression or template names and that are not its own */
  names(text: string, kind: 'template' | 'expression'): readonly string[];
}

/** Whether a string has template syntax in it. */
export const isTemplate = (text: unknown): text is string =>
  typeof text === 'string' && /\{\{|\{%|\{#/.test(text);
