import type { AnyModule } from '../module.ts';
import { locationOf, type Location, type NodePath, type SourceNode, type YamlSource } from '../source.ts';
import { isTemplate } from '../template/types.ts';
import { type Assignment, parseAssignments, parseFreeForm } from './free-form.ts';
import { describe, isMapping, type Mapping, type Session } from './session.ts';

/** Parameters of a task as written, and where each of them stands. */
export interface Arguments {
  readonly args: Mapping | string;
  readonly at: SourceNode;
}

type Place = NodePath | Location;

/**
 * Puts together what stands behind the module's name (a mapping, a free-form string, `key=value` pairs) and under
 * `args:`; the former wins. Undefined (and reported) if it cannot be used.
 */
export function readArguments(
  module: AnyModule,
  value: unknown,
  at: SourceNode,
  more: { value: unknown; at: SourceNode } | undefined,
  session: Session,
): Arguments | undefined {
  const own = readOwn(module, value, at, session);
  if (!own) return undefined;
  if (!more || more.value === null) return own;
  if (!isMapping(more.value)) {
    if (isTemplate(more.value) && isMapping(own.args) && Object.keys(own.args).length === 0)
      return { args: more.value, at: more.at };
    session.report('PARAM_TYPE', `args must be a mapping, not ${describe(more.value)}`, locationOf(more.at));
    return own;
  }
  if (typeof own.args === 'string') {
    session.report(
      'PARAM_CONFLICT',
      `args cannot be added to parameters that are a template`,
      locationOf(more.at),
      'put everything into the template, with combine',
    );
    return own;
  }
  const outside = more;
  const inner = own;
  const innerKeys = new Set(Object.keys(own.args));
  return {
    args: { ...more.value, ...own.args },
    at: {
      path: [],
      source: {
        ...at.source,
        locate([key, ...rest], which) {
          const node =
            key !== undefined && !innerKeys.has(String(key)) && key in (outside.value as object)
              ? outside.at
              : inner.at;
          return node.source.locate(key === undefined ? node.path : [...node.path, key, ...rest], which);
        },
        scalarText([key, ...rest]) {
          const node = key !== undefined && !innerKeys.has(String(key)) ? outside.at : inner.at;
          return node.source.scalarText(key === undefined ? node.path : [...node.path, key, ...rest]);
        },
      },
    },
  };
}

function readOwn(module: AnyModule, value: unknown, at: SourceNode, session: Session): Arguments | undefined {
  if (value === null || value === '') return { args: {}, at };
  if (isMapping(value)) return { args: value, at };
  const freeForm = module.kind === 'action' ? module.freeForm : undefined;
  if (typeof value !== 'string') {
    session.report(
      'PARAM_TYPE',
      `the parameters of ${module.name} must be a mapping, not ${describe(value)}`,
      locationOf(at),
    );
    return undefined;
  }
  if (freeForm) {
    const options = new Set(Object.keys(module.schema.properties).filter((name) => name !== freeForm));
    const { rest, assignments } = parseFreeForm(value, options);
    return fromText(assignments, rest === '' ? {} : { [freeForm]: rest }, at);
  }
  const { assignments, stray } = parseAssignments(value);
  if (stray === undefined) return fromText(assignments, {}, at);
  if (isTemplate(value)) return { args: value, at };
  session.report(
    'PARAM_TYPE',
    `${module.name} takes parameters, not the text ${describe(stray)}`,
    locationOf(at),
    `write them as a mapping, or as name=value`,
  );
  return undefined;
}

function fromText(assignments: readonly Assignment[], rest: Mapping, at: SourceNode): Arguments {
  const places = new Map<string, Place>(Object.keys(rest).map((key) => [key, at.path]));
  const args: Record<string, unknown> = { ...rest };
  const whole = locationOf(at);
  for (const { key, value, text } of assignments) {
    args[key] = value;
    places.set(key, within(whole, text));
  }
  return { args, at: { path: [], source: placed(at, places) } };
}

/** The part of a string's location that holds `text`; all of it where the string goes over several lines. */
function within(whole: Location, text: string): Location {
  const start = whole.text.indexOf(text, whole.column - 1);
  return start < 0 ? whole : { ...whole, column: start + 1, length: text.length };
}

/** A view of a source in which the parameters stand at places of their own. */
function placed(root: SourceNode, places: ReadonlyMap<string, Place>): YamlSource {
  return {
    ...root.source,
    locate([key, ...rest], which) {
      const place = key === undefined ? undefined : places.get(String(key));
      if (place === undefined) return root.source.locate(root.path, which);
      return 'line' in place ? place : root.source.locate([...place, ...rest], which);
    },
    scalarText: () => undefined,
  };
}
