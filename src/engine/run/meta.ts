import { EngineError } from '../errors.ts';
import type { Task } from '../playbook/types.ts';
import { locationOf } from '../source.ts';
import { connectionVariables } from './connection.ts';
import type { HostWalk } from './host-walk.ts';
import type { RunState } from './play.ts';
import type { PlayScope } from './variables.ts';

/** `meta:` tasks steer the run itself; their conditions are each host's own. */
export async function runMeta(
  action: string,
  walk: HostWalk,
  walks: readonly HostWalk[],
  task: Task,
  scope: PlayScope,
  run: RunState,
): Promise<void> {
  const { options, store, fleet } = run;
  const variables = store.layers(walk.host, scope, task);
  const met = task.when.every(
    ({ expression, at }) => options.templar.condition(expression, variables, at) === true,
  );
  if (!met) {
    // A flush that does not apply to this host is passed over without its handlers.
    walk.advance(action === 'flush_handlers' ? 'skip' : 'ok');
    return;
  }
  switch (action) {
    case 'end_play':
    case 'end_batch':
      for (const each of walks) each.stop();
      return;
    case 'end_host':
      run.ended.add(walk.host);
      walk.stop();
      return;
    case 'clear_facts':
      store.clearFacts(walk.host);
      break;
    case 'clear_host_errors':
      for (const each of walks) {
        each.failed = false;
        run.lost.delete(each.host);
      }
      break;
    case 'reset_connection': {
      const reach = options.reach(walk.host, connectionVariables(options, task, variables));
      await fleet.machine(reach.key, () => reach.transport).disconnect();
      break;
    }
    case 'flush_handlers':
    case 'noop':
      break;
    default:
      throw new EngineError('KEYWORD_VALUE', `meta has no action ${action}`, {
        location: locationOf(task.at),
      });
  }
  walk.advance('ok');
}
