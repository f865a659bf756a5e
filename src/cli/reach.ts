import { homedir, userInfo } from 'node:os';
import type { RunOptions } from '../engine/run/options.ts';
import { connectionOptions, createTransport, machineKey } from '../engine/transport/index.ts';
import type { RunFlags } from './flags.ts';

/**
 * How hosts are reached: what the inventory says wins over flags, as in Ansible.
 * @throws EngineError when the flags cannot be used
 */
export function reachWith(flags: Partial<RunFlags>, password: string | undefined): RunOptions['reach'] {
  const fromFlags: Record<string, unknown> = {};
  const put = (name: string, value: unknown): void => {
    if (value !== undefined) fromFlags[name] = value;
  };
  put('ansible_user', flags.user);
  put('ansible_connection', flags.connection);
  put('ansible_ssh_private_key_file', flags.privateKey);
  put('ansible_timeout', flags.timeout);
  put('ansible_ssh_common_args', flags.sshCommonArgs);
  put('ansible_password', password);
  const environment = {
    home: homedir(),
    user: userInfo().username,
    sshAuthSock: process.env.SSH_AUTH_SOCK,
    cwd: process.cwd(),
  };
  // A mistake in the flags is told before the run
  connectionOptions({ ...fromFlags, ansible_connection: 'ssh', ansible_host: 'any' }, environment);
  return (host, variables) => {
    const options = connectionOptions({ ansible_host: host, ...fromFlags, ...variables }, environment);
    return { key: machineKey(options), transport: createTransport(options) };
  };
}
