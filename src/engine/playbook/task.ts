import { locationOf, type SourceNode } from '../source.ts';
import { readArguments } from './arguments.ts';
import type { Call, TaskParts } from './call.ts';
import { checkTask } from './check-task.ts';
import { readLoop } from './loop.ts';
import { findModule, moduleHint, shortName } from './module-name.ts';
import { enter, inherited, type Scope } from './scope.ts';
import { below, keyOf, type Mapping, type Session } from './session.ts';
import type { Condition, Handler, Task } from './types.ts';

/** A task that calls a module. Undefined (and reported) if there is nothing to run. */
export function readTask(
  level: 'task' | 'handler',
  value: Mapping,
  { keywords, loops, call }: TaskParts & { readonly call: Call },
  at: SourceNode,
  scope: Scope,
  session: Session,
): Task | Handler | undefined {
  const inner = enter(scope, level, keywords, at);
  const loop = readLoop(keywords, value, loops, at, session);
  const module = findModule(call.name, session);
  if (!module) {
    reportUnknownModule(call, at, session);
    return undefined;
  }
  const more = 'args' in keywords ? { value: keywords.args, at: below(at, 'args') } : undefined;
  const read = readArguments(module, call.value, call.at, more, session);
  if (!read) return undefined;

  const condition = (name: string): Condition | undefined =>
    name in keywords ? { expression: keywords[name], at: below(at, name) } : undefined;
  const task: Task = {
    ...inherited(inner),
    ...(call.local ? { delegateTo: 'localhost' } : {}),
    kind: 'task',
    id: session.nextId(),
    name: keywords.name as string | undefined,
    module: module.name,
    args: read.args,
    argsAt: read.at,
    loop,
    until: condition('until'),
    retries: keywords.retries,
    delay: keywords.delay,
    register: keywords.register as string | undefined,
    changedWhen: condition('changed_when'),
    failedWhen: condition('failed_when'),
    notify: inner.notify,
    delegateFacts: inner.delegateFacts,
    at,
  };
  const listen = (keywords.listen ?? []) as readonly string[];
  return checkTask(level === 'handler' ? { ...task, listen } : task, module, session);
}

function reportUnknownModule(call: Call, at: SourceNode, session: Session): void {
  session.openEnded = true;
  const key = call.at.path.at(-1) as string;
  const location = key === call.name ? keyOf(at, key) : locationOf(call.at);
  const message = `there is no module ${shortName(call.name)}`;
  session.report('MODULE_UNKNOWN', message, location, moduleHint(call.name, session));
}
