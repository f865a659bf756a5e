import { commandTransport } from './command.ts';
import { DEFAULT_TIMEOUTS, type SshOptions, type TransportOptions } from './options.ts';
import type { Transport } from './types.ts';

export { connectionOptions } from './connection-options.ts';
export type { TransportOptions } from './options.ts';

/** The transport of a machine; nothing is connected yet. */
export function createTransport(options: TransportOptions): Transport {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const description = describe(options);
  switch (options.kind) {
    case 'local':
      return commandTransport([options.shell ?? 'sh'], description, timeouts.shell);
    case 'command':
      return commandTransport(options.argv, description, timeouts.shell);
    case 'ssh':
      return {
        description,
        // ssh2 takes long to load, and a run on this machine alone does without
        connect: async (dial) => (await import('./ssh.ts')).connectSsh(options, description, timeouts, dial),
      };
  }
}

/** Which machine it is: transport, address, port and login user. Two names for one machine have the same key. */
export function machineKey(options: TransportOptions): string {
  switch (options.kind) {
    case 'local':
      return 'local';
    case 'command':
      return JSON.stringify(['command', ...options.argv]);
    case 'ssh':
      return JSON.stringify([
        'ssh',
        options.host.toLowerCase(),
        options.port ?? 22,
        options.user ?? options.localUser,
      ]);
  }
}

function describe(options: TransportOptions): string {
  switch (options.kind) {
    case 'local':
      return 'local';
    case 'command':
      return `command ${options.argv.join(' ')}`;
    case 'ssh':
      return `ssh ${address(options)}`;
  }
}

function address({ user, host, port }: SshOptions): string {
  const name = host.includes(':') && port !== undefined ? `[${host}]` : host;
  return `${user === undefined ? '' : `${user}@`}${name}${port === undefined ? '' : `:${port}`}`;
}
