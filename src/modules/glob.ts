/** Whether a name fits a glob, as Python's fnmatch: a bracket that is not closed stands for itself, a range that runs backwards for nothing. */
export function fitsGlob(glob: string, name: string): boolean {
  // Longer than any name, and more than a regular expression takes
  if (glob.length > 1000) return false;
  const pattern = glob.replace(
    /\[(!?)([^\]]+)\]|[.+^${}()|\\[\]*?]/g,
    (text, not: string, members: string | undefined) => {
      if (text === '*') return '.*';
      if (text === '?') return '.';
      if (members === undefined) return `\\${text}`;
      const set = members
        .replace(/(.)-(.)/g, (range, a, b) => (a <= b ? range : ''))
        .replace(/[\\^]/g, '\\$&');
      return `[${not === '' ? '' : '^'}${set}]`;
    },
  );
  return new RegExp(`^${pattern}$`, 's').test(name);
}
