import { locationOf, type SourceNode } from '../source.ts';
import { didYouMean } from '../suggest.ts';
import { isTemplate } from '../template/types.ts';
import { checkTemplates } from './check-templates.ts';
import { LOOPS } from './keywords.ts';
import type { Keywords } from './scope.ts';
import { below, describe, isMapping, keyOf, type Mapping, type Session } from './session.ts';
import type { Loop } from './types.ts';
import { readValue } from './values.ts';

const CONTROLS = {
  loop_var: 'name',
  index_var: 'name',
  label: 'any',
  pause: 'number',
  extended: 'boolean',
} as const;

const REFUSED = ['extended_allitems', 'break_when'];

/** `loop`, or one of `with_*` (given as the keys of the task that begin so), and loop_control. */
export function readLoop(
  keywords: Keywords,
  task: Mapping,
  withKeys: readonly string[],
  at: SourceNode,
  session: Session,
): Loop | undefined {
  const control = readControl(keywords, at, session);
  const loops = [...('loop' in keywords ? ['loop'] : []), ...withKeys];
  const [key] = loops;
  if (key === undefined) return undefined;
  for (const other of loops.slice(1))
    session.report(
      'KEYWORD_VALUE',
      `a task has one loop; this one has ${key} and ${other}`,
      keyOf(at, other),
    );
  const kind = key === 'loop' ? key : key.slice('with_'.length);
  const items = task[key];
  checkTemplates(items, below(at, key), session);
  for (const name of [control.loopVar, control.indexVar]) if (name !== undefined) session.defined.add(name);
  const problem = itemsProblem(kind, items);
  if (problem)
    session.report(
      'KEYWORD_VALUE',
      `${key} needs ${problem}, not ${describe(items)}`,
      locationOf(at, key),
      kind === 'loop' && isMapping(items) ? 'loop over `mapping | dict2items`, or use with_dict' : undefined,
    );
  return { kind, items, at: below(at, key), ...control };
}

/** A key that begins with `with_` but is no loop. */
export function reportUnknownLoop(key: string, at: SourceNode, session: Session): void {
  session.report(
    'KEYWORD_UNKNOWN',
    `there is no loop ${key}`,
    keyOf(at, key),
    didYouMean(
      key,
      LOOPS.map((name) => `with_${name}`),
    ) ?? 'loop takes any list',
  );
}

function itemsProblem(kind: string, items: unknown): string | undefined {
  if (items === null) return 'something to loop over';
  if (isTemplate(items)) return undefined;
  switch (kind) {
    case 'loop':
      return Array.isArray(items) ? undefined : 'a list, or a template that gives one';
    case 'dict':
      return isMapping(items) ? undefined : 'a mapping, or a template that gives one';
    case 'nested':
    case 'together':
    case 'subelements':
      return Array.isArray(items) ? undefined : 'a list of lists';
    case 'fileglob':
      return typeof items === 'string' || Array.isArray(items)
        ? undefined
        : 'a pattern, or a list of patterns';
    default:
      return undefined;
  }
}

function readControl(keywords: Keywords, at: SourceNode, session: Session) {
  const node = below(at, 'loop_control');
  const given = (keywords.loop_control ?? {}) as Mapping;
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(CONTROLS, name)) {
      const kind = CONTROLS[name as keyof typeof CONTROLS];
      read[name] = readValue(kind, `loop_control.${name}`, value, below(node, name), session);
    } else if (REFUSED.includes(name)) {
      session.report('KEYWORD_UNSUPPORTED', `loop_control.${name} is not supported`, keyOf(node, name));
    } else {
      session.report(
        'KEYWORD_UNKNOWN',
        `loop_control has no ${name}`,
        keyOf(node, name),
        didYouMean(name, Object.keys(CONTROLS)),
      );
    }
  }
  return {
    loopVar: (read.loop_var as string | undefined) ?? 'item',
    indexVar: read.index_var as string | undefined,
    label: read.label,
    pause: read.pause,
    extended: read.extended === true,
  };
}
