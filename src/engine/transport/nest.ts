import { EngineError } from '../errors.ts';
import { becomeUser } from './become.ts';
import { quoteAll } from './quote.ts';
import { RemoteShell } from './remote-shell.ts';
import { startShell } from './start-shell.ts';
import type { Become } from './types.ts';
import type { Wire } from './wire.ts';

/**
 * A shell of another user inside the login shell, for hosts that allow a single channel. It reads from a pipe that
 * the login shell holds open at `descriptor`, and prints to the same streams; the wire's queue keeps them apart.
 */
export async function nestShell(
  login: { readonly wire: Wire; readonly shell: RemoteShell },
  become: Become,
  descriptor: number,
  options: { description: string; timeout: number },
): Promise<RemoteShell> {
  const { wire, shell } = login;
  const pipe = `"$wbsh_dir/shell.${descriptor}"`;
  const made = await shell.run({
    inPlace: true,
    script: `wbsh_private && rm -f ${pipe} && mkfifo ${pipe} && exec ${descriptor}<>${pipe}`,
  });
  if (made.status !== 0) {
    throw new EngineError('BECOME', `${options.description}: no pipe for a second shell: ${made.stderr}`);
  }
  // In a subshell: a pipe that nobody reads ends that, not the login shell
  const write = (text: string) => wire.write(`(${quoteAll(['printf', '%s', text])} >&${descriptor})\n`);
  const command = (text: string) => `{ ${text}; } <${pipe} 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &`;
  const end = () => wire.write(`exec ${descriptor}>&-\n`);
  const parts = { ...options, write, end };
  return wire.exclusive(async () => {
    await becomeUser(wire, become, {
      ...parts,
      command,
      start: (text) => wire.write(text),
    });
    return new RemoteShell(await startShell(wire, { ...parts, sshConnection: shell.info.sshConnection }));
  });
}
