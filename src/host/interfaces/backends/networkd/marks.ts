import type { Step } from '../../../../engine/module.ts';
import { own } from '../../../own.ts';
import type { Activation } from '../backend.ts';
import { fileStep } from '../file-step.ts';
import { MANAGED } from './unit.ts';
import { INACTIVE } from './units.ts';

const RUNTIME = '/run/systemd/network';
const UNTOUCHED = `${MANAGED}\n# Until it is activated, or the host boots\n\n[Link]\nUnmanaged=yes\n`;

/**
 * An interface that is down although it comes up at boot: a drop-in in /run tells networkd to leave it alone until
 * then. Else it would bring it up whenever it reads its files.
 */
interface Mark {
  readonly name: string;
  readonly path: string;
  readonly wanted: boolean;
}

/** @param baseOf Name of the .network file of an interface, where it has one for itself */
export function changedMarks(
  { stored, before, after, stop, goal }: Activation,
  baseOf: (name: string) => string | undefined,
): Mark[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => {
    const base = baseOf(name);
    if (base === undefined) return [];
    const path = `${RUNTIME}/${base}.d/${INACTIVE}`;
    const marked = Object.hasOwn(stored.files, path);
    const isUp = own(goal, name)?.up === true;
    const wanted = own(after, name) !== undefined && !isUp && (marked || stop.includes(name));
    return wanted === marked ? [] : [{ name, path, wanted }];
  });
}

export const markSteps = (marks: readonly Mark[]): Step[] =>
  marks.map(({ name, path, wanted }) => ({
    ...fileStep({ path, ...(wanted && { content: UNTOUCHED }) }, {}),
    title: `let systemd-networkd ${wanted ? 'leave' : 'have'} ${name}${wanted ? ' alone' : ''}`,
    // Of no matter at the next boot
    persists: false,
  }));

export const unmarkSteps = (marks: readonly Mark[]): Step[] =>
  markSteps(marks.map((mark) => ({ ...mark, wanted: !mark.wanted })));
