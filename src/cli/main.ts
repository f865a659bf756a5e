import { Command, CommanderError } from 'commander';
import { declareCommands } from './commands.ts';
import { exitCodeFor } from './failure.ts';
import { version } from './version.ts';

const program = new Command('wirebook')
  .description('Keeps the network of a KVM fleet as written: host interfaces, libvirt networks, guest NICs')
  .version(version, '-V, --version')
  .exitOverride();
declareCommands(program);

// Nobody reads any more: the pipe is closed, or the terminal is gone
const UNHEARD = ['EPIPE', 'EIO'];
process.stderr.on('error', () => {});
let lost = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (lost || UNHEARD.includes(error.code ?? '')) return;
  lost = true;
  console.error(`error: the output cannot be written: ${error.message}`);
});
process.on('exit', () => {
  if (lost) process.exitCode ||= 1;
});

program.parseAsync(process.argv).catch((error: unknown) => {
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 1) : exitCodeFor(error);
});
