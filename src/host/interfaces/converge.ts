import type { Goal } from '../../engine/module.ts';
import type { HostState } from '../state.ts';
import type { Links } from './link.ts';
import type { Operation } from './operation.ts';
import { addAddresses, setRoutes, strip } from './phases/addressing.ts';
import { joinControllers, releasePorts, setBondMode, setControllerAddress } from './phases/controllers.ts';
import { Draft } from './phases/draft.ts';
import { create, remove } from './phases/links.ts';
import { setMacs, setMtus, setOptions, setRest, setUp, setVlans } from './phases/settings.ts';

const PHASES: readonly ((draft: Draft) => void)[] = [
  strip,
  remove,
  create,
  setControllerAddress,
  releasePorts,
  setBondMode,
  setControllerAddress,
  joinControllers,
  setMtus,
  setMacs,
  setOptions,
  setRest,
  setUp,
  setVlans,
  addAddresses,
  setRoutes,
];

/**
 * Operations that lead from links as they are to links as wanted. Each phase compares the two and does what
 * is missing; since every operation changes the model with all that the kernel does by itself, a later phase
 * or round puts back what an earlier one took. What the goal does not claim is put back too, but for MTU, MAC
 * and options, which the kernel may change as it likes.
 */
export function converge(have: Links, goal: Goal<HostState>): { operations: Operation[]; links: Links } {
  const draft = new Draft(have, goal);
  let before: number;
  let rounds = 0;
  do {
    before = draft.operations.length;
    for (const phase of PHASES) phase(draft);
    if (rounds++ > 8)
      throw new Error(`plan does not come to an end: ${JSON.stringify(draft.operations.slice(-9))}`);
  } while (draft.operations.length > before);
  return { operations: draft.operations, links: draft.model.links };
}
