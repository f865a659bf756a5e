import { merge as mergeMaps } from '../merge.ts';
import type { Task } from '../playbook/types.ts';
import type { Variables } from '../template/types.ts';
import { truthy } from './connection.ts';
import { renderKeyword } from './keyword.ts';
import type { RunOptions } from './options.ts';
import type { Attempt } from './task.ts';

type Facts = Readonly<Record<string, unknown>>;

/** Facts by whose they are. */
export interface SortedFacts {
  /** The host's own; undefined: none */
  readonly facts: Facts | undefined;
  /** Those that `delegate_facts` gives to another host */
  readonly delegatedFacts: readonly { readonly host: string; readonly facts: Facts }[];
}

/** Whether the facts go to the host that the task is delegated to. */
export const goesAway = (
  task: Task,
  { delegatedTo }: Attempt,
  variables: Variables,
  options: RunOptions,
): boolean =>
  delegatedTo !== undefined && truthy(renderKeyword(task.delegateFacts, task, variables, options));

/** Whose the facts of a task's turns are. */
export function sortFacts(
  task: Task,
  attempts: readonly Attempt[],
  variables: Variables,
  options: RunOptions,
): SortedFacts {
  const given = attempts.filter(({ outcome }) => outcome.facts);
  const isAway = (attempt: Attempt) => goesAway(task, attempt, variables, options);
  const away = given.filter(isAway);
  const own = given.filter((attempt) => !isAway(attempt));
  return {
    facts: own.length === 0 ? undefined : mergeMaps(own.map(({ outcome }) => outcome.facts ?? {})),
    delegatedFacts: away.map(({ delegatedTo = '', outcome }) => ({
      host: delegatedTo,
      facts: outcome.facts ?? {},
    })),
  };
}
