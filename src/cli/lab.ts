import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { BACKENDS, type Backend } from '../lab/backends.ts';
import { NICS, type Nic } from '../lab/plan.ts';

/** Where a lab is kept unless --dir says otherwise. */
const FOLDER = '.wirebook/lab';

const LINK_WAYS = ['up', 'down'] as const;
export type LinkWay = (typeof LINK_WAYS)[number];

export interface LabFlags {
  dir: string;
}

export interface LabUpFlags extends LabFlags {
  hosts: number;
  driver?: 'netns' | 'uml';
  sshdOnly?: true;
  backend?: readonly Backend[];
  segments?: true;
  kernel?: string;
  install: boolean;
}

export interface LabRebootFlags extends LabFlags {
  hard?: true;
}

/** Declares `wirebook lab` and its subcommands; what one does is loaded when it is called. */
export function labCommand(program: Command): void {
  // So that what follows `lab ssh HOST` is the command's, be it --version
  program.enablePositionalOptions();
  const lab = program
    .command('lab')
    .description('hosts to try things on, on this machine')
    .enablePositionalOptions();
  const declare = (name: string, description: string): Command =>
    lab.command(name).description(description).option('--dir <folder>', 'where the lab is kept', FOLDER);

  declare('up', 'bring up hosts, and write an inventory, keys and known_hosts for them')
    .option('--hosts <n>', 'how many', wholeNumber, 3)
    .addOption(
      new Option('--driver <driver>', 'netns where the kernel has bonds and VLANs, else uml').choices([
        'netns',
        'uml',
      ]),
    )
    .option('--sshd-only', 'hosts with sshd alone: no systemd, no libvirt; up in a third of a second')
    .option(
      '--backend <names>',
      `what configures data NICs: ${BACKENDS.join(', ')}; more than one: in turn`,
      backends,
    )
    .option('--segments', 'put this machine on the data segments too')
    .option('--kernel <file>', 'kernel for uml hosts (also WIREBOOK_UML)')
    .option('--no-install', 'say what is missing on this machine rather than install it')
    .action(async (flags: LabUpFlags) => {
      const { labUp } = await import('./lab-actions.ts');
      process.exitCode = await labUp(flags);
    });
  declare('down', 'end the hosts and remove all that the lab made').action(async (flags: LabFlags) => {
    const { labDown } = await import('./lab-actions.ts');
    process.exitCode = await labDown(flags);
  });
  declare('reboot', 'reboot a uml host, and wait until it is up')
    .argument('<host>', 'such as host1')
    .option('--hard', 'take the power from it, and give it back')
    .action(async (host: string, flags: LabRebootFlags) => {
      const { labReboot } = await import('./lab-actions.ts');
      process.exitCode = await labReboot(host, flags);
    });
  declare('link', 'pull the cable from a NIC of a host, or put it back')
    .argument('<host>', 'such as host1')
    .addArgument(new Argument('<nic>', 'NIC of the host').choices(NICS))
    .addArgument(new Argument('<way>', 'down: pulled').choices(LINK_WAYS))
    .action(async (host: string, nic: Nic, way: LinkWay, flags: LabFlags) => {
      const { labLink } = await import('./lab-actions.ts');
      process.exitCode = await labLink(host, nic, way, flags);
    });
  declare('status', 'show the hosts and whether they answer').action(async (flags: LabFlags) => {
    const { labShow } = await import('./lab-actions.ts');
    process.exitCode = await labShow(flags);
  });
  declare('ssh', 'log in to a host, or run a command there')
    .argument('<host>', 'such as host1')
    .argument('[command...]', 'as for ssh: joined with spaces, read by the shell there')
    .passThroughOptions()
    .action(async (host: string, command: string[], flags: LabFlags) => {
      const { labSsh } = await import('./lab-actions.ts');
      process.exitCode = await labSsh(host, command, flags);
    });
  lab
    .command('kernel')
    .description('build a kernel for uml hosts that boots faster than the distribution’s')
    .action(async () => {
      const { labKernel } = await import('./lab-actions.ts');
      process.exitCode = await labKernel();
    });
}

function backends(text: string): Backend[] {
  return text.split(',').map((word) => {
    const backend = BACKENDS.find((name) => name === word.trim());
    if (backend === undefined) throw new InvalidArgumentError(`it can be ${BACKENDS.join(', ')}`);
    return backend;
  });
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 to 1000 is needed');
  return Number(text);
}
