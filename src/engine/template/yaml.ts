/** Writes YAML as PyYAML does, line by line the same, so that files rendered from it do not change. */
import { DateTime } from './datetime.ts';
import { fail } from './failure.ts';
import { floatText } from './text.ts';
import { Float, isMapping, typeName, Undefined } from './value.ts';
import { isPlain, isSingleQuotable } from './yaml-scalar.ts';

export interface YamlLayout {
  readonly indent: number;
  /** Lines are folded at spaces behind this column */
  readonly width: number;
  readonly sortKeys: boolean;
  /** Whether collections are written in one line; null: those that hold only scalars */
  readonly flow: boolean | null;
  readonly explicitStart: boolean;
  readonly explicitEnd: boolean;
}

const DEFAULTS: YamlLayout = {
  indent: 2,
  width: 80,
  sortKeys: true,
  flow: false,
  explicitStart: false,
  explicitEnd: false,
};

export function toYaml(value: unknown, layout: Partial<YamlLayout>): string {
  const writer = new YamlWriter({ ...DEFAULTS, ...layout });
  return writer.document(value);
}

type Context = 'root' | 'mapping' | 'sequence';

/** PyYAML's emitter: what decides about spaces and line breaks is the column and what was written last. */
class YamlWriter {
  readonly #layout: YamlLayout;
  #text = '';
  #column = 0;
  /** The last thing written was white space, or an indicator that needs none after it */
  #whitespace = true;
  /** Only indentation and dashes are on the line so far */
  #indention = true;
  #flowLevel = 0;

  constructor(layout: YamlLayout) {
    this.#layout = layout;
  }

  document(value: unknown): string {
    if (this.#layout.explicitStart) this.#write('---', true);
    this.#node(value, -1, 'root');
    this.#break(0);
    if (this.#layout.explicitEnd) this.#text += '...\n';
    return this.#text;
  }

  /** `indent` is the column of the collection that this is in, -1 at the root */
  #node(value: unknown, indent: number, context: Context): void {
    if (Array.isArray(value)) {
      if (this.#isFlow(value, value))
        this.#flow(
          '[',
          value.map((item) => [undefined, item]),
          indent,
          ']',
        );
      else
        this.#sequence(
          value,
          context === 'mapping' && !this.#indention ? Math.max(indent, 0) : this.#deeper(indent),
        );
    } else if (isMapping(value)) {
      const keys = this.#layout.sortKeys ? Object.keys(value).sort() : Object.keys(value);
      const entries = keys.map((key): [string, unknown] => [key, value[key]]);
      if (this.#isFlow(entries, Object.values(value))) this.#flow('{', entries, indent, '}');
      else this.#mapping(entries, this.#deeper(indent));
    } else this.#scalar(value, Math.max(indent, 0), context);
  }

  #deeper(indent: number): number {
    return indent < 0 ? 0 : indent + this.#layout.indent;
  }

  #isFlow(entries: readonly unknown[], values: readonly unknown[]): boolean {
    if (this.#flowLevel > 0 || entries.length === 0) return true;
    return this.#layout.flow ?? values.every((each) => !Array.isArray(each) && !isMapping(each));
  }

  #sequence(items: readonly unknown[], indent: number): void {
    for (const item of items) {
      this.#break(indent);
      this.#write('-', true, { indention: true });
      this.#node(item, indent, 'sequence');
    }
  }

  #mapping(entries: readonly (readonly [string, unknown])[], indent: number): void {
    for (const [key, value] of entries) {
      this.#break(indent);
      this.#scalar(key, indent, 'key');
      this.#write(':', false);
      this.#node(value, indent, 'mapping');
    }
  }

  #flow(
    open: string,
    entries: readonly (readonly [string | undefined, unknown])[],
    indent: number,
    close: string,
  ): void {
    const inner = indent < 0 ? this.#layout.indent : indent + this.#layout.indent;
    this.#write(open, true, { whitespace: true });
    this.#flowLevel++;
    for (const [index, [key, value]] of entries.entries()) {
      if (index > 0) this.#write(',', false);
      if (this.#column > this.#layout.width) this.#break(inner);
      if (key !== undefined) {
        this.#scalar(key, inner, 'key');
        this.#write(':', false);
      }
      this.#node(value, inner, 'mapping');
    }
    this.#flowLevel--;
    this.#write(close, false);
  }

  #write(
    text: string,
    needWhitespace: boolean,
    after: { whitespace?: boolean; indention?: boolean } = {},
  ): void {
    this.#append(this.#whitespace || !needWhitespace ? text : ` ${text}`);
    this.#whitespace = after.whitespace ?? false;
    this.#indention = this.#indention && (after.indention ?? false);
  }

  #append(text: string): void {
    this.#text += text;
    this.#column += text.length;
  }

  #break(indent: number): void {
    if (!this.#indention || this.#column > indent || (this.#column === indent && !this.#whitespace))
      this.#newline();
    if (this.#column >= indent) return;
    this.#whitespace = true;
    this.#append(' '.repeat(indent - this.#column));
  }

  #newline(): void {
    this.#text += '\n';
    this.#column = 0;
    this.#whitespace = true;
    this.#indention = true;
  }

  #scalar(value: unknown, indent: number, context: Context | 'key'): void {
    const text = typeof value === 'string' ? value : scalarText(value);
    const split = context !== 'key';
    const below = indent + this.#layout.indent;
    const multiline = text.includes('\n');
    if (
      typeof value !== 'string' ||
      (isPlain(text, this.#flowLevel > 0) && !(text === '' && context === 'key'))
    ) {
      this.#words(text, below, split);
    } else if (isSingleQuotable(text) && !(context === 'key' && multiline)) this.#single(text, below, split);
    else this.#double(text, below, split);
    this.#indention = false;
  }

  #words(text: string, indent: number, split: boolean): void {
    if (text === '') return;
    if (!this.#whitespace) this.#append(' ');
    this.#whitespace = false;
    this.#indention = false;
    this.#folded(text, indent, split);
  }

  /** Text whose single spaces may become line breaks */
  #folded(text: string, indent: number, split: boolean): void {
    const parts = text.split(/( +)/);
    for (const [index, part] of parts.entries()) {
      if (part === '') continue;
      const edge = (index === 1 && parts[0] === '') || (index === parts.length - 2 && parts.at(-1) === '');
      if (index % 2 === 1 && part === ' ' && this.#column > this.#layout.width && split && !edge) {
        this.#break(indent);
        this.#whitespace = false;
        this.#indention = false;
      } else this.#append(part);
    }
  }

  #single(text: string, indent: number, split: boolean): void {
    this.#write("'", true);
    for (const [index, part] of text.split(/(\n+)/).entries()) {
      if (index % 2 === 1) {
        // One break more than there are: a single one would be read as a space
        for (let count = 0; count <= part.length; count++) this.#newline();
        this.#break(indent);
      } else this.#folded(part.replaceAll("'", "''"), indent, split);
    }
    this.#write("'", false);
  }

  #double(text: string, indent: number, split: boolean): void {
    this.#write('"', true);
    const characters = [...text];
    let pending = '';
    for (const [index, character] of characters.entries()) {
      const replaced = escaped(character);
      if (replaced !== undefined) {
        this.#append(pending + replaced);
        pending = '';
      }
      const foldable =
        index > 0 && index < characters.length - 1 && (character === ' ' || replaced !== undefined);
      if (foldable && split && this.#column + pending.length > this.#layout.width) {
        this.#append(`${pending}\\`);
        pending = '';
        this.#break(indent);
        this.#whitespace = false;
        this.#indention = false;
        const next = replaced === undefined ? character : characters[index + 1];
        if (next === ' ') this.#append('\\');
      }
      if (replaced === undefined) pending += character;
    }
    this.#append(pending);
    this.#write('"', false);
  }
}

function scalarText(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (value instanceof Undefined) throw value.failure();
  if (value instanceof Float || (typeof value === 'number' && !Number.isInteger(value)))
    return yamlFloat(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  if (value instanceof DateTime) return value.toString();
  return fail(`${typeName(value)} cannot be YAML`);
}

function yamlFloat(value: Float | number): string {
  const number = value instanceof Float ? value.value : value;
  if (Number.isNaN(number)) return '.nan';
  if (!Number.isFinite(number)) return number > 0 ? '.inf' : '-.inf';
  const text = floatText(number);
  return /^[-\d]+e/.test(text) ? text.replace('e', '.0e') : text;
}

const ESCAPES: Record<string, string> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

/** How a character is written between double quotes; undefined: as it is. */
function escaped(character: string): string | undefined {
  if (character === '\xa0') return undefined;
  if (Object.hasOwn(ESCAPES, character)) return `\\${ESCAPES[character]}`;
  if (/[\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(character) && character.length === 1)
    return undefined;
  const code = character.codePointAt(0)!;
  const hex = (width: number) => code.toString(16).toUpperCase().padStart(width, '0');
  return code <= 0xff ? `\\x${hex(2)}` : code <= 0xffff ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}
