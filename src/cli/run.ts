import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { relative, resolve } from 'node:path';
import { EngineError } from '../engine/errors.ts';
import type { Registry } from '../engine/module.ts';
import { createReport } from '../engine/report/index.ts';
import type { Report, RunEvent } from '../engine/run/events.ts';
import { EXIT } from '../engine/run/exit.ts';
import { tasksOf } from '../engine/run/hints.ts';
import { runPlaybooks } from '../engine/run/run.ts';
import { didYouMean } from '../engine/suggest.ts';
import { world } from '../host/index.ts';
import { registry } from '../modules/index.ts';
import { readExtraVars, readVarsFile } from './extra-vars.ts';
import { printProblems } from './failure.ts';
import type { RunFlags } from './flags.ts';
import { stopOnInterrupt } from './interrupt.ts';
import { listRun } from './listing.ts';
import { type Loaded, load, NO_HOSTS } from './load.ts';
import { askPassword, askStep } from './prompt.ts';
import { reachWith } from './reach.ts';
import { version } from './version.ts';

/** `wirebook run`: checks everything, then runs it. @returns the exit code */
export async function runCommand(files: readonly string[], flags: RunFlags): Promise<number> {
  const cwd = process.cwd();
  const extraVars = readExtraVars(flags.extraVars);
  const shown = files.map((file) => shortPath(cwd, file));
  const loaded = await load({
    files: shown,
    sources: flags.inventory,
    limit: flags.limit,
    tags: flags.tags,
    extraVars,
    cwd,
    env: process.env,
    readFile: (file) => readFileSync(file, 'utf8'),
  });
  printProblems(loaded.warnings, 'warning');
  if (flags.syntaxCheck) {
    for (const file of shown) console.log(`playbook: ${file}`);
    return EXIT.ok;
  }
  if (flags.listHosts || flags.listTasks || flags.listTags) {
    console.log(listRun(loaded, flags, extraVars));
    return EXIT.ok;
  }
  if (flags.startAtTask !== undefined) expectTask(loaded, flags.startAtTask);
  return execute(loaded, flags, extraVars);
}

/** As it is below the current folder, else as it was given. */
function shortPath(cwd: string, file: string): string {
  const path = relative(cwd, resolve(cwd, file));
  return path === '' || path.startsWith('..') ? file : path;
}

/** @throws EngineError USAGE when no task has that name: nothing would run */
function expectTask({ playbooks }: Loaded, name: string): void {
  const names = playbooks
    .flatMap(({ plays }) => plays.flatMap(({ sections }) => sections.flatMap(tasksOf)))
    .flatMap((task) => task.name ?? []);
  if (!names.includes(name)) {
    throw new EngineError('USAGE', `no task is called ${name}`, { hint: didYouMean(name, names) });
  }
}

/** What a run of another subcommand has for itself. */
interface Own {
  /** Sees every event too */
  readonly watch?: ((event: RunEvent) => void) | undefined;
  /** Instead of the one that the flags ask for */
  readonly report?: Report;
  readonly modules?: Registry;
}

/** Runs what was loaded, and reports it. @returns the exit code */
export async function execute(
  loaded: Loaded,
  flags: Partial<RunFlags>,
  extraVars: Readonly<Record<string, unknown>>,
  own: Own = {},
): Promise<number> {
  if (loaded.inventory.hosts.length === 0 && !namesLocalhost(loaded)) console.error(`[WARNING]: ${NO_HOSTS}`);
  const password = flags.askPass ? await askPassword('SSH password: ') : undefined;
  const becomePassword = flags.askBecomePass ? await askPassword('BECOME password: ', password) : undefined;
  const { verbose = 0, output = 'auto' } = flags;
  const isTerminal = process.stdout.isTTY === true && process.env.TERM !== 'dumb';
  const report =
    own.report ??
    createReport(output, {
      stream: process.stdout,
      // Questions and a view that is drawn again and again do not go together
      isTTY: isTerminal && !flags.step,
      color: isTerminal && process.env.NO_COLOR === undefined,
      verbosity: verbose,
      diff: flags.diff === true,
      columns: process.stdout.columns,
    });
  const interrupt = stopOnInterrupt((message) => report.on({ type: 'warning', message }));
  try {
    const { exitCode } = await runPlaybooks({
      playbooks: loaded.playbooks,
      inventory: loaded.inventory,
      registry: own.modules ?? registry,
      world,
      templar: loaded.templar,
      reach: reachWith(flags, password),
      readVars: readVarsFile,
      emit: (event) => {
        report.on(event);
        own.watch?.(event);
      },
      extraVars,
      limit: flags.limit,
      tags: flags.tags ?? [],
      skipTags: flags.skipTags ?? [],
      startAtTask: flags.startAtTask,
      step: flags.step ? (task) => askStep(`Perform task: ${task} (N)o/(y)es/(c)ontinue: `) : undefined,
      check: flags.check === true,
      diff: flags.diff === true,
      forks: flags.forks ?? Number.POSITIVE_INFINITY,
      forceHandlers: flags.forceHandlers === true,
      detailedExitCode: flags.detailedExitcode === true,
      become: {
        become: flags.become === true,
        user: flags.becomeUser,
        method: flags.becomeMethod,
        password: becomePassword,
      },
      verbosity: verbose,
      holder: `${userInfo().username}@${hostname()} pid ${process.pid}`,
      version: version,
      signal: interrupt.signal,
    });
    return exitCode;
  } finally {
    interrupt.end();
    await report.close?.();
  }
}

/** Whether a play runs on this machine, for which no inventory is needed. */
const namesLocalhost = ({ playbooks }: Loaded): boolean =>
  playbooks.some(({ plays }) => plays.some(({ hosts }) => !/^(?:all|\*)$/.test(String(hosts))));
