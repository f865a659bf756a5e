import { type Command, Option } from 'commander';
import { connectionFlags, extraVarsFlag, inventoryFlags, runFlags, sourceFlag } from './flags.ts';
import { labCommand } from './lab.ts';

/** Declares every subcommand; what one does is loaded when it is called. */
export function declareCommands(program: Command): void {
  const run = program.command('run').description('run playbooks').argument('<playbook...>', 'playbook files');
  runFlags(inventoryFlags(run)).action(async (files, flags) => {
    const { runCommand } = await import('./run.ts');
    process.exitCode = await runCommand(files, flags);
  });

  const check = program
    .command('check')
    .description('show what a run would change (run --check --diff)')
    .argument('<playbook...>', 'playbook files');
  runFlags(inventoryFlags(check)).action(async (files, flags) => {
    const { runCommand } = await import('./run.ts');
    process.exitCode = await runCommand(files, { ...flags, check: true, diff: true });
  });

  const doOne = program
    .command('do')
    .description('run one module on hosts')
    .argument('<pattern>', 'hosts: a pattern')
    .requiredOption('-m, --module <name>', 'module to run')
    .option('-a, --args <args>', "its parameters: 'k=v k=v', or JSON", '')
    .option('--xml', 'print the XML of the libvirt object that the module is about');
  runFlags(inventoryFlags(doOne)).action(async (pattern, flags) => {
    const { doCommand } = await import('./do.ts');
    process.exitCode = await doCommand(pattern, flags);
  });

  const facts = program
    .command('facts')
    .description('show what hosts have: interfaces, stored and live, networks and guests')
    .argument('<host...>', 'hosts: patterns')
    .addOption(new Option('-o, --output <kind>', 'how to show it').choices(['text', 'json']).default('text'))
    .option('--xml', "print libvirt's XML of each interface: as it is stored, else as it is live")
    .option('--interface <name>', 'only this interface: a name, or a MAC');
  connectionFlags(inventoryFlags(facts)).action(async (hosts, flags) => {
    const { factsCommand } = await import('./facts.ts');
    process.exitCode = await factsCommand(hosts, flags);
  });

  const importOne = program
    .command('import')
    .description('write a playbook of what a host has')
    .argument('<host>', 'the host')
    .option('-o, --output-file <file>', 'file to write; default: standard output');
  connectionFlags(inventoryFlags(importOne)).action(async (host, flags) => {
    const { importCommand } = await import('./import.ts');
    process.exitCode = await importCommand(host, flags);
  });

  const graph = program
    .command('graph')
    .description('draw what hosts have: NIC, bond, VLAN, bridge, libvirt network, guest NIC')
    .argument('<host...>', 'hosts: patterns')
    .addOption(new Option('--format <kind>', 'what to draw').choices(['text', 'svg', 'html']).default('text'))
    .option('-o, --output-file <file>', 'file to write; default: standard output');
  connectionFlags(inventoryFlags(graph)).action(async (hosts, flags) => {
    const { graphCommand } = await import('./graph.ts');
    process.exitCode = await graphCommand(hosts, flags);
  });

  const lint = program
    .command('lint')
    .description('check playbooks and inventory without contacting a host')
    .argument('<playbook...>', 'playbook files')
    .addOption(extraVarsFlag());
  inventoryFlags(lint).action(async (files, flags) => {
    const { lintCommand } = await import('./lint.ts');
    process.exitCode = await lintCommand(files, flags);
  });

  const inventory = program
    .command('inventory')
    .description('show the inventory, as ansible-inventory does')
    .argument('[group]', 'group at the top of --graph')
    .option('--list', 'everything, as JSON')
    .option('--host <name>', 'variables of a host, as JSON')
    .option('--graph', 'groups and hosts, as a tree')
    .option('--vars', 'with --graph: show variables too')
    .option('--playbook-dir <dir>', 'read group_vars and host_vars here as well');
  sourceFlag(inventory).action(async (group, flags) => {
    const { inventoryCommand } = await import('./inventory.ts');
    process.exitCode = await inventoryCommand(group, flags);
  });

  program
    .command('doc')
    .description('describe a module, or list them all')
    .argument('[module]', 'its name')
    .action(async (name) => {
      const { docCommand } = await import('./doc.ts');
      process.exitCode = docCommand(name);
    });

  program
    .command('schema')
    .description('print a JSON schema of playbooks, for editors')
    .action(async () => {
      const { schemaCommand } = await import('./schema.ts');
      process.exitCode = schemaCommand();
    });

  program
    .command('completion')
    .description('print a completion script: source <(wirebook completion bash)')
    .argument('<shell>', 'bash, zsh or fish')
    .action(async (shell) => {
      const { completionCommand } = await import('./completion.ts');
      process.exitCode = completionCommand(program, shell);
    });

  labCommand(program);
}
