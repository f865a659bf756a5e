import type { ErrorCode } from '../errors.ts';
import type { Node } from './ast.ts';

/** What went wrong inside an expression. The templar turns it into an EngineError, with its place in the file. */
export class Failure extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** The innermost part of the expression that failed, and the text it is part of */
  node: Pick<Node, 'start' | 'end'> | undefined;
  template: string | undefined;
  /** From the value that was asked for to the template in it that failed */
  readonly path: (string | number)[] = [];
  /** Variables between the value that was asked for and the failure, outermost first */
  readonly trail: string[] = [];

  constructor(code: ErrorCode, message: string, hint?: string, node?: Pick<Node, 'start' | 'end'>) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.node = node;
  }
}

/** Stops the evaluation of an expression that cannot be. */
export function fail(message: string, hint?: string): never {
  throw new Failure('EXPR_FAILED', message, hint);
}
