const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * A value as Ansible reads it in INI files, by Python's `ast.literal_eval`: numbers, strings, True, False, None, lists,
 * tuples and sets (as arrays), dicts; anything else is the text itself. Integers that JavaScript cannot hold stay text.
 */
export function readPythonLiteral(text: string): unknown {
  try {
    return new LiteralReader(text).whole();
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

class LiteralReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The whole text is one value, or values with commas: a tuple. */
  whole(): unknown {
    this.#skipBlank();
    const first = this.#value();
    if (!this.#take(',')) return this.#end(first);
    return this.#end([first, ...this.#values('')]);
  }

  #end(value: unknown): unknown {
    this.#skipBlank();
    if (this.#at < this.#text.length) throw new SyntaxError();
    return value;
  }

  #value(): unknown {
    this.#skipBlank();
    if (this.#take('[')) return this.#values(']');
    if (this.#take('(')) return this.#parenthesis();
    if (this.#take('{')) return this.#braces();
    const word = this.#match(/(?:True|False|None)(?![\w.(])/y);
    if (word) return word === 'None' ? null : word === 'True';
    if (/["']|[rbu]["']|(?:rb|br)["']/iy.test(this.#text.slice(this.#at, this.#at + 3)))
      return this.#strings();
    return this.#number();
  }

  #number(): number {
    const text = this.#match(
      /[-+]?\s*(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*)?\.?(?:\d(?:_?\d)*)?(?:[eE][-+]?\d(?:_?\d)*)?)(?![\w.])/y,
    );
    const digits = text?.replaceAll(/[_\s]/g, '') ?? '';
    if (!/\d/.test(digits) || /^[-+]?[eE]/.test(digits)) throw new SyntaxError();
    if (/^[-+]?0\d*[1-9]\d*$/.test(digits)) throw new SyntaxError();
    const magnitude = Number(digits.replace(/^[-+]/, ''));
    const whole = /^[-+]?(?:0[xob].*|\d+)$/i.test(digits);
    if (whole ? !Number.isSafeInteger(magnitude) : !Number.isFinite(magnitude)) throw new SyntaxError();
    return digits.startsWith('-') && magnitude !== 0 ? -magnitude : magnitude;
  }

  /** Values up to a closing bracket; with '' as the bracket, to the end of the text. */
  #values(close: string): unknown[] {
    const values: unknown[] = [];
    while (!this.#closes(close)) {
      values.push(this.#value());
      if (!this.#take(',')) {
        if (!this.#closes(close)) throw new SyntaxError();
        break;
      }
    }
    return values;
  }

  #closes(close: string): boolean {
    this.#skipBlank();
    return close === '' ? this.#at >= this.#text.length : this.#take(close);
  }

  #parenthesis(): unknown {
    if (this.#closes(')')) return [];
    const first = this.#value();
    if (this.#closes(')')) return first;
    if (!this.#take(',')) throw new SyntaxError();
    return [first, ...this.#values(')')];
  }

  #braces(): unknown {
    if (this.#closes('}')) return {};
    const first = this.#value();
    if (!this.#take(':')) {
      if (this.#closes('}')) return [first];
      if (!this.#take(',')) throw new SyntaxError();
      return [...new Set([first, ...this.#values('}')])];
    }
    const entries: [string, unknown][] = [[keyText(first), this.#value()]];
    while (!this.#closes('}')) {
      if (!this.#take(',')) throw new SyntaxError();
      if (this.#closes('}')) break;
      const key = this.#value();
      if (!this.#take(':')) throw new SyntaxError();
      entries.push([keyText(key), this.#value()]);
    }
    return Object.fromEntries(entries);
  }

  /** Adjacent string literals are one. */
  #strings(): string {
    let result = '';
    let prefix: string | undefined;
    for (;;) {
      this.#skipBlank();
      prefix = this.#match(/(?:rb|br|[rbu])?(?=["'])/iy);
      if (prefix === undefined) return result;
      result += this.#string(prefix.toLowerCase());
    }
  }

  #string(prefix: string): string {
    const quote = this.#match(/"""|'''|["']/y)!;
    let result = '';
    while (!this.#text.startsWith(quote, this.#at)) {
      const char = this.#text[this.#at++];
      if (char === undefined) throw new SyntaxError();
      if (char !== '\\') result += char;
      else if (prefix.includes('r')) result += char + (this.#text[this.#at++] ?? '');
      else result += this.#escape();
    }
    this.#at += quote.length;
    return result;
  }

  #escape(): string {
    const code = this.#match(/x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})/y);
    if (code) {
      const point = Number.parseInt(code.slice(1), 16);
      if (point > 0x10ffff) throw new SyntaxError();
      return String.fromCodePoint(point);
    }
    const octal = this.#match(/[0-7]{1,3}/y);
    if (octal) return String.fromCodePoint(Number.parseInt(octal, 8));
    const char = this.#text[this.#at++];
    if (char === undefined || /[xuUN]/.test(char)) throw new SyntaxError();
    return ESCAPES[char] ?? `\\${char}`;
  }

  #take(token: string): boolean {
    this.#skipBlank();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.#text);
    if (!match) return undefined;
    this.#at = sticky.lastIndex;
    return match[0];
  }

  #skipBlank(): void {
    this.#match(/[ \t\f]*(?:#.*)?/y);
  }
}

function keyText(key: unknown): string {
  if (key !== null && typeof key === 'object') throw new SyntaxError();
  return String(key);
}
