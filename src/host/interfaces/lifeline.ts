import { EngineError } from '../../engine/errors.ts';
export function lifelineProblem(_a: unknown, _b: unknown, _c: unknown): EngineError | undefined {
  return undefined;
}
