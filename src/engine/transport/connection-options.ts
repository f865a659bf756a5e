import { resolve } from 'node:path';
import { EngineError } from '../errors.ts';
import type { HostKeyChecking, TransportOptions } from './options.ts';
import { parseSshArguments, type SshArguments } from './ssh-args.ts';
import { expandHome } from './ssh-config.ts';
import { hostKeyChecking } from './ssh-target.ts';

/** What is known of the user who runs this. */
export interface UserEnvironment {
  readonly home: string;
  readonly user: string;
  /** SSH_AUTH_SOCK */
  readonly sshAuthSock?: string | undefined;
  /** What relative paths start from */
  readonly cwd: string;
}

type Variables = Readonly<Record<string, unknown>>;

/**
 * How to reach a host, from its `ansible_*` variables. Where there are several names for one thing, the one that
 * Ansible takes first holds; what the ssh arguments say comes after the variables.
 * @throws EngineError PARAM_TYPE, PARAM_ENUM, PARAM_RANGE, PARAM_FORMAT, PARAM_UNKNOWN, PARAM_MISSING
 */
export function connectionOptions(variables: Variables, environment: UserEnvironment): TransportOptions {
  const connection = text(variables, 'ansible_connection') ?? 'ssh';
  switch (connection.replace(/^ansible\.builtin\./, '')) {
    case 'local':
      return { kind: 'local', shell: text(variables, 'ansible_shell_executable') };
    case 'command':
      return { kind: 'command', argv: argv(variables) };
    case 'ssh':
    case 'smart':
    case 'paramiko':
    case 'paramiko_ssh':
      return sshOptions(variables, environment);
    default:
      throw new EngineError('PARAM_ENUM', `ansible_connection: "${connection}" is not ssh, local or command`);
  }
}

function sshOptions(variables: Variables, environment: UserEnvironment): TransportOptions {
  const host = text(variables, 'ansible_ssh_host', 'ansible_host');
  if (host === undefined) throw new EngineError('PARAM_MISSING', 'ansible_host is not set');
  const said = sshArguments(variables);
  const path = (file: string) => resolve(environment.cwd, expandHome(file, environment.home));
  const key =
    text(variables, 'ansible_private_key_file', 'ansible_ssh_private_key_file') ?? said.privateKeyFile;
  const seconds = number(variables, 0, 'ansible_ssh_timeout', 'ansible_timeout') ?? said.connectTimeout;
  const milliseconds = seconds === undefined ? undefined : seconds * 1000;
  const files = list(variables, 'ansible_ssh_known_hosts_file') ?? said.knownHostsFiles;
  return {
    kind: 'ssh',
    host,
    port: number(variables, 65535, 'ansible_port', 'ansible_ssh_port') ?? said.port,
    user: text(variables, 'ansible_user', 'ansible_ssh_user') ?? said.user,
    password: text(variables, 'ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password'),
    privateKeyFile: key === undefined ? undefined : path(key),
    passphrase: text(variables, 'ansible_private_key_passphrase', 'ansible_ssh_private_key_passphrase'),
    identitiesOnly: said.identitiesOnly,
    knownHostsFiles: files?.map(path),
    hostKeyChecking: checking(variables) ?? said.hostKeyChecking,
    jump: said.jump,
    proxyCommand: said.proxyCommand,
    sshConfigFile:
      said.sshConfigFile === undefined || said.sshConfigFile === 'none'
        ? said.sshConfigFile
        : path(said.sshConfigFile),
    agentSocket: environment.sshAuthSock,
    home: environment.home,
    localUser: environment.user,
    timeouts: milliseconds === undefined ? undefined : { connect: milliseconds, handshake: milliseconds },
  };
}

function sshArguments(variables: Variables): SshArguments {
  const names = ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args'];
  // ssh gets them in this order, and what comes first holds
  return Object.assign(
    {},
    ...names.map((name) => parseSshArguments(text(variables, name) ?? '', name)).reverse(),
  ) as SshArguments;
}

function checking(variables: Variables): HostKeyChecking | undefined {
  const name = ['ansible_ssh_host_key_checking', 'ansible_host_key_checking'].find(
    (each) => variables[each] != null,
  );
  if (name === undefined) return undefined;
  const value = variables[name];
  if (typeof value === 'boolean') return value ? 'strict' : 'off';
  const word = String(value).toLowerCase();
  if (['strict', 'yes', 'true', 'no', 'false', 'off', 'accept-new'].includes(word))
    return hostKeyChecking(word);
  throw new EngineError('PARAM_ENUM', `${name}: "${String(value)}" is not true, false or accept-new`);
}

function argv(variables: Variables): readonly string[] {
  const words = list(variables, 'ansible_command_argv');
  if (words === undefined || words.length === 0) {
    throw new EngineError(
      'PARAM_MISSING',
      'ansible_connection: command needs ansible_command_argv, a list of words',
    );
  }
  return words;
}

/** The first of these variables that is set. */
function text(variables: Variables, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = variables[name];
    if (value === undefined || value === null) continue;
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    throw new EngineError('PARAM_TYPE', `${name} is not a string`);
  }
  return undefined;
}

function number(variables: Variables, maximum: number, ...names: string[]): number | undefined {
  const name = names.find((each) => variables[each] !== undefined && variables[each] !== null);
  if (name === undefined) return undefined;
  const value = Number(variables[name]);
  if (!Number.isInteger(value) || value < 1 || (maximum > 0 && value > maximum)) {
    throw new EngineError(
      'PARAM_RANGE',
      `${name}: ${String(variables[name])} is not a number that can be used`,
    );
  }
  return value;
}

/** A list of strings, or one. */
function list(variables: Variables, name: string): readonly string[] | undefined {
  const value = variables[name];
  if (value === undefined || value === null) return undefined;
  const items = Array.isArray(value) ? value : [value];
  if (items.every((item) => typeof item === 'string')) return items;
  throw new EngineError('PARAM_TYPE', `${name} is not a list of strings`);
}
