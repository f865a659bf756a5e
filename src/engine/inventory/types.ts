import type { EngineError } from '../errors.ts';

/** Hosts and groups, with their variables as written (templates unrendered). */
export interface Inventory {
  /** Host names in the order they were first named */
  readonly hosts: readonly string[];
  readonly groups: ReadonlyMap<string, Group>;
  /** What is odd but allowed: a host named like a group, YAML 1.1 readings */
  readonly warnings: readonly EngineError[];
  /** Directories and files that it was read from, absolute; `inventory_dir` and `inventory_file` come from them */
  readonly sources: readonly string[];
  /**
   * Variables of a host with inventory precedence applied: group_vars/all, groups by depth and priority, host_vars;
   * those beside the inventory first, then those beside `playbookDir`.
   */
  vars(host: string, playbookDir?: string): Readonly<Record<string, unknown>>;
  /** Names of the groups a host is in, without `all`, sorted */
  groupNames(host: string): readonly string[];
  /**
   * Hosts of a pattern or a list of patterns, in the order of the pattern, as Ansible does; fewer or none where `limit`
   * leaves out. @throws EngineError PATTERN_SYNTAX, PATTERN_EMPTY
   */
  select(pattern: string | readonly string[], limit?: string): readonly string[];
  /** `groups` as playbooks see it: name → host names, `all` and `ungrouped` included */
  groupMap(): Readonly<Record<string, readonly string[]>>;
}

export interface Group {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly children: readonly string[];
}
