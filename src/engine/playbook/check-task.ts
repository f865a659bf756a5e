import { merge } from '../merge.ts';
import type { AnyModule } from '../module.ts';
import { checkParams } from '../params.ts';
import { locationOf, type SourceNode, UnsafeText } from '../source.ts';
import { checkExpressions, checkTemplates } from './check-templates.ts';
import { readFileParams } from './file-params.ts';
import { findModule, moduleHint, shortName } from './module-name.ts';
import { below, describe, isMapping, keyOf, type Mapping, type Session } from './session.ts';
import type { Task } from './types.ts';
import { isIdentifier } from './values.ts';

/** A task with its parameters checked, and those that are no templates in the types its module wants. */
export function checkTask<T extends Task>(task: T, module: AnyModule, session: Session): T {
  const { argsAt, moduleDefaults } = task;
  const args = isMapping(task.args) ? readFileParams(task.args, module.schema, argsAt, session) : task.args;
  const defaults = merge(moduleDefaults.map((map) => map[task.module] ?? {}));
  const raw = module.kind === 'action' ? (module.raw ?? []) : [];
  if (isMapping(args)) {
    // A module that takes any name for a parameter makes variables of them, as set_fact does.
    if ('patternProperties' in module.schema) for (const name of Object.keys(args)) session.defined.add(name);
    for (const [name, value] of Object.entries(args)) {
      // `var: name` shows a variable that may well not be there.
      if (raw.includes(name) && typeof value === 'string' && isIdentifier(value)) continue;
      const check = raw.includes(name) ? checkExpressions : checkTemplates;
      check(value, below(argsAt, name), session);
    }
  } else {
    if ('patternProperties' in module.schema) session.openEnded = true;
    checkTemplates(args, argsAt, session);
  }
  const { value, problems } = checkParams(module.schema, args, {
    label: module.name,
    mode: 'static',
    at: argsAt,
    check: module.check,
    defaults: Object.keys(defaults).length > 0 ? defaults : undefined,
    onTyped: (path) => session.settle(locationOf(argsAt, ...path)),
  });
  session.problems.push(...problems);
  return { ...task, args: withUnsafe(value, args) as T['args'] };
}

/** Checked parameters with what was marked `!unsafe` still so: it would be taken for a template in the run. */
function withUnsafe(checked: unknown, given: unknown): unknown {
  if (given instanceof UnsafeText) return given;
  if (Array.isArray(checked) && Array.isArray(given)) {
    return checked.map((item, index) => withUnsafe(item, given[index]));
  }
  if (!isMapping(checked) || !isMapping(given)) return checked;
  const entries = Object.entries(checked).map(([key, item]) => [
    key,
    withUnsafe(item, Object.hasOwn(given, key) ? given[key] : undefined),
  ]);
  return Object.fromEntries(entries);
}

/** module_defaults: by short name, each with parameters that its module has. */
export function readModuleDefaults(value: Mapping, at: SourceNode, session: Session): Mapping {
  const read: Record<string, unknown> = {};
  for (const [name, params] of Object.entries(value)) {
    const module = findModule(name, session);
    const node = below(at, name);
    if (name.startsWith('group/')) {
      const hint = 'name each module';
      session.report(
        'KEYWORD_UNSUPPORTED',
        'groups in module_defaults are not supported',
        keyOf(at, name),
        hint,
      );
    } else if (!module) {
      session.report(
        'MODULE_UNKNOWN',
        `there is no module ${shortName(name)}`,
        keyOf(at, name),
        moduleHint(name, session),
      );
    } else if (!isMapping(params)) {
      session.report(
        'KEYWORD_VALUE',
        `module_defaults needs parameters, not ${describe(params)}`,
        locationOf(node),
      );
    } else {
      const checked = checkParams(module.schema, params, {
        label: module.name,
        mode: 'static',
        at: node,
        partial: true,
      });
      session.problems.push(...checked.problems);
      read[module.name] = checked.value;
    }
  }
  return read;
}
