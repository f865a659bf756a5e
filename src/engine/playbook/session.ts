import { readFileSync } from 'node:fs';
import { EngineError, type ErrorCode } from '../errors.ts';
import type { Registry } from '../module.ts';
import { type Location, readYaml, type SourceNode, type YamlSource } from '../source.ts';
import type { TemplateChecker } from '../template/types.ts';
import type { Use } from './variables.ts';

/** What loading needs to know. */
export interface LoadContext {
  readonly registry: Registry;
  /** Without it, templates and expressions are not checked */
  readonly checker?: TemplateChecker | undefined;
  /** Text of a file; throws as node:fs does. Default: the file system */
  readonly readFile?: ((file: string) => string) | undefined;
  /** Tags given with --tags: one that no task has is an error */
  readonly askedTags?: readonly string[] | undefined;
  /**
   * Names of all variables that come from outside the playbooks (inventory, group_vars, extra vars).
   * Without it, undefined variables are not looked for.
   */
  readonly knownVariables?: Iterable<string> | undefined;
}

/** One load: what has been read, and everything found wrong in it. */
export interface Session {
  readonly context: LoadContext;
  readonly problems: EngineError[];
  readonly warnings: EngineError[];
  report(code: ErrorCode, message: string, location: Location | undefined, hint?: string): void;
  /** A YAML file, read once; undefined (and reported) when it cannot be used */
  open(file: string, namedAt?: Location): YamlSource | undefined;
  /** Text of any other file; undefined (and reported) when it cannot be read */
  text(file: string, namedAt: Location): string | undefined;
  readonly sources: ReadonlyMap<string, YamlSource>;
  /** Whether a file is there */
  exists(file: string): boolean;
  nextId(): number;
  /** Variables that something in the playbooks defines */
  readonly defined: Set<string>;
  readonly uses: Use[];
  /** Something may define variables that cannot be known before the run */
  openEnded: boolean;
  /** What looked surprising at a place is what was wanted there: no warning */
  settle(location: Location): void;
  /** Whether a warning is about such a place */
  isSettled(warning: EngineError): boolean;
  /** Remembers that a handler is notified */
  notify(name: string, at: SourceNode): void;
  /** Notifications since last asked */
  takeNotifications(): readonly { readonly name: string; readonly at: SourceNode }[];
}

export function startSession(context: LoadContext): Session {
  const problems: EngineError[] = [];
  const warnings: EngineError[] = [];
  const sources = new Map<string, YamlSource>();
  const readFile = context.readFile ?? ((file: string) => readFileSync(file, 'utf8'));
  const settled = new Set<string>();
  let id = 0;
  let notifications: { name: string; at: SourceNode }[] = [];

  const report: Session['report'] = (code, message, location, hint) => {
    problems.push(new EngineError(code, message, { location, hint }));
  };

  const session: Session = {
    context,
    problems,
    warnings,
    report,
    sources,
    nextId: () => ++id,
    defined: new Set(),
    uses: [],
    openEnded: false,

    settle: (location) => settled.add(placeKey(location)),
    isSettled: ({ code, location }) =>
      code === 'YAML_SURPRISE' && location !== undefined && settled.has(placeKey(location)),

    notify: (name, at) => notifications.push({ name, at }),

    takeNotifications() {
      const taken = notifications;
      notifications = [];
      return taken;
    },

    exists(file) {
      if (sources.has(file)) return true;
      try {
        readFile(file);
        return true;
      } catch {
        return false;
      }
    },

    text(file, namedAt) {
      try {
        return readFile(file);
      } catch (error) {
        reportUnreadable(file, error, namedAt);
        return undefined;
      }
    },

    open(file, namedAt) {
      let source = sources.get(file);
      if (!source) {
        let text: string;
        try {
          text = readFile(file);
        } catch (error) {
          session.openEnded = true;
          reportUnreadable(file, error, namedAt);
          return undefined;
        }
        source = readYaml(file, text);
        sources.set(file, source);
        problems.push(...source.problems);
        warnings.push(...source.surprises);
      }
      if (source.value !== undefined) return source;
      session.openEnded = true;
      return undefined;
    },
  };
  return session;

  function reportUnreadable(file: string, error: unknown, namedAt: Location | undefined): void {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && namedAt) report('FILE_MISSING', `there is no file ${file}`, namedAt);
    else if (code === 'ENOENT')
      report(
        'FILE_READ',
        `there is no file ${file}`,
        undefined,
        'paths are relative to where wirebook is run',
      );
    else if (code === 'EISDIR') report('FILE_READ', `${file} is a folder`, namedAt);
    else report('FILE_READ', `${file} cannot be read: ${message}`, namedAt);
  }
}

const placeKey = ({ file, line, column }: Location) => `${line}:${column}:${file}`;

/** A node below another. */
export const below = (node: SourceNode, ...path: (string | number)[]): SourceNode => ({
  source: node.source,
  path: [...node.path, ...path],
});

/** Where the key of a mapping's entry stands. */
export const keyOf = (node: SourceNode, key: string): Location =>
  node.source.locate([...node.path, key], 'key');

export type Mapping = Readonly<Record<string, unknown>>;

export const isMapping = (value: unknown): value is Mapping =>
  value !== null &&
  typeof value === 'object' &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as null);

/** `a list`, `a mapping`, `the number 5`: what a value is, for messages. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return value === '' ? 'an empty string' : `"${shorten(value)}"`;
  return `the ${typeof value} ${String(value)}`;
}

const shorten = (text: string) => (text.length > 40 ? `${text.slice(0, 39)}…` : text);
