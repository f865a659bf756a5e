import { createHmac, randomBytes } from 'node:crypto';

/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly marker: 'revoked' | 'cert-authority' | undefined;
  /** Names, patterns and `!` patterns, or one hashed name */
  readonly names: readonly string[];
  /** `ssh-ed25519`, … */
  readonly type: string;
  readonly key: Buffer;
  readonly file: string;
  /** 1-based */
  readonly line: number;
}

/** Lines that cannot be read are skipped, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  const hosts: KnownHost[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.trim().split(/\s+/);
    if (words[0] === '' || words[0]?.startsWith('#')) continue;
    const marker = words[0]?.startsWith('@') ? words.shift()?.slice(1) : undefined;
    if (marker !== undefined && marker !== 'revoked' && marker !== 'cert-authority') continue;
    const [names, type, base64] = words;
    if (!names || !type || !base64) continue;
    const key = Buffer.from(base64, 'base64');
    // A key begins with its own type, length first
    if (key.length < 4 || key.toString('latin1', 4, 4 + key.readUInt32BE(0)) !== type) continue;
    hosts.push({ marker, names: names.split(','), type, key, file, line: index + 1 });
  }
  return hosts;
}

/** How known_hosts writes a host: lower case, and with the port unless that is 22. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** The lines that speak of a host, given as `knownHostName` writes it. */
export const findKnownHosts = (hosts: readonly KnownHost[], name: string): KnownHost[] =>
  hosts.filter(({ names }) => matches(names, name));

/** As `HashKnownHosts yes` has it. */
export function hashedName(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

function matches(names: readonly string[], name: string): boolean {
  let found = false;
  for (const pattern of names) {
    if (pattern.startsWith('|')) {
      found ||= matchesHash(pattern, name);
    } else if (pattern.startsWith('!')) {
      if (matchesPattern(pattern.slice(1), name)) return false;
    } else {
      found ||= matchesPattern(pattern, name);
    }
  }
  return found;
}

/** `|1|SALT|HMAC-SHA1 of the name`, both in base64. */
function matchesHash(pattern: string, name: string): boolean {
  const [, version, salt, hash] = pattern.split('|');
  if (version !== '1' || !salt || !hash) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

function matchesPattern(pattern: string, name: string): boolean {
  const wanted = pattern.toLowerCase();
  if (!/[*?]/.test(wanted)) return wanted === name;
  const source = wanted
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}
