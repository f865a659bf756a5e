import type { Tags } from 'yaml';

type Tag = Exclude<Tags[number], string>;

/** What PyYAML takes for these types; the library's own YAML 1.1 takes more (`y`, `08`, and even `e1` for a number). */
const TESTS: Readonly<Record<string, RegExp>> = {
  true: /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/,
  false: /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/,
  int: /^[-+]?(?:0|[1-9][0-9_]*)$/,
  'float EXP': /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)[eE][-+][0-9]+$/,
  float: /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)$/,
};

/** Plain scalars as PyYAML and so Ansible reads them, but without base-60 numbers and dates: those stay text. */
export function ansibleTags(tags: Tags): Tags {
  return tags.flatMap((tag): Tags => {
    if (typeof tag === 'string') return [tag];
    if (('format' in tag && tag.format === 'TIME') || tag.tag.endsWith(':timestamp')) return [];
    const test = TESTS[nameOf(tag)];
    return test ? [{ ...tag, test } as Tag] : [tag];
  });
}

function nameOf(tag: Tag): string {
  const type = tag.tag.slice(tag.tag.lastIndexOf(':') + 1);
  if (type === 'bool' && 'test' in tag) return String(tag.test?.test('true') ?? '');
  if ('test' in tag && tag.test?.test('.inf')) return '';
  return 'format' in tag && tag.format ? `${type} ${tag.format}` : type;
}
