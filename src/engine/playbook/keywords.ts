/** Where a keyword can stand. A handler is a task that can also `listen`. */
export type Level = 'play' | 'block' | 'task' | 'handler';

/** How the value of a keyword is read; templates are taken wherever Ansible takes them. */
export type ValueKind =
  | 'any'
  | 'text'
  | 'name' // of a variable
  | 'boolean'
  | 'literal boolean' // not a template
  | 'number'
  | 'words' // a word, `a,b`, or a list
  | 'names' // one name, which may hold commas and blanks, or a list
  | 'conditions'
  | 'mapping'
  | 'environment'
  | 'tasks'
  | 'hosts'
  | 'serial'
  | 'files'
  | { readonly oneOf: readonly string[]; readonly templates?: boolean };

export interface Keyword {
  readonly on: readonly Level[];
  readonly value: ValueKind;
  /**
   * What an inner level does to the value of an outer one: replace it, or add its own behind it.
   * Left out: the keyword counts only where it stands.
   */
  readonly inner?: 'replaces' | 'adds';
  /** Of Ansible, but refused here: what to do about it */
  readonly refused?: string;
}

const play = ['play'] as const;
const block = ['block'] as const;
const task = ['task', 'handler'] as const;
const handler = ['handler'] as const;
const inside = ['block', ...task] as const;
const everywhere = ['play', 'block', ...task] as const;

const LATER = 'it comes with a later version of Wirebook';

/** Every keyword of plays, blocks, tasks and handlers; `with_*` stands in LOOPS. docs/language.md is tested against it. */
export const KEYWORDS: Readonly<Record<string, Keyword>> = {
  name: { on: everywhere, value: 'text' },
  hosts: { on: play, value: 'hosts' },
  order: {
    on: play,
    value: { oneOf: ['inventory', 'reverse_inventory', 'sorted', 'reverse_sorted', 'shuffle'] },
  },
  serial: { on: play, value: 'serial' },
  strategy: { on: play, value: { oneOf: ['linear', 'free', 'host_pinned'] } },
  max_fail_percentage: { on: play, value: 'number' },
  gather_facts: { on: play, value: 'boolean' },
  vars_files: { on: play, value: 'files' },
  force_handlers: { on: play, value: 'boolean' },
  pre_tasks: { on: play, value: 'tasks' },
  tasks: { on: play, value: 'tasks' },
  post_tasks: { on: play, value: 'tasks' },
  handlers: { on: play, value: 'tasks' },
  roles: { on: play, value: 'any', refused: `${LATER}; import_tasks reads a file of tasks` },
  vars_prompt: { on: play, value: 'any', refused: `${LATER}; give the value with -e` },
  gather_subset: { on: play, value: 'any', refused: `${LATER}; the setup module takes gather_subset` },
  gather_timeout: { on: play, value: 'any', refused: LATER },
  fact_path: { on: play, value: 'any', refused: LATER },
  validate_argspec: { on: play, value: 'any', refused: LATER },

  block: { on: block, value: 'tasks' },
  rescue: { on: block, value: 'tasks' },
  always: { on: block, value: 'tasks' },
  atomic: { on: block, value: 'literal boolean' },

  vars: { on: everywhere, value: 'mapping', inner: 'adds' },
  environment: { on: everywhere, value: 'environment', inner: 'adds' },
  tags: { on: everywhere, value: 'words', inner: 'adds' },
  module_defaults: { on: everywhere, value: 'mapping', inner: 'adds' },
  when: { on: inside, value: 'conditions', inner: 'adds' },
  become: { on: everywhere, value: 'boolean', inner: 'replaces' },
  become_user: { on: everywhere, value: 'text', inner: 'replaces' },
  become_method: {
    on: everywhere,
    value: { oneOf: ['sudo', 'su', 'doas'], templates: true },
    inner: 'replaces',
  },
  become_exe: { on: everywhere, value: 'any', refused: LATER },
  become_flags: { on: everywhere, value: 'any', refused: LATER },
  connection: {
    on: everywhere,
    value: { oneOf: ['ssh', 'local', 'command', 'smart', 'paramiko', 'paramiko_ssh'], templates: true },
    inner: 'replaces',
  },
  port: { on: everywhere, value: 'number', inner: 'replaces' },
  remote_user: { on: everywhere, value: 'text', inner: 'replaces' },
  ignore_errors: { on: everywhere, value: 'boolean', inner: 'replaces' },
  ignore_unreachable: { on: everywhere, value: 'boolean', inner: 'replaces' },
  no_log: { on: everywhere, value: 'boolean', inner: 'replaces' },
  check_mode: { on: everywhere, value: 'boolean', inner: 'replaces' },
  diff: { on: everywhere, value: 'boolean', inner: 'replaces' },
  any_errors_fatal: { on: everywhere, value: 'boolean', inner: 'replaces' },
  throttle: { on: everywhere, value: 'number', inner: 'replaces' },
  timeout: { on: everywhere, value: 'number', inner: 'replaces' },
  run_once: { on: everywhere, value: 'boolean', inner: 'replaces' },
  delegate_to: { on: inside, value: 'text', inner: 'replaces' },
  delegate_facts: { on: inside, value: 'boolean', inner: 'replaces' },
  notify: { on: inside, value: 'names', inner: 'replaces' },
  collections: {
    on: everywhere,
    value: 'any',
    refused: 'remove it: modules go by their short names, or ansible.builtin.NAME',
  },
  debugger: {
    on: everywhere,
    value: 'any',
    refused: 'there is no interactive debugger; `wirebook check --diff -vvv` shows what a task would do',
  },

  action: { on: task, value: 'any' },
  local_action: { on: task, value: 'any' },
  args: { on: task, value: 'any' },
  register: { on: task, value: 'name' },
  loop: { on: task, value: 'any' },
  loop_control: { on: task, value: 'mapping' },
  until: { on: task, value: 'conditions' },
  retries: { on: task, value: 'number' },
  delay: { on: task, value: 'number' },
  changed_when: { on: task, value: 'conditions' },
  failed_when: { on: task, value: 'conditions' },
  async: { on: task, value: 'any', refused: LATER },
  poll: { on: task, value: 'any', refused: LATER },
  listen: { on: handler, value: 'names' },
};

/** What `with_` can be followed by. */
export const LOOPS: readonly string[] = [
  'items',
  'list',
  'flattened',
  'dict',
  'nested',
  'sequence',
  'subelements',
  'together',
  'indexed_items',
  'fileglob',
  'random_choice',
];

/** Statements that stand where a module does, but are none; with what to do, where they are not here yet. */
export const STATEMENTS: Readonly<Record<string, string | undefined>> = {
  import_tasks: undefined,
  include_tasks: 'use import_tasks, which reads the file before the run; include_tasks comes later',
  import_role: `${LATER}; import_tasks reads a file of tasks`,
  include_role: `${LATER}; import_tasks reads a file of tasks`,
  include: 'use import_tasks: Ansible itself has dropped include',
};

/** Keywords that can stand at a level, refused ones included. */
export function keywordsOf(level: Level): readonly string[] {
  return Object.keys(KEYWORDS).filter((name) => KEYWORDS[name]!.on.includes(level));
}
