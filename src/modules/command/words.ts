import { EngineError } from '../../engine/errors.ts';

/**
 * Splits a command line into words as POSIX sh does (XCU 2.2 Quoting), without expanding anything.
 * @throws EngineError PARAM_FORMAT when a quote is not closed
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quote === "'") {
      if (char === "'") quote = undefined;
      else word += char;
    } else if (char === '\\') {
      const next = text[++i];
      if (next === undefined) throw new EngineError('PARAM_FORMAT', 'the command ends in a backslash');
      const kept = quote === '"' && !'"\\$`\n'.includes(next) ? `\\${next}` : next;
      word = (word ?? '') + (next === '\n' ? '' : kept);
    } else if (quote === '"') {
      if (char === '"') quote = undefined;
      else word += char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== undefined) {
    throw new EngineError('PARAM_FORMAT', `a ${quote} is not closed in: ${text}`, {
      hint: 'close it, or use argv',
    });
  }
  if (word !== undefined) words.push(word);
  return words;
}
