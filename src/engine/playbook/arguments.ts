import type { AnyModule } from '../module.ts';
import { type Location, locationOf, type SourceNode, type YamlSource } from '../source.ts';
import { isTemplate } from '../template/types.ts';
import { type Assignment, parseAssignments, parseFreeForm } from './free-form.ts';
import { below, describe, isMapping, type Mapping, type Session } from './session.ts';

/** Parameters of a task as written, and where each of them stands. */
export interface Arguments {
  readonly args: Mapping | string;
  readonly at: SourceNode;
}

/**
 * Puts together what stands behind the module's name (a mapping, a free-form string, `key=value` pairs) and under
 * `args:`; the former wins. Undefined (and reported) if it cannot be used.
 */
export function readArguments(
  module: AnyModule,
  value: unknown,
  at: SourceNode,
  more: { readonly value: unknown; readonly at: SourceNode } | undefined,
  session: Session,
): Arguments | undefined {
  const own = readOwn(module, value, at, session);
  if (!own || !more || more.value === null) return own;
  if (!isMapping(more.value)) {
    const alone = isMapping(own.args) && Object.keys(own.args).length === 0;
    if (isTemplate(more.value) && alone) return { args: more.value, at: more.at };
    session.report('PARAM_TYPE', `args must be a mapping, not ${describe(more.value)}`, locationOf(more.at));
    return own;
  }
  if (typeof own.args === 'string') {
    const hint = 'put everything into the template, with combine';
    const message = 'args cannot be added to parameters that are a template';
    session.report('PARAM_CONFLICT', message, locationOf(more.at), hint);
    return own;
  }
  const places = new Map([
    ...Object.keys(more.value).map((name) => [name, below(more.at, name)] as const),
    ...Object.keys(own.args).map((name) => [name, below(own.at, name)] as const),
  ]);
  return { args: { ...more.value, ...own.args }, at: placed(own.at, places) };
}

function readOwn(module: AnyModule, value: unknown, at: SourceNode, session: Session): Arguments | undefined {
  if (value === null || value === '') return { args: {}, at };
  if (isMapping(value)) return { args: value, at };
  if (typeof value !== 'string') {
    const message = `the parameters of ${module.name} must be a mapping, not ${describe(value)}`;
    session.report('PARAM_TYPE', message, locationOf(at));
    return undefined;
  }
  const freeForm = module.kind === 'action' ? module.freeForm : undefined;
  if (freeForm) {
    const options = new Set(Object.keys(module.schema.properties).filter((name) => name !== freeForm));
    const { rest, assignments } = parseFreeForm(value, options);
    return fromText(assignments, rest === '' ? {} : { [freeForm]: rest }, at);
  }
  const { assignments, stray } = parseAssignments(value);
  if (stray === undefined) return fromText(assignments, {}, at);
  if (isTemplate(value)) return { args: value, at };
  const message = `${module.name} takes parameters, not the text ${describe(stray)}`;
  session.report('PARAM_TYPE', message, locationOf(at), 'write them as a mapping, or as name=value');
  return undefined;
}

function fromText(assignments: readonly Assignment[], rest: Mapping, at: SourceNode): Arguments {
  const whole = locationOf(at);
  const places = new Map<string, SourceNode | Location>(Object.keys(rest).map((name) => [name, at]));
  for (const { key, text } of assignments) places.set(key, within(whole, text));
  const given = Object.fromEntries(assignments.map(({ key, value }) => [key, value]));
  return { args: { ...rest, ...given }, at: placed(at, places) };
}

/** The part of a string's location that holds `text`; all of it where the string goes over several lines. */
function within(whole: Location, text: string): Location {
  const start = whole.text.indexOf(text, whole.column - 1);
  return start < 0 ? whole : { ...whole, column: start + 1, length: text.length };
}

/** A node whose entries stand at places of their own; whatever has none stands where the root does. */
function placed(root: SourceNode, places: ReadonlyMap<string, SourceNode | Location>): SourceNode {
  const find = ([name]: readonly (string | number)[]) =>
    (name === undefined ? undefined : places.get(String(name))) ?? root;
  const source: YamlSource = {
    ...root.source,
    locate(path, which) {
      const place = find(path);
      if ('line' in place) return place;
      return place.source.locate(place === root ? root.path : [...place.path, ...path.slice(1)], which);
    },
    scalarText(path) {
      const place = find(path);
      return 'line' in place || place === root
        ? undefined
        : place.source.scalarText([...place.path, ...path.slice(1)]);
    },
  };
  return { source, path: [] };
}
