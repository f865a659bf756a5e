import { existsSync, readFileSync } from 'node:fs';
import { commandTransport } from '../../../src/engine/transport/command.ts';

/** The shells that hosts have as `sh`. */
export const SHELLS: readonly { name: string; argv: readonly string[] }[] = [
  { name: 'dash', argv: ['/bin/dash'] },
  { name: 'bash', argv: ['/bin/bash', '--posix'] },
  { name: 'busybox', argv: ['/bin/busybox', 'sh'] },
].filter(({ argv }) => existsSync(argv[0]!));

export const openShell = async (argv: readonly string[]) => {
  const connection = await commandTransport(argv, 'test', 5000).connect();
  return { connection, shell: await connection.shell() };
};

/** Whether a process runs: one that has ended and that nobody has waited for does not. */
export function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
