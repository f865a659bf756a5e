import { spawnStream } from './process-stream.ts';
import { ShellPool } from './shell-pool.ts';
import type { Transport } from './types.ts';

/**
 * A program on this machine that yields a shell: `sh`, `ip netns exec h1 sh`, `podman exec -i c1 sh`.
 * There is nothing to connect to; each shell is a process of its own.
 */
export function commandTransport(
  argv: readonly string[],
  description: string,
  shellTimeout: number,
): Transport {
  return {
    description,
    async connect() {
      return new ShellPool({
        description,
        shellTimeout,
        lost: new Promise<Error>(() => {}),
        open: () => spawnStream(argv, description),
        close() {},
      });
    },
  };
}
