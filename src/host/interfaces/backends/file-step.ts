import { EngineError } from '../../../engine/errors.ts';
import type { Step } from '../../../engine/module.ts';
import type { Files } from '../profile.ts';
import type { FileChange } from './backend.ts';

/** What was written or removed in a folder is so after a power cut, too. */
const SETTLE = `[ ! -d "\${1%/*}/" ] || sync -- "\${1%/*}/" 2>/dev/null || sync`;

const REMOVE = `rm -f -- "$1" && { ${SETTLE}; }`;

/**
 * Writes beside the file, syncs, and renames over it: whole or not at all. Keeps mode and owner of what is there. A write
 * that was cut off leaves its copy, which the next one removes, as does a guard that takes it back (host-script.ts).
 */
const WRITE = `umask 077
dir=\${1%/*}
(umask 022 && mkdir -p -- "$dir") || exit
rm -f -- "$dir"/.wirebook.[0-9]*
new=$dir/.wirebook.$$
trap 'rm -f -- "$new"' EXIT
cat >"$new" && chmod -- "$2" "$new" || exit
[ -z "$3" ] || chown -- "$3" "$new" || exit
sync -- "$new" 2>/dev/null || sync
mv -f -- "$new" "$1" && { ${SETTLE}; }`;

/** One step a file. */
export function fileStep({ path, content, mode }: FileChange, files: Files): Step {
  const have = Object.hasOwn(files, path) ? files[path] : undefined;
  if (content === undefined) {
    return { title: `remove ${path}`, argv: ['sh', '-c', REMOVE, 'sh', path], persists: true };
  }
  if (have?.content.includes('\uFFFD')) {
    throw new EngineError('REQUIREMENT', `${path} is not UTF-8, so it cannot be changed without a loss`, {
      hint: 'convert it, with iconv for example',
    });
  }
  const bits = (mode ?? have?.mode ?? 0o644).toString(8);
  const owner = have ? `${have.uid}:${have.gid}` : '';
  return {
    title: `write ${path}`,
    argv: ['sh', '-c', WRITE, 'sh', path, bits, owner],
    stdin: content,
    persists: true,
  };
}
