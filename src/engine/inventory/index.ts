import { dirname, resolve } from 'node:path';
import { statSync } from 'node:fs';
import { type EngineError, SourceErrors } from '../errors.ts';
import { InventoryModel } from './model.ts';
import { LOCALHOST, selectHosts } from './pattern.ts';
import { type Reading, syntaxProblem } from './problem.ts';
import { isHostList, readSource } from './sources.ts';
import type { Group, Inventory } from './types.ts';
import { VarsFiles, type VarsFolder } from './vars-files.ts';

export interface InventoryOptions {
  /** Relative sources and `@file` patterns start here, absolute */
  readonly cwd: string;
  /** Directories of the playbooks: their group_vars and host_vars are read at once, so that mistakes show */
  readonly playbookDirs?: readonly string[];
}

type Values = Readonly<Record<string, unknown>>;

/**
 * Reads an inventory from its sources, as given to `-i`: files, executables, directories of those, lists of hosts.
 * Without any, only localhost is there.
 * @throws SourceErrors with all mistakes in all files
 */
export async function loadInventory(
  sources: readonly string[],
  options: InventoryOptions,
): Promise<LoadedInventory> {
  const reading: Reading = { model: new InventoryModel(), problems: [], warnings: [] };
  for (const source of sources) await readSource(source, reading, options.cwd);
  reading.model.settle();
  for (const name of reading.model.groups.keys()) {
    if (reading.model.hosts.has(name))
      reading.warnings.push(syntaxProblem(`${name} is the name of a group and of a host`, undefined));
  }
  const inventory = new LoadedInventory(sources, options, reading);
  inventory.readAll(reading);
  if (reading.problems.length > 0) throw new SourceErrors(reading.problems);
  return inventory;
}

/** An inventory in memory. Its model is what `wirebook inventory` prints. */
export class LoadedInventory implements Inventory {
  readonly model: InventoryModel;
  readonly sources: readonly string[];
  readonly hosts: readonly string[];
  readonly groups: ReadonlyMap<string, Group>;
  readonly warnings: readonly EngineError[];
  readonly #cwd: string;
  readonly #playbookDirs: readonly string[];
  /** Directories with group_vars and host_vars, weakest first */
  readonly #directories: readonly string[];
  readonly #files = new VarsFiles();
  readonly #vars = new Map<string, Values>();
  readonly #groupNames: ReadonlyMap<string, readonly string[]>;

  constructor(sources: readonly string[], { cwd, playbookDirs = [] }: InventoryOptions, reading: Reading) {
    const { model } = reading;
    this.model = model;
    this.warnings = reading.warnings;
    this.#cwd = cwd;
    this.#playbookDirs = playbookDirs;
    this.sources = sources.filter((source) => !isHostList(source, cwd)).map((source) => resolve(cwd, source));
    this.#directories = this.sources.map((path) =>
      statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path),
    );
    this.hosts = [...model.hosts.keys()];
    this.groups = new Map(
      [...model.groups.values()].map(({ name, hosts, children }) => [
        name,
        { name, hosts: [...hosts], children: [...children] },
      ]),
    );
    this.#groupNames = groupNamesByHost(model);
  }

  vars(host: string, playbookDir?: string): Values {
    const key = `${playbookDir ?? ''}\0${host}`;
    let values = this.#vars.get(key);
    if (!values) {
      const found: Pick<Reading, 'problems' | 'warnings'> = { problems: [], warnings: [] };
      values = this.#collect(host, playbookDir === undefined ? [] : [playbookDir], found);
      if (found.problems.length > 0) throw new SourceErrors(found.problems);
      this.#vars.set(key, values);
    }
    return values;
  }

  groupNames(host: string): readonly string[] {
    return this.#groupNames.get(host) ?? [];
  }

  select(pattern: string | readonly string[], limit?: string): readonly string[] {
    const scope = { model: this.model, cwd: this.#cwd };
    const hosts = selectHosts(scope, pattern);
    if (limit === undefined || limit.trim() === '') return hosts;
    const allowed = new Set(selectHosts(scope, limit));
    return hosts.filter((host) => allowed.has(host));
  }

  groupMap(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries([...this.model.groups.keys()].map((name) => [name, this.model.members(name)]));
  }

  /** Reads every file of variables that a group or host of the inventory has. */
  readAll(reading: Pick<Reading, 'problems' | 'warnings'>): void {
    for (const directory of [...this.#directories, ...this.#playbookDirs]) {
      for (const group of this.model.groups.keys()) this.#files.read(directory, 'group_vars', group, reading);
      for (const host of this.hosts) this.#files.read(directory, 'host_vars', host, reading);
    }
  }

  /** Variables of one group: its own, then those from files. */
  groupVars(name: string, playbookDir?: string): Values {
    const found: Pick<Reading, 'problems' | 'warnings'> = { problems: [], warnings: [] };
    const directories = playbookDir === undefined ? this.#directories : [...this.#directories, playbookDir];
    return {
      ...Object.fromEntries(this.model.groups.get(name)?.vars ?? []),
      ...this.#fromFiles(directories, 'group_vars', [name], found),
    };
  }

  /** Ansible's order: all, groups, all's files, groups' files (inventory's, then playbook's), host, its files. */
  #collect(
    host: string,
    playbookDirs: readonly string[],
    found: Pick<Reading, 'problems' | 'warnings'>,
  ): Values {
    const { model } = this;
    const groups = [...this.groupNames(host)].sort(
      (a, b) =>
        model.depth(a) - model.depth(b) ||
        model.groups.get(a)!.priority - model.groups.get(b)!.priority ||
        (a < b ? -1 : 1),
    );
    let values: Values = {};
    for (const group of ['all', ...groups])
      values = { ...values, ...Object.fromEntries(model.groups.get(group)!.vars) };
    for (const names of [['all'], groups])
      for (const directories of [this.#directories, playbookDirs])
        values = { ...values, ...this.#fromFiles(directories, 'group_vars', names, found) };
    values = { ...values, ...this.#own(host) };
    for (const directories of [this.#directories, playbookDirs])
      values = { ...values, ...this.#fromFiles(directories, 'host_vars', [host], found) };
    return values;
  }

  #own(host: string): Values {
    const node = this.model.hosts.get(host);
    if (!node) return LOCALHOST.includes(host) ? { ansible_connection: 'local' } : {};
    const file = node.source;
    return {
      inventory_file: file,
      inventory_dir: file === undefined || file.includes(',') ? null : dirname(file),
      ...Object.fromEntries(node.vars),
    };
  }

  #fromFiles(
    directories: readonly string[],
    folder: VarsFolder,
    names: readonly string[],
    found: Pick<Reading, 'problems' | 'warnings'>,
  ): Values {
    let values: Values = {};
    for (const directory of directories)
      for (const name of names) values = { ...values, ...this.#files.read(directory, folder, name, found) };
    return values;
  }
}

function groupNamesByHost(model: InventoryModel): Map<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const { name, hosts } of model.groups.values()) {
    if (name === 'all') continue;
    const names = [...model.withAncestors(name)].filter((group) => group !== 'all');
    for (const host of hosts) {
      const known = found.get(host);
      if (known) for (const group of names) known.add(group);
      else found.set(host, new Set(names));
    }
  }
  return new Map([...found].map(([host, names]) => [host, [...names].sort()]));
}
