/** Python's regular expressions, as far as they differ in writing from JavaScript's. */
import { fail } from './failure.ts';

const cache = new Map<string, RegExp>();

/** @param flags of JavaScript, `i` and `m`; always global */
export function compileRegex(pattern: string, flags = ''): RegExp {
  const id = `${flags}/${pattern}`;
  let regex = cache.get(id);
  if (!regex) {
    try {
      regex = translate(pattern, flags);
    } catch (error) {
      return fail(
        `${pattern} is not a regular expression: ${(error as Error).message.replace(/^Invalid.*?: /, '')}`,
      );
    }
    cache.set(id, regex);
  }
  regex.lastIndex = 0;
  return regex;
}

function translate(pattern: string, flags: string): RegExp {
  let all = `g${flags}`;
  const inline = /^\(\?([aimsux]+)\)/.exec(pattern);
  for (const flag of inline?.[1] ?? '') {
    if (flag === 'x') throw new SyntaxError('the flag x is not supported');
    if ('ims'.includes(flag) && !all.includes(flag)) all += flag;
  }
  const multiline = all.includes('m');
  const source = pattern
    .slice(inline?.[0].length ?? 0)
    .replace(
      /\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\(\?P<|\(\?P=(\w+)\)|\(\?#[^)]*\)|\$/g,
      (part, name?: string) => {
        if (part === '\\A') return '(?<![\\s\\S])';
        if (part === '\\Z') return '(?![\\s\\S])';
        if (part === '(?P<') return '(?<';
        if (name !== undefined) return `\\k<${name}>`;
        if (part.startsWith('(?#')) return '';
        // Python's $ also matches before a newline at the very end
        if (part === '$') return multiline ? '$' : '(?=\\n?(?![\\s\\S]))';
        // A ] right after [ is a member of the set
        return /^\[\^?\]/.test(part) && part.length > 2 ? part.replace(']', '\\]') : part;
      },
    );
  return new RegExp(source, all);
}

/** Whether it matches at the start of the text (`re.match`). */
export function matchesStart(regex: RegExp, text: string): boolean {
  const sticky = new RegExp(regex.source, `${regex.flags.replace('g', '')}y`);
  return sticky.test(text);
}

/** The replacement text of `re.sub` for one match: `\1`, `\g<1>`, `\g<name>`, `\n`. */
export function expand(replacement: string, match: RegExpMatchArray): string {
  return replacement.replace(
    /\\(?:g<([^>]+)>|([1-9]\d?)|([\s\S]))/g,
    (whole, name?: string, index?: string, letter?: string) => {
      const group = name ?? index;
      if (group === undefined)
        return letter === '\\' ? '\\' : letter === 'n' ? '\n' : letter === 't' ? '\t' : whole;
      return groupOf(match, group) ?? '';
    },
  );
}

/** A group by number or name. @throws Failure if the expression has none such */
export function groupOf(match: RegExpMatchArray, group: string): string | undefined {
  if (/^\d+$/.test(group))
    return Number(group) < match.length ? match[Number(group)] : fail(`there is no group ${group}`);
  return match.groups && Object.hasOwn(match.groups, group)
    ? match.groups[group]
    : fail(`there is no group ${group}`);
}
