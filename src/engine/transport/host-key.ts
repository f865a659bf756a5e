import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EngineError, UnreachableError } from '../errors.ts';
import { quote } from './quote.ts';
import { findKnownHosts, hashedName, type KnownHost, knownHostName, parseKnownHosts } from './known-hosts.ts';
import type { HostKeyChecking } from './options.ts';

/** What is needed to judge a host's key. */
export interface HostKeyPolicy {
  /** The name to look up: HostKeyAlias, or what was dialled */
  readonly host: string;
  readonly port: number;
  readonly checking: HostKeyChecking;
  /** New keys go to the first */
  readonly files: readonly string[];
  /** For messages */
  readonly description: string;
  /** The only key that will do: nothing is looked up */
  readonly pinned?: Buffer | undefined;
}

/** Key algorithms by key type. Not ssh-rsa, which signs with SHA-1, and not ssh-dss: OpenSSH has them off as well. */
const ALGORITHMS = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const;

type KeyAlgorithm = (typeof ALGORITHMS)[keyof typeof ALGORITHMS][number];

/** Host key algorithms in the order to ask for: those whose key is known first, so that a host shows that one. */
export function keyAlgorithms(policy: HostKeyPolicy): KeyAlgorithm[] {
  const { pinned } = policy;
  const known = new Set(pinned ? [typeOf(pinned)] : lookUp(policy).map(({ type }) => type));
  const types = Object.entries(ALGORITHMS);
  const first = types.filter(([type]) => known.has(type));
  const rest = types.filter(([type]) => !known.has(type));
  return [...first, ...rest].flatMap(([, algorithms]) => algorithms);
}

/**
 * Whether the host may have this key (in SSH's own encoding). With `accept-new` a new host is written down.
 * @returns undefined when it may
 */
export function judgeHostKey(policy: HostKeyPolicy, key: Buffer): UnreachableError | undefined {
  const { pinned } = policy;
  if (pinned) return key.equals(pinned) ? undefined : impostor(policy, key, pinned);
  if (policy.checking === 'off') return undefined;
  const known = lookUp(policy);
  const own = known.filter(({ marker }) => marker === undefined);
  const revoked = known.find((entry) => entry.marker === 'revoked' && entry.key.equals(key));
  if (!revoked && own.some((entry) => entry.key.equals(key))) return undefined;

  const refuse = (what: string, hint: string) =>
    new UnreachableError('HOST_KEY', `${policy.description}: ${what}`, { hint });
  const type = typeOf(key);
  const shown = `${type} ${fingerprint(key)}`;

  if (revoked) {
    return refuse(
      `its host key ${shown} is revoked (${place(revoked)})`,
      'do not connect before you know why: the key may be in the wrong hands',
    );
  }
  const other = own.find((entry) => entry.type === type) ?? own[0];
  if (other) {
    const withPort = knownHostName(policy.host, policy.port);
    const name = findKnownHosts([other], withPort).length > 0 ? withPort : policy.host;
    return refuse(
      `its host key is ${shown}, but ${place(other)} has ${other.type} ${fingerprint(other.key)}`,
      `if the host was installed anew, remove the old key: ssh-keygen -f ${quote(other.file)} -R ${quote(name)}`,
    );
  }
  const authority = known.find(({ marker }) => marker === 'cert-authority');
  if (authority) {
    return refuse(
      `its host key ${shown} is not known; ${place(authority)} trusts a certificate authority, and certificates cannot be verified`,
      "put the host's own key into known_hosts beside the @cert-authority line",
    );
  }
  if (policy.checking === 'accept-new') {
    try {
      writeDown(policy, key);
      return undefined;
    } catch (cause) {
      return refuse(
        `its host key ${shown} is new, and cannot be written down: ${(cause as Error).message}`,
        'ansible_ssh_known_hosts_file names a file that can be written; a key that is not kept is new every time',
      );
    }
  }
  const port = policy.port === 22 ? '' : `-p ${policy.port} `;
  const file = policy.files[0] === undefined ? '' : ` >> ${quote(policy.files[0])}`;
  return refuse(
    `its host key ${shown} is not known`,
    `compare it, then add it with ssh-keyscan ${port}${policy.host}${file}, or set ansible_ssh_host_key_checking: accept-new`,
  );
}

/** The lines on this host. One on another port counts where this port has none, as in OpenSSH. */
function lookUp(policy: HostKeyPolicy): KnownHost[] {
  if (policy.checking === 'off') return [];
  const hosts = policy.files.flatMap(readKnownHosts);
  const found = findKnownHosts(hosts, knownHostName(policy.host, policy.port));
  return found.length > 0 || policy.port === 22 ? found : findKnownHosts(hosts, policy.host.toLowerCase());
}

/** Files as they were read, so that a fleet reads each once. */
const cache = new Map<string, { stamp: string; hosts: KnownHost[] }>();

/** @throws UnreachableError HOST_KEY when the file is there and cannot be read: it may say that a key is revoked */
function readKnownHosts(file: string): KnownHost[] {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return [];
    const stamp = `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
    const known = cache.get(file);
    if (known?.stamp === stamp) return known.hosts;
    const hosts = parseKnownHosts(readFileSync(file, 'utf8'), file);
    cache.set(file, { stamp, hosts });
    return hosts;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new UnreachableError('HOST_KEY', `known_hosts cannot be read: ${message}`, { cause });
  }
}

/** Another host answers where the one that was changed should. */
function impostor({ description }: HostKeyPolicy, key: Buffer, pinned: Buffer): UnreachableError {
  return new UnreachableError(
    'HOST_KEY',
    `${description}: its host key is ${fingerprint(key)}, not ${fingerprint(pinned)} as before: another host`,
  );
}

/** Has the first file know a key that was verified by other means, unless keys are not checked. @throws EngineError FILE_READ */
export function learnHostKey(policy: HostKeyPolicy, key: Buffer): void {
  if (policy.checking === 'off' || lookUp(policy).some((entry) => entry.key.equals(key))) return;
  try {
    writeDown(policy, key);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new EngineError('FILE_READ', `${policy.files[0]} does not learn ${policy.host}: ${why}`, { cause });
  }
}

/** A line of its own, hashed where the file has hashed ones. */
function writeDown(policy: HostKeyPolicy, key: Buffer): void {
  const [file] = policy.files;
  if (file === undefined) return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const name = knownHostName(policy.host, policy.port);
  const hashed = readKnownHosts(file).some(({ names }) => names[0]?.startsWith('|1|'));
  const line = `${hashed ? hashedName(name) : name} ${typeOf(key)} ${key.toString('base64')}\n`;
  appendFileSync(file, endsInLine(file) ? line : `\n${line}`, { mode: 0o600 });
}

function endsInLine(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return !stat || stat.size === 0 || readFileSync(file).at(-1) === 0x0a;
}

const place = ({ file, line }: KnownHost): string => `${file}:${line}`;

/** A key begins with its own type, length first. */
const typeOf = (key: Buffer): string => key.toString('latin1', 4, 4 + key.readUInt32BE(0));

const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
