import { EngineError } from '../errors.ts';
import { UnsafeText } from '../source.ts';
import { didYouMean } from '../suggest.ts';
import type { LoadedInventory } from './index.ts';

/** Variables that Ansible sets itself, and so does not list. */
const INTERNAL = new Set([
  'ansible_diff_mode',
  'ansible_config_file',
  'ansible_facts',
  'ansible_forks',
  'ansible_inventory_sources',
  'ansible_limit',
  'ansible_playbook_python',
  'ansible_run_tags',
  'ansible_skip_tags',
  'ansible_verbosity',
  'ansible_version',
  'inventory_dir',
  'inventory_file',
  'inventory_hostname',
  'inventory_hostname_short',
  'groups',
  'group_names',
  'omit',
  'playbook_dir',
]);

type Values = Readonly<Record<string, unknown>>;

/** All groups and hosts, as `ansible-inventory --list` prints them. */
export function formatList(inventory: LoadedInventory, playbookDir?: string): string {
  const output = new Map<string, unknown>();
  const seen = new Set<string>();
  const add = (name: string): void => {
    const group = inventory.model.groups.get(name)!;
    const entry = {
      ...(name !== 'all' && group.hosts.size > 0 ? { hosts: [...group.hosts] } : {}),
      ...(group.children.size > 0 ? { children: [...group.children] } : {}),
    };
    if (Object.keys(entry).length > 0) output.set(name, entry);
    for (const child of group.children) {
      if (!seen.has(child)) add(child);
      seen.add(child);
    }
  };
  add('all');
  const hostvars = inventory.model
    .members('all')
    .map((host) => [host, visible(inventory.vars(host, playbookDir))] as const)
    .filter(([, vars]) => Object.keys(vars).length > 0);
  return toJson({ ...Object.fromEntries(output), _meta: { hostvars: Object.fromEntries(hostvars) } });
}

/**
 * The variables of one host, as `ansible-inventory --host` prints them.
 * @throws EngineError PATTERN_EMPTY, USAGE
 */
export function formatHost(inventory: LoadedInventory, host: string, playbookDir?: string): string {
  const [name, ...more] = inventory.select(host);
  if (name === undefined || more.length > 0)
    throw new EngineError('USAGE', `--host takes one host; ${host} is ${more.length + 1}`);
  return toJson(visible(inventory.vars(name, playbookDir)));
}

/**
 * The tree of groups and hosts, as `ansible-inventory --graph` prints it.
 * @throws EngineError USAGE
 */
export function formatGraph(
  inventory: LoadedInventory,
  options: { readonly group?: string; readonly vars?: boolean; readonly playbookDir?: string } = {},
): string {
  const { group: top = 'all', vars: showVars = false, playbookDir } = options;
  const { groups } = inventory.model;
  if (!groups.has(top)) {
    throw new EngineError('USAGE', `there is no group ${top}`, { hint: didYouMean(top, groups.keys()) });
  }
  const lines: string[] = [];
  const line = (text: string, depth: number): void => {
    lines.push(depth === 0 ? text : `${'  |'.repeat(depth)}--${text}`);
  };
  const variables = (values: Values, depth: number): void => {
    if (!showVars) return;
    for (const [name, value] of sortedEntries(visible(values)))
      line(`{${name} = ${typeof value === 'string' ? value : pythonText(value)}}`, depth);
  };
  const walk = (name: string, depth: number): void => {
    const group = groups.get(name)!;
    line(`@${name}:`, depth);
    for (const child of group.children) walk(child, depth + 1);
    for (const host of name === 'all' ? [] : group.hosts) {
      line(host, depth + 1);
      variables(inventory.vars(host, playbookDir), depth + 2);
    }
    const priority = group.priority === 1 ? {} : { ansible_group_priority: group.priority };
    variables({ ...inventory.groupVars(name, playbookDir), ...priority }, depth + 1);
  };
  walk(top, 0);
  return lines.join('\n');
}

const visible = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !INTERNAL.has(name)));

const sortedEntries = (values: object): [string, unknown][] =>
  Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));

const toJson = (value: unknown): string => JSON.stringify(sortKeys(value), null, 4);

function sortKeys(value: unknown): unknown {
  if (value instanceof UnsafeText) return value.text;
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(sortedEntries(value).map(([key, inner]) => [key, sortKeys(inner)]));
}

/** Python's repr, which `--graph --vars` shows. */
function pythonText(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof UnsafeText) return pythonText(value.text);
  if (typeof value === 'string') {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
    return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
  }
  if (Array.isArray(value)) return `[${value.map(pythonText).join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${pythonText(key)}: ${pythonText(inner)}`)
    .join(', ')}}`;
}
