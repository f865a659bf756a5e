import { commandTransport } from './command.ts';
import { DEFAULT_TIMEOUTS, type TransportOptions } from './options.ts';
import type { Transport } from './types.ts';

/** The transport of a machine; nothing is connected yet. */
export function createTransport(options: TransportOptions): Transport {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  switch (options.kind) {
    case 'local':
      return commandTransport([options.shell ?? 'sh'], 'local', timeouts.shell);
    case 'command':
      return commandTransport(options.argv, `command ${options.argv.join(' ')}`, timeouts.shell);
    case 'ssh':
      throw new Error('not yet');
  }
}
