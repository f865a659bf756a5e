/** Filters with regular expressions. */
import { fail } from '../failure.ts';
import { compileRegex, expand, groupOf } from '../regex.ts';
import { defineAll, type NamedArguments } from '../signature.ts';
import { str } from '../text.ts';
import { flag, text } from './argument.ts';

const flags = (ignoreCase: unknown, multiline: unknown) =>
  (flag(ignoreCase) ? 'i' : '') + (flag(multiline) ? 'm' : '');

export const regexFilters = defineAll({
  'regex_replace(pattern?, replacement?, ignorecase?, multiline?)': (
    input,
    pattern,
    replacement,
    ignoreCase,
    multiline,
  ) => {
    const value = str(input);
    const matches = [...value.matchAll(compileRegex(text(pattern), flags(ignoreCase, multiline)))];
    let result = '';
    let end = 0;
    for (const match of matches) {
      result += value.slice(end, match.index) + expand(text(replacement), match);
      end = match.index + match[0].length;
    }
    return result + value.slice(end);
  },
  'regex_search(regex, *groups, **options)': (input, pattern, groups, options) => {
    const { ignorecase, multiline } = options as NamedArguments;
    const match = compileRegex(text(pattern), flags(ignorecase, multiline)).exec(str(input));
    if (!match) return null;
    if ((groups as unknown[]).length === 0) return match[0];
    return (groups as unknown[]).map((group) => {
      const [, name, index] =
        /^\\(?:g<(\S+)>|(\d+))/.exec(text(group)) ??
        fail(`${text(group)} is not a group`, "write '\\\\1' or '\\\\g<name>'");
      return groupOf(match, name ?? index!) ?? null;
    });
  },
  'regex_findall(regex, multiline?, ignorecase?)': (input, pattern, multiline, ignoreCase) =>
    [...str(input).matchAll(compileRegex(text(pattern), flags(ignoreCase, multiline)))].map((match) => {
      const groups = match.slice(1).map((group) => group ?? '');
      return groups.length === 0 ? match[0] : groups.length === 1 ? groups[0] : groups;
    }),
  'regex_escape(re_type?)': (input, type) => {
    if (text(type, 'python') === 'posix_basic') return str(input).replace(/[\].[^$*\\]/g, '\\$&');
    return str(input).replace(/[()[\]{}?*+\-|^$\\.&~# \t\n\r\v\f]/g, '\\$&');
  },
});
