/** One word of a line, unquoted, and where it begins (columns count from 0). */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Splits a line as Python's `shlex.split(line, comments=True)` does: whitespace separates, quotes group,
 * a backslash takes the next character as it is, `#` starts a comment even inside a word.
 * @throws SyntaxError when a quote or backslash is left open
 */
export function splitWords(line: string): Word[] {
  const words: Word[] = [];
  let text = '';
  let start = -1;
  let quote = '';
  const finish = (end: number): void => {
    if (start >= 0) words.push({ text, start, end });
    text = '';
    start = -1;
  };
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (quote) {
      if (char === quote) quote = '';
      else if (char === '\\' && quote === '"' && (line[at + 1] === '"' || line[at + 1] === '\\'))
        text += line[++at];
      else text += char;
      continue;
    }
    if (/\s/.test(char)) {
      finish(at);
      continue;
    }
    if (char === '#') {
      finish(at);
      return words;
    }
    if (start < 0) start = at;
    if (char === '"' || char === "'") quote = char;
    else if (char === '\\') {
      if (at + 1 >= line.length) throw new SyntaxError('nothing follows the backslash');
      text += line[++at];
    } else text += char;
  }
  if (quote) throw new SyntaxError(`the quote ${quote} is not closed`);
  finish(line.length);
  return words;
}
