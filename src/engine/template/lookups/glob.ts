import { readdirSync, statSync } from 'node:fs';
import { compileRegex } from '../regex.ts';

/** Files that a shell pattern matches, in the order of their names; `*`, `?` and `[…]`, not over slashes. */
export function globFiles(pattern: string): string[] {
  return expand(pattern).filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

function expand(pattern: string): string[] {
  if (!/[*?[]/.test(pattern)) return statSync(pattern, { throwIfNoEntry: false }) ? [pattern] : [];
  const cut = pattern.lastIndexOf('/');
  const head = pattern.slice(0, Math.max(cut, 0));
  const tail = pattern.slice(cut + 1);
  const directories = cut < 0 ? ['.'] : head === '' ? [''] : expand(head);
  const matcher = compileRegex(`^${toRegex(tail)}$`);
  return directories.flatMap((directory) =>
    namesIn(directory || '/')
      .filter((name) => {
        matcher.lastIndex = 0;
        return name.startsWith('.') === tail.startsWith('.') && matcher.test(name);
      })
      .map((name) => (cut < 0 ? name : `${directory}/${name}`)),
  );
}

/** Nothing for what is no directory, as a shell takes it. */
function namesIn(directory: string): string[] {
  return statSync(directory, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(directory).sort() : [];
}

function toRegex(pattern: string): string {
  return pattern.replace(/\[!?[^\]]+\]|[\s\S]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length > 1) return part.replace(/^\[!/, '[^');
    return part.replace(/[\\^$.+()[\]{}|]/, '\\$&');
  });
}
