import { own } from '../../../own.ts';
import type { Files } from '../../profile.ts';
import type { DefinitionChange, FileChange } from '../backend.ts';

const FOLDER = '/etc/udev/rules.d';
export const LABEL_RULES = `${FOLDER}/90-wirebook-*.rules`;

/**
 * networkd's files of networks have no word for ifalias, and of its .link files only one counts, which would have to
 * repeat the distribution's: so udev sets it when the link comes to be.
 */
export function labelChanges(files: Files, { set, remove }: DefinitionChange): FileChange[] {
  const wanted = [
    ...remove.map((name) => ({ name, label: undefined })),
    ...set.map(({ name, label }) => ({ name, label })),
  ];
  return wanted
    .filter(({ name }) => /^[\w.:@+-]+$/.test(name))
    .map(({ name, label }): FileChange => {
      const path = `${FOLDER}/90-wirebook-${name}.rules`;
      return label === undefined ? { path } : { path, content: ruleOf(name, label) };
    })
    .filter(({ path, content }) => own(files, path)?.content !== content);
}

/** The name may be the kernel's, or one that udev is about to give (systemd.net-naming-scheme(7)). */
const ruleOf = (name: string, label: string): string =>
  [
    '# Managed by wirebook',
    ...[
      `KERNEL=="${name}", ENV{ID_NET_NAME}=="|${name}"`,
      `KERNEL!="${name}", ENV{ID_NET_NAME}=="${name}"`,
    ].map((match) => `SUBSYSTEM=="net", ACTION=="add", ${match}, ATTR{ifalias}=${quoted(label)}`),
    '',
  ].join('\n');

/** udev(7): a string in which % and $ begin what is replaced; one that starts with e has C's escapes. */
function quoted(text: string): string {
  const plain = text.replace(/[%$]/g, '$&$&');
  return plain.includes('\\') ? `e"${plain.replace(/[\\"]/g, '\\$&')}"` : `"${plain.replaceAll('"', '\\"')}"`;
}
