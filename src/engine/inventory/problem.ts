import { EngineError } from '../errors.ts';
import type { Location } from '../source.ts';
import type { GroupNode, InventoryModel } from './model.ts';

/** Where readers put what they find: hosts and groups, mistakes, and what is odd but allowed. */
export interface Reading {
  readonly model: InventoryModel;
  readonly problems: EngineError[];
  readonly warnings: EngineError[];
}

export const syntaxProblem = (message: string, location: Location | undefined, hint?: string): EngineError =>
  new EngineError('INVENTORY_SYNTAX', message, { location, hint });

/** Adds a child group, or says where the cycle is. */
export function addChildAt(
  reading: Reading,
  parent: GroupNode,
  child: GroupNode,
  location: Location | undefined,
): void {
  const cycle = reading.model.addChild(parent, child);
  if (!cycle) return;
  const way = [parent.name, ...cycle].join(' → ');
  reading.problems.push(
    new EngineError('INVENTORY_CYCLE', `group ${child.name} cannot be below ${parent.name}: ${way}`, {
      location,
      hint: 'a group must not be its own descendant; remove one of these children',
    }),
  );
}
