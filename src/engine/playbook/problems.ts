import type { EngineError } from '../errors.ts';

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Problems in order of file, line and column (those without a place first), each once. */
export function inOrder(problems: readonly EngineError[]): EngineError[] {
  const unique = new Map<string, EngineError>();
  for (const problem of problems) {
    const { file, line, column } = problem.location ?? {};
    unique.set([file, line, column, problem.code, problem.message].join('\0'), problem);
  }
  return [...unique.values()].sort((a, b) => {
    const [x, y] = [a.location, b.location];
    if (!x || !y) return Number(x !== undefined) - Number(y !== undefined);
    return byText(x.file, y.file) || x.line - y.line || x.column - y.column || byText(a.code, b.code);
  });
}

const noqa = /(?:^|\s)#\s*noqa(?::\s*([A-Z_]+(?:[\s,]+[A-Z_]+)*))?/;

/** Whether the line a warning is about says that it is meant: `# noqa`, or `# noqa: CODE, CODE`. */
export function isSilenced({ code, location }: EngineError): boolean {
  const found = noqa.exec(location?.text ?? '');
  return found !== null && (found[1] === undefined || found[1].split(/[\s,]+/).includes(code));
}

/** Whether two problems are about the same place. */
export const isSamePlace = ({ location: a }: EngineError, { location: b }: EngineError): boolean =>
  a !== undefined && a.file === b?.file && a.line === b.line && a.column === b.column;
