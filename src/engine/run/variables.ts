import { dirname, resolve } from 'node:path';
import type { Play, Task } from '../playbook/types.ts';
import { lazyMapping } from '../template/index.ts';
import type { VariableLayer, Variables } from '../template/types.ts';
import type { RunOptions } from './options.ts';

type Values = Readonly<Record<string, unknown>>;

/** Where a task runs: a play, its batch of hosts, and what the play has read for itself. */
export interface PlayScope {
  readonly play: Play;
  readonly file: string;
  readonly all: readonly string[];
  readonly batch: readonly string[];
  /** Whether a host has neither failed nor been taken out by end_host */
  readonly takesPart: (host: string) => boolean;
  /** vars_files of a host */
  readonly fileVars: (host: string) => Values;
}

/** The variables of all hosts in a run, in Ansible's order of precedence. */
export class VariableStore {
  readonly #options: RunOptions;
  readonly #facts = new Map<string, Values>();
  readonly #prefixed = new Map<string, Values>();
  readonly #registers = new Map<string, Record<string, unknown>>();
  readonly #inventory = new Map<string, Values>();
  readonly #groups: Values;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#groups = options.inventory.groupMap();
  }

  /** Facts that a host reported: weaker than what a play says. `hostname` is also `ansible_hostname`. */
  addFacts(host: string, facts: Values): void {
    const prefixed = Object.entries(facts).map(([name, value]) => [`ansible_${name}`, value]);
    this.#facts.set(host, { ...this.#facts.get(host), ...facts });
    this.#prefixed.set(host, { ...this.#prefixed.get(host), ...Object.fromEntries(prefixed) });
  }

  /** What a task found out or set. */
  learn(module: string, host: string, facts: Values): void {
    if (module === 'setup') this.addFacts(host, facts);
    else this.register(host, facts);
  }

  clearFacts(host: string): void {
    this.#facts.delete(host);
    this.#prefixed.delete(host);
  }

  /** Results and set_fact: stronger than what a play says. */
  register(host: string, values: Values): void {
    // Without a prototype, so that a variable __proto__ is one like any other
    const all = this.#registers.get(host) ?? (Object.create(null) as Record<string, unknown>);
    Object.assign(all, values);
    this.#registers.set(host, all);
  }

  #inventoryVars(host: string, file: string): Values {
    const key = `${file}\0${host}`;
    let vars = this.#inventory.get(key);
    if (!vars) {
      const known = this.#options.inventory.hosts.includes(host);
      vars = known ? this.#options.inventory.vars(host, dirname(file)) : implicitHost(host);
      this.#inventory.set(key, vars);
    }
    return vars;
  }

  /** Layers from weakest to strongest. */
  layers(host: string, scope: PlayScope, task?: Task, loop?: Values): Variables {
    const facts = this.#facts.get(host) ?? {};
    const { play } = scope;
    return [
      layer('inventory', this.#inventoryVars(host, scope.file), true),
      layer('facts', this.#prefixed.get(host) ?? {}, false),
      ...play.vars.map((vars) => layer('play vars', vars, true)),
      layer('vars_files', scope.fileVars(host), true),
      ...(task?.vars ?? []).map((vars) => layer('task vars', vars, true)),
      layer('register', this.#registers.get(host) ?? {}, false),
      layer('extra vars', this.#options.extraVars, true),
      layer('magic', this.#magic(host, scope, facts), false),
      ...(loop ? [layer('loop', loop, false)] : []),
    ];
  }

  #magic(host: string, scope: PlayScope, facts: Values): Values {
    const { inventory, check, diff, version } = this.#options;
    return {
      inventory_hostname: host,
      inventory_hostname_short: host.split('.')[0],
      group_names: inventory.groupNames(host),
      groups: this.#groups,
      hostvars: this.#hostvars(scope),
      ansible_facts: facts,
      get play_hosts() {
        return scope.all.filter(scope.takesPart);
      },
      get ansible_play_hosts() {
        return scope.all.filter(scope.takesPart);
      },
      get ansible_play_batch() {
        return scope.batch.filter(scope.takesPart);
      },
      ansible_play_hosts_all: scope.all,
      ansible_play_name: scope.play.name ?? '',
      ansible_check_mode: check,
      ansible_diff_mode: diff,
      playbook_dir: resolve(dirname(scope.file)),
      wirebook_version: version,
    };
  }

  /** Every host's variables, rendered one by one as they are asked for. */
  #hostvars(scope: PlayScope): Values {
    return lazyMapping(
      () => this.#options.inventory.hosts,
      (host) => this.#variablesOf(host, scope),
    );
  }

  /** What hostvars shows of a host: all but the variables of plays and tasks, as in Ansible. */
  #variablesOf(host: string, scope: PlayScope): Values {
    const own = this.layers(host, scope).filter(({ name }) => name !== 'play vars' && name !== 'vars_files');
    const names = new Set(own.flatMap(({ values }) => Object.keys(values)));
    names.delete('hostvars');
    return lazyMapping(
      () => [...names],
      (name) => {
        const strongest = own.findLast(({ values }) => Object.hasOwn(values, name));
        const value = strongest?.values[name];
        return strongest?.templated ? this.#options.templar.render(value, own) : value;
      },
    );
  }
}

function layer(name: string, values: Values, templated: boolean): VariableLayer {
  return { name, values, templated };
}

/** A host that no inventory names: only `localhost` is known without one. */
const implicitHost = (host: string): Values => (host === 'localhost' ? { ansible_connection: 'local' } : {});
