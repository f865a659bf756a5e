import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ReportKind } from '../engine/report/index.ts';

/** Flags as commander gives them: ansible-playbook's, by the same letters. */
export interface InventoryFlags {
  readonly inventory: readonly string[];
  readonly limit?: string;
}

/** How hosts are reached, and as whom. */
export interface ConnectionFlags extends InventoryFlags {
  readonly extraVars: readonly string[];
  readonly forks?: number;
  readonly user?: string;
  readonly askPass?: boolean;
  readonly become?: boolean;
  readonly becomeUser?: string;
  readonly becomeMethod?: string;
  readonly askBecomePass?: boolean;
  readonly privateKey?: string;
  readonly connection?: string;
  readonly timeout?: number;
  readonly sshCommonArgs?: string;
}

export interface RunFlags extends ConnectionFlags {
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly startAtTask?: string;
  readonly step?: boolean;
  readonly forceHandlers?: boolean;
  readonly listHosts?: boolean;
  readonly listTasks?: boolean;
  readonly listTags?: boolean;
  readonly syntaxCheck?: boolean;
  readonly output: ReportKind;
  readonly detailedExitcode?: boolean;
  readonly verbose: number;
}

const collect = (value: string, all: readonly string[]): string[] => [...all, value];

const words = (value: string, all: readonly string[]): string[] => [
  ...all,
  ...value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
];

/** An option that can be given several times. */
const list = (
  flags: string,
  description: string,
  add: (value: string, all: readonly string[]) => string[],
): Option => new Option(flags, description).argParser(add).default([], 'none');

export const extraVarsFlag = (): Option =>
  list('-e, --extra-vars <vars>', 'variables: k=v, JSON, or @file', collect);

function count(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError('a whole number above 0 is needed');
  return Number(value);
}

export const inventoryFlags = (command: Command): Command =>
  sourceFlag(command).option('-l, --limit <pattern>', 'only hosts of this pattern');

export const sourceFlag = (command: Command): Command =>
  command.addOption(
    list('-i, --inventory <source>', 'inventory file, folder, executable, or host,list,', collect).default(
      [],
      'inventory here, if there is one',
    ),
  );

export const connectionFlags = (command: Command): Command =>
  command
    .addOption(extraVarsFlag())
    .option('-f, --forks <n>', 'hosts at once; default all', count)
    .option('-u, --user <name>', 'user to log in as')
    .option('-k, --ask-pass', 'ask for the login password')
    .option('-b, --become', 'become another user')
    .option('--become-user <name>', 'user to become; default root')
    .addOption(new Option('--become-method <method>', 'how').choices(['sudo', 'su', 'doas']))
    .option('-K, --ask-become-pass', 'ask for the password for becoming')
    .option('--private-key <file>', 'key to log in with')
    .addOption(
      new Option('-c, --connection <type>', 'how to reach hosts').choices(['ssh', 'local', 'command']),
    )
    .option('-T, --timeout <seconds>', 'time for a connection to come up', count)
    .option('--ssh-common-args <args>', 'options as for ssh: -J, -o ProxyCommand=…');

export const runFlags = (command: Command): Command =>
  connectionFlags(
    command
      .addOption(list('-t, --tags <tags>', 'only tasks with these tags', words).default([], 'all'))
      .addOption(list('--skip-tags <tags>', 'no tasks with these tags', words))
      .option('-C, --check', 'change nothing, show what would change')
      .option('-D, --diff', 'show wanted against found, field by field')
      .option('--detailed-exitcode', 'exit with 3 when something changes, is pending or undecided'),
  )
    .option('--start-at-task <name>', 'begin with the task of this name')
    .option('--step', 'ask before each task')
    .option('--flush-cache', 'for scripts made for Ansible: no facts are kept from one run to the next')
    .option('--force-handlers', 'run notified handlers on failed hosts too')
    .option('--list-hosts', 'list the hosts, run nothing')
    .option('--list-tasks', 'list the tasks, run nothing')
    .option('--list-tags', 'list the tags, run nothing')
    .option('--syntax-check', 'check the playbooks, run nothing')
    .addOption(
      new Option('-o, --output <kind>', 'how to report; auto: live on a terminal, else lines')
        .choices(['auto', 'lines', 'listr', 'json', 'jsonl'] satisfies ReportKind[])
        .default('auto'),
    )
    .option('-v, --verbose', 'more output; -vv, -vvv still more', (_, level: number) => level + 1, 0);
