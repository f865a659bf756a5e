import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import type { HostKeyChecking, SshOptions } from './options.ts';
import { expandHome, readSshConfig, type SshConfigValues } from './ssh-config.ts';

/** Where to connect and as whom: the options, with ssh_config and OpenSSH's defaults filled in. */
export interface SshTarget {
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  readonly identityFiles: readonly string[];
  /** They were asked for, rather than tried because they are usual */
  readonly identitiesGiven: boolean;
  /** The agent's other keys are not to be tried */
  readonly identitiesOnly: boolean;
  readonly agentSocket: string | undefined;
  /** Name in known_hosts */
  readonly keyName: string;
  readonly knownHostsFiles: readonly string[];
  readonly checking: HostKeyChecking;
  /** At most one of these two */
  readonly jump: string | undefined;
  readonly proxyCommand: string | undefined;
}

const USUAL_IDENTITIES = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'];
const USUAL_KNOWN_HOSTS = ['~/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts'];

/**
 * @param address where the host is to be found instead
 * @throws EngineError FILE_READ, CONNECT
 */
export async function resolveTarget(options: SshOptions, address?: string): Promise<SshTarget> {
  const config = await readSshConfig(configFiles(options), options);
  const one = (key: string): string | undefined => list(config, key)[0];
  const port = options.port ?? Number(one('port') ?? 22);
  const user = options.user ?? one('user') ?? options.localUser;
  const fixed = { n: options.host, p: String(port), r: user, d: options.home, u: options.localUser };
  const hostname = address ?? fill(one('hostname') ?? options.host, { ...fixed, h: options.host });
  const tokens = { ...fixed, h: hostname };
  const path = (text: string) => expandHome(fill(text, tokens), options.home);

  const identities = [options.privateKeyFile ?? [], list(config, 'identityfile')].flat();
  const known = [list(config, 'userknownhostsfile'), list(config, 'globalknownhostsfile')].flat();
  const agent = one('identityagent') ?? 'SSH_AUTH_SOCK';
  return {
    hostname,
    port,
    user,
    identityFiles: (identities.length > 0 ? identities : USUAL_IDENTITIES).map(path),
    identitiesGiven: identities.length > 0,
    identitiesOnly: options.identitiesOnly ?? one('identitiesonly') === 'yes',
    agentSocket: agent === 'SSH_AUTH_SOCK' ? options.agentSocket : notNone(path(agent)),
    keyName: one('hostkeyalias') ?? hostname,
    knownHostsFiles: (options.knownHostsFiles ?? (known.length > 0 ? known : USUAL_KNOWN_HOSTS)).map(path),
    checking: options.hostKeyChecking ?? hostKeyChecking(one('stricthostkeychecking') ?? 'ask'),
    ...route(options, one('proxyjump'), list(config, 'proxycommand').join(' '), tokens),
  };
}

/** The options' own way wins over the files'; of two in the same place the jump does, as it says more. */
function route(
  options: SshOptions,
  configJump: string | undefined,
  configCommand: string,
  tokens: Readonly<Record<string, string>>,
): Pick<SshTarget, 'jump' | 'proxyCommand'> {
  const own = options.jump !== undefined || options.proxyCommand !== undefined;
  const jump = notNone(own ? options.jump : configJump);
  const command = notNone(own ? options.proxyCommand : configCommand);
  if (jump !== undefined || command === undefined || command === '') return { jump, proxyCommand: undefined };
  for (const token of ['h', 'n', 'r']) {
    // A shell reads the command, and its author wrote the quotes, if any
    if (/[^\w.:%@-]/.test(tokens[token] ?? '')) {
      throw new EngineError('CONNECT', `"${tokens[token]}" cannot be put into a ProxyCommand`);
    }
  }
  return { jump, proxyCommand: fill(command, tokens) };
}

const notNone = (text: string | undefined): string | undefined =>
  text?.toLowerCase() === 'none' ? undefined : text;

function configFiles({ sshConfigFile, home }: SshOptions): string[] {
  if (sshConfigFile === undefined) return [join(home, '.ssh', 'config'), '/etc/ssh/ssh_config'];
  return sshConfigFile === 'none' ? [] : [expandHome(sshConfigFile, home)];
}

function list(config: SshConfigValues, key: string): readonly string[] {
  const value = config[key];
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

/** ssh's words; `ask` cannot ask here, and is strict. */
export function hostKeyChecking(word: string): HostKeyChecking {
  const lower = word.toLowerCase();
  if (lower === 'accept-new' || lower === 'off') return lower;
  return lower === 'no' || lower === 'false' ? 'off' : 'strict';
}

/** Fills in `%h` and the like. */
function fill(text: string, tokens: Readonly<Record<string, string>>): string {
  return text.replace(/%(.?)/g, (whole, letter: string) => {
    if (letter === '%') return '%';
    const value = tokens[letter];
    if (value === undefined)
      throw new EngineError('CONNECT', `ssh configuration: ${whole} is not known here`);
    return value;
  });
}
