import type { Variable } from './variables.ts';

export const yes = (text: string | undefined): boolean => /^(yes|true|on|1|y|t)$/i.test(text ?? '');
const isAnswer = (text: string): boolean => /^(yes|no|true|false|on|off|[10ynft])$/i.test(text);

/** Variables of a file, and which of them have been understood: the others are kept as they are. */
export class Values {
  readonly all: readonly Variable[];
  readonly #understood = new Set<string>();

  constructor(all: readonly Variable[]) {
    this.all = all;
  }

  /** undefined: not there, or not understood */
  take<T = string>(key: string, read?: (text: string) => T | undefined): T | undefined {
    const text = this.all.find((variable) => variable.key === key)?.value;
    const value = text === undefined ? undefined : read ? read(text) : (text as T);
    if (value !== undefined) this.understood(key);
    return value;
  }

  flag(key: string): boolean | undefined {
    return this.take(key, (text) => (isAnswer(text) ? yes(text) : undefined));
  }

  number(key: string): number | undefined {
    return this.take(key, (text) => (/^\d+$/.test(text) ? Number(text) : undefined));
  }

  understood(key: string): void {
    this.#understood.add(key);
  }

  /** `KEY=value` of those that nobody has understood */
  left(): string[] {
    return this.all.filter(({ key }) => !this.#understood.has(key)).map(({ key, raw }) => `${key}=${raw}`);
  }
}
