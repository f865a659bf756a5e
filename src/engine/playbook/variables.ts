import { locationOf, type SourceNode, UnsafeText } from '../source.ts';
import { didYouMean } from '../suggest.ts';
import { isTemplate } from '../template/types.ts';
import type { Session } from './session.ts';

/** A template or expression, and where it stands. */
export interface Use {
  readonly text: string;
  readonly kind: 'template' | 'expression';
  readonly at: SourceNode;
}

/** What is known of variables once everything is read. */
export interface VariableNames {
  readonly defined: ReadonlySet<string>;
  readonly uses: readonly Use[];
  /** Whether variables come from somewhere that only the run knows: then nothing can be said */
  readonly openEnded: boolean;
}

/** Variables that the engine itself gives every host; those that begin with `ansible_` are connection settings and facts. */
const MAGIC = new Set([
  'environment',
  'group_names',
  'groups',
  'hostvars',
  'inventory_dir',
  'inventory_file',
  'inventory_hostname',
  'inventory_hostname_short',
  'omit',
  'play_hosts',
  'playbook_dir',
  'role_name',
  'role_names',
  'role_path',
  'vars',
  'wirebook_version',
]);

/**
 * Reports variables that nothing defines: no inventory, no vars, no register, no set_fact. A name that is tested or
 * given a default anywhere is taken to be optional everywhere.
 */
export function checkVariables(names: VariableNames, session: Session): void {
  const { checker, knownVariables } = session.context;
  if (!checker || !knownVariables || names.openEnded) return;
  const known = new Set([...MAGIC, ...knownVariables, ...names.defined]);
  const optional = new Set(names.uses.flatMap(({ text }) => guardedNames(text)));
  for (const { text, kind, at } of names.uses) {
    for (const name of checker.names(text, kind)) {
      if (known.has(name) || optional.has(name) || name.startsWith('ansible_')) continue;
      session.report(
        'VAR_UNDEFINED',
        `nothing defines the variable ${name}`,
        within(at, name),
        didYouMean(name, known) ?? 'define it in the inventory, with vars, or with -e',
      );
    }
  }
}

const guards = [
  /\b([A-Za-z_]\w*)(?:\.\w+|\[[^\]]*\])*\s+is\s+(?:not\s+)?(?:un)?defined\b/g,
  /\b([A-Za-z_]\w*)(?:\.\w+|\[[^\]]*\])*\s*\|\s*(?:d|default|mandatory)\b/g,
];

/** Names that a text tests for being defined, or gives a default. */
const guardedNames = (text: string): string[] =>
  guards.flatMap((guard) => [...text.matchAll(guard)].map(([, name]) => name!));

/** The name inside its text, where it stands on the first line of that. */
function within(at: SourceNode, name: string) {
  const whole = locationOf(at);
  // A regular expression takes only so much
  if (name.length > 1000) return whole;
  const found = new RegExp(`(?<![\\w.])${name}\\b`).exec(whole.text.slice(whole.column - 1));
  return found ? { ...whole, column: whole.column + found.index, length: name.length } : whole;
}

/** Every text of a value that is a template, or of expressions every one. */
export function* usesIn(value: unknown, kind: Use['kind'], at: SourceNode): Generator<Use> {
  if (typeof value === 'string') {
    if (isTemplate(value)) yield { text: value, kind: 'template', at };
    else if (kind === 'expression') yield { text: value, kind, at };
  } else if (value !== null && typeof value === 'object' && !(value instanceof UnsafeText)) {
    for (const [key, item] of Object.entries(value)) {
      const step = Array.isArray(value) ? Number(key) : key;
      yield* usesIn(item, kind, { ...at, path: [...at.path, step] });
    }
  }
}
