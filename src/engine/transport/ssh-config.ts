import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { EngineError } from '../errors.ts';

/** Values of ssh_config for one host: keys in lower case, as the file has them. */
export type SshConfigValues = Readonly<Record<string, string | readonly string[]>>;

/** How deep Include may go, as in OpenSSH. */
const INCLUDE_DEPTH = 16;

/**
 * What the files say of a host; what comes first holds. `Match exec` never matches: nothing is run.
 * Files that are not there say nothing.
 * @throws EngineError FILE_READ
 */
export async function readSshConfig(
  files: readonly string[],
  host: { readonly host: string; readonly user?: string | undefined; readonly home: string },
): Promise<SshConfigValues> {
  const texts = files.map((file) => readWithIncludes(file, host.home, 0)).filter((text) => text !== '');
  if (texts.length === 0) return {};
  const { default: SSHConfig } = await import('ssh-config');
  const config = SSHConfig.parse(texts.join('\nMatch all\n'));
  const options = { ignoreCase: true, matchExec: false };
  const match = host.user === undefined ? { Host: host.host } : { Host: host.host, User: host.user };
  return config.compute(match, options) as SshConfigValues;
}

function readWithIncludes(file: string, home: string, depth: number): string {
  const text = readOptional(file);
  let section = 'Match all';
  return text
    .split(/\r?\n/)
    .map((line) => {
      if (/^\s*(host|match)[\s=]/i.test(line)) section = line;
      const patterns = /^\s*include[\s=]+(.*)$/i.exec(line)?.[1];
      if (patterns === undefined) return line;
      if (depth === INCLUDE_DEPTH) throw new EngineError('FILE_READ', `${file}: Include goes too deep`);
      const included = patterns
        .trim()
        .split(/\s+/)
        .map((pattern) => pattern.replace(/^"(.*)"$/, '$1'))
        .flatMap((pattern) => expand(pattern, file, home))
        .map((path) => readWithIncludes(path, home, depth + 1));
      // What follows belongs to the section that the Include stood in
      return [...included, section].join('\n');
    })
    .join('\n');
}

/** The files of an Include: relative to ~/.ssh or /etc/ssh, with `*` and `?` in the last part of the path. */
function expand(pattern: string, from: string, home: string): string[] {
  const base = from.startsWith('/etc/') ? '/etc/ssh' : join(home, '.ssh');
  const path = expandHome(pattern, home);
  const full = isAbsolute(path) ? path : join(base, path);
  if (!/[*?]/.test(full)) return [full];
  const source = basename(full)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const wanted = new RegExp(`^(?!\\.)${source}$`);
  try {
    const names = readdirSync(dirname(full)).filter((name) => wanted.test(name));
    return names.sort().map((name) => join(dirname(full), name));
  } catch {
    return [];
  }
}

export const expandHome = (path: string, home: string): string => path.replace(/^~(?=\/|$)/, home);

function readOptional(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new EngineError('FILE_READ', `cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}
