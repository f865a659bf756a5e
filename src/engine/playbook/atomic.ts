import { locationOf, type SourceNode } from '../source.ts';
import type { Call } from './call.ts';
import { findModule, isStatement, shortName } from './module-name.ts';
import { inherited, type Keywords, type Scope } from './scope.ts';
import { keyOf, type Mapping, type Session } from './session.ts';
import type { Task } from './types.ts';

const ONE_USER = 'put it on the atomic block: all of it is one change, over one connection, by one user';
const ONE_CHANGE = 'put it on the atomic block: all of it is done, or nothing';
const EACH_HOST = 'an atomic block is one change of each host itself';
const NO_WAITING = 'nothing is done before the end of the block, so there is nothing to wait for';

/** Keywords that nothing inside an atomic block can have, with what to do. */
const REFUSED: Readonly<Record<string, string>> = {
  become: ONE_USER,
  become_user: ONE_USER,
  become_method: ONE_USER,
  connection: ONE_USER,
  port: ONE_USER,
  remote_user: ONE_USER,
  check_mode: ONE_CHANGE,
  ignore_errors: ONE_CHANGE,
  ignore_unreachable: ONE_CHANGE,
  rescue: ONE_CHANGE,
  always: ONE_CHANGE,
  delegate_to: EACH_HOST,
  delegate_facts: EACH_HOST,
  run_once: EACH_HOST,
  until: NO_WAITING,
  retries: NO_WAITING,
  delay: NO_WAITING,
  async: NO_WAITING,
  poll: NO_WAITING,
};

/** Reports what cannot be inside an atomic block: keywords of a task or of a block within it. */
export function refuseKeywords(written: Mapping, at: SourceNode, session: Session): void {
  for (const name of Object.keys(written)) {
    const hint = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
    if (hint !== undefined)
      session.report('ATOMIC_TASK', `${name} cannot be inside an atomic block`, keyOf(at, name), hint);
  }
  if (written.atomic === true)
    session.report(
      'ATOMIC_TASK',
      'an atomic block cannot be inside another',
      keyOf(at, 'atomic'),
      'remove it: all that is inside the outer one is one change',
    );
}

/** Reports what a task inside an atomic block calls, unless it can be part of it. */
export function refuseCall({ name, at: callAt, local }: Call, at: SourceNode, session: Session): void {
  const module = findModule(name, session);
  const fits = module?.kind === 'resource' && module.atomic === true;
  if (fits ? !local : module === undefined && !isStatement(name)) return;
  const location = callAt.path.at(-1) === name ? keyOf(at, name) : locationOf(callAt);
  const message = `${fits ? 'local_action' : shortName(name)} cannot be part of an atomic block`;
  session.report('ATOMIC_TASK', message, location, fits ? EACH_HOST : partsHint(session));
}

function partsHint({ context: { registry } }: Session): string {
  const parts = [...registry.values()].filter((module) => module.kind === 'resource' && module.atomic);
  return `only ${parts.map(({ name }) => name).join(', ')} can; put it before or after the block, or into its rescue or always`;
}

/** Reports that an atomic block would not be about each of the play's hosts. */
export function refuseElsewhere(
  { runOnce, delegateTo }: Scope,
  written: Mapping,
  at: SourceNode,
  session: Session,
): void {
  const names = [
    ...(runOnce === undefined || runOnce === false ? [] : ['run_once']),
    ...(delegateTo === undefined ? [] : ['delegate_to']),
  ];
  for (const name of names) {
    const key = name in written ? name : 'atomic';
    session.report('ATOMIC_TASK', `an atomic block cannot have ${name}`, keyOf(at, key), EACH_HOST);
  }
}

/** What ends an atomic block: a task like any other, but with no module behind it. */
export function commitTask(keywords: Keywords, scope: Scope, at: SourceNode, session: Session): Task {
  return {
    ...inherited(scope),
    // The block's own conditions were asked of its tasks
    when: [],
    kind: 'task',
    id: session.nextId(),
    name: `${(keywords.name as string | undefined) ?? 'atomic block'}: commit`,
    module: 'atomic',
    args: {},
    argsAt: at,
    loop: undefined,
    until: undefined,
    retries: undefined,
    delay: undefined,
    register: undefined,
    changedWhen: undefined,
    failedWhen: undefined,
    notify: [],
    delegateFacts: undefined,
    at,
  };
}
