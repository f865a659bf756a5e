import { EngineError } from '../errors.ts';
import type { Settings } from '../module.ts';
import type { Inherited } from '../playbook/types.ts';
import type { Variables } from '../template/types.ts';
import type { Become } from '../transport/types.ts';
import type { RunOptions } from './options.ts';

/** Looks up and renders single variables of a host. */
function reader(options: RunOptions, variables: Variables): (name: string) => unknown {
  return (name) => {
    const found = variables.findLast(({ values }) => Object.hasOwn(values, name));
    if (!found) return undefined;
    const value = found.values[name];
    return found.templated ? options.templar.render(value, variables) : value;
  };
}

/** The variables that say how to reach a host, rendered: keywords of the play or task are weaker than variables. */
export function connectionVariables(
  options: RunOptions,
  keywords: Inherited,
  variables: Variables,
): Record<string, unknown> {
  const read = reader(options, variables);
  const render = (value: unknown): unknown =>
    value === undefined ? undefined : options.templar.render(value, variables);
  const found: Record<string, unknown> = {};
  const put = (name: string, value: unknown): void => {
    if (value !== undefined) found[name] = value;
  };
  put('ansible_connection', render(keywords.connection));
  put('ansible_port', render(keywords.port));
  put('ansible_user', render(keywords.remoteUser));
  for (const { values } of variables) {
    for (const name of Object.keys(values)) {
      if (name.startsWith('ansible_') && CONNECTION.test(name)) put(name, read(name));
    }
  }
  return found;
}

const CONNECTION =
  /^ansible_(?:host|port|user|password|connection|private_key_file|private_key_passphrase|shell_executable|timeout|host_key_checking|command_argv|ssh_\w+)$/;

/** Who the task runs as on the host; undefined: the login user. */
export function becomeOf(options: RunOptions, keywords: Inherited, variables: Variables): Become | undefined {
  const read = reader(options, variables);
  const render = (value: unknown): unknown => options.templar.render(value, variables);
  const pick = (variable: string, keyword: unknown, flag: unknown): unknown =>
    read(variable) ?? (keyword === undefined ? flag : render(keyword));

  if (!truthy(pick('ansible_become', keywords.become, options.become.become))) return undefined;
  const method = String(
    pick('ansible_become_method', keywords.becomeMethod, options.become.method) ?? 'sudo',
  );
  if (method !== 'sudo' && method !== 'su' && method !== 'doas') {
    throw new EngineError('BECOME', `become method ${method} is not there`, {
      hint: 'sudo, su and doas are',
    });
  }
  const password = read('ansible_become_password') ?? read('ansible_become_pass') ?? options.become.password;
  return {
    method,
    user: String(pick('ansible_become_user', keywords.becomeUser, options.become.user) ?? 'root'),
    password: password === undefined ? undefined : String(password),
  };
}

export function settingsOf(options: RunOptions, variables: Variables): Settings {
  const read = reader(options, variables);
  const backend = read('network_backend');
  return {
    libvirtUri: String(read('libvirt_uri') ?? 'qemu:///system'),
    networkBackend: backend === undefined ? undefined : String(backend),
  };
}

/** Truth of a keyword's value, as Ansible reads it. */
export function truthy(value: unknown): boolean {
  return typeof value === 'string' ? /^(?:y|yes|on|1|true|t)$/i.test(value.trim()) : Boolean(value);
}
