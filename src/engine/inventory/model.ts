/** A host while the inventory is being read. */
export interface HostNode {
  readonly name: string;
  /** Given in an inventory source, as written */
  readonly vars: Map<string, unknown>;
  /** Where it was first named: absolute path, or the list from the command line */
  readonly source: string | undefined;
}

/** A group while the inventory is being read. */
export interface GroupNode {
  readonly name: string;
  readonly vars: Map<string, unknown>;
  /** Direct members, in order */
  readonly hosts: Set<string>;
  readonly children: Set<string>;
  readonly parents: Set<string>;
  /** `ansible_group_priority`, default 1 */
  priority: number;
}

/** The hosts and groups of all sources, as they are read. Orders are Ansible's. */
export class InventoryModel {
  readonly hosts = new Map<string, HostNode>();
  readonly groups = new Map<string, GroupNode>();
  readonly #members = new Map<string, readonly string[]>();
  readonly #depths = new Map<string, number>();

  constructor() {
    this.addChild(this.addGroup('all'), this.addGroup('ungrouped'));
  }

  addGroup(name: string): GroupNode {
    const known = this.groups.get(name);
    if (known) return known;
    const group: GroupNode = {
      name,
      vars: new Map(),
      hosts: new Set(),
      children: new Set(),
      parents: new Set(),
      priority: 1,
    };
    this.groups.set(name, group);
    return group;
  }

  addHost(name: string, group: GroupNode | undefined, source: string, port?: number): HostNode {
    let host = this.hosts.get(name);
    if (!host) {
      host = { name, vars: new Map(), source };
      if (port !== undefined) host.vars.set('ansible_port', port);
      this.hosts.set(name, host);
    }
    group?.hosts.add(name);
    return host;
  }

  /** Makes a group a child of another; the cycle that this would close, from `child` to `parent`, when it would. */
  addChild(parent: GroupNode, child: GroupNode): readonly string[] | undefined {
    const cycle = this.#pathDown(child, parent);
    if (cycle) return cycle;
    parent.children.add(child.name);
    child.parents.add(parent.name);
    return undefined;
  }

  setGroupVariable(group: GroupNode, name: string, value: unknown): void {
    if (name === 'ansible_group_priority') group.priority = Math.trunc(Number(value)) || 1;
    else group.vars.set(name, value);
  }

  /** After the last source: every group is below `all`, and `ungrouped` has the hosts that no other group has. */
  settle(): void {
    const all = this.addGroup('all');
    const ungrouped = this.addGroup('ungrouped');
    const grouped = new Set<string>();
    for (const group of this.groups.values()) {
      if (group !== all && group.parents.size === 0) this.addChild(all, group);
      if (group === all || group === ungrouped) continue;
      for (const host of group.hosts) grouped.add(host);
    }
    for (const host of this.hosts.keys()) {
      if (grouped.has(host)) ungrouped.hosts.delete(host);
      else ungrouped.hosts.add(host);
    }
  }

  /** All hosts of a group and those below it, nearest groups first. Only after `settle`. */
  members(name: string): readonly string[] {
    let members = this.#members.get(name);
    if (!members) {
      const found = new Set<string>();
      for (const group of this.#reach(name, 'children')) {
        for (const host of this.groups.get(group)!.hosts) found.add(host);
      }
      members = [...found];
      this.#members.set(name, members);
    }
    return members;
  }

  /** Names of a group and all groups above it. */
  withAncestors(name: string): ReadonlySet<string> {
    return this.#reach(name, 'parents');
  }

  /** Length of the longest way from `all`: deeper groups override shallower ones. Only after `settle`. */
  depth(name: string): number {
    let depth = this.#depths.get(name);
    if (depth === undefined) {
      depth = 0;
      for (const parent of this.groups.get(name)!.parents) depth = Math.max(depth, this.depth(parent) + 1);
      this.#depths.set(name, depth);
    }
    return depth;
  }

  #reach(name: string, direction: 'children' | 'parents'): ReadonlySet<string> {
    const reached = new Set([name]);
    for (const at of reached) for (const next of this.groups.get(at)![direction]) reached.add(next);
    return reached;
  }

  #pathDown(from: GroupNode, to: GroupNode): readonly string[] | undefined {
    if (from === to) return [from.name];
    for (const child of from.children) {
      const rest = this.#pathDown(this.groups.get(child)!, to);
      if (rest) return [from.name, ...rest];
    }
    return undefined;
  }
}
