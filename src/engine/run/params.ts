import { merge } from '../merge.ts';
import type { AnyModule } from '../module.ts';
import { checkParams } from '../params.ts';
import type { Task } from '../playbook/types.ts';
import { needsRender } from '../template/trust.ts';
import type { Variables } from '../template/types.ts';
import { containsUnknown } from '../unknown.ts';
import type { RunOptions } from './options.ts';

/**
 * A task's parameters for one host: defaults below what is written, templates rendered, checked against the schema.
 * Not checked when an Unknown is in them.
 * @throws EngineError the first problem
 */
export function renderParams(
  task: Task,
  module: AnyModule<unknown>,
  variables: Variables,
  options: RunOptions,
): unknown {
  const fixed = !needsRender(task.args) && !needsRender(task.moduleDefaults);
  const known = fixed ? fixedParams.get(task) : undefined;
  if (known !== undefined) return known;
  const params = renderFor(task, module, variables, options);
  if (fixed) fixedParams.set(task, params);
  return params;
}

/** Parameters without templates are the same for every host. */
const fixedParams = new WeakMap<Task, unknown>();

function renderFor(
  task: Task,
  module: AnyModule<unknown>,
  variables: Variables,
  options: RunOptions,
): unknown {
  const { templar } = options;
  const defaults = merge(task.moduleDefaults.map((map) => map[task.module] ?? {}));
  let written: unknown = task.args;
  // A string is one template that gives the whole mapping.
  if (typeof written === 'string') written = templar.render(written, variables, task.argsAt);
  const entries = new Map<string, unknown>();
  const raw = module.kind === 'action' ? (module.raw ?? []) : [];
  for (const [name, value] of Object.entries({ ...defaults, ...(written as object) })) {
    const path = { source: task.argsAt.source, path: [...task.argsAt.path, name] };
    if (raw.includes(name)) entries.set(name, value);
    else {
      const [result] = templar.render([value], variables, path) as unknown[];
      if (result !== undefined) entries.set(name, result);
    }
  }
  const rendered = Object.fromEntries(entries);
  if (containsUnknown(rendered)) return rendered;
  const { value, problems } = checkParams(module.schema, rendered, {
    label: task.module,
    at: task.argsAt,
    mode: 'runtime',
    check: module.check,
  });
  if (problems[0]) throw problems[0];
  return value;
}
