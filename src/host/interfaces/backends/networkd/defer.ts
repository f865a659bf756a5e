import type { Step } from '../../../../engine/module.ts';
import { own } from '../../../own.ts';
import type { Activation } from '../backend.ts';
import { leaveAlone, markPath, markStep } from './marks.ts';
import { dropInsOf } from './units.ts';

/**
 * `state: defined` is for later, but networkd takes up new files whenever anyone has it read them. Until the boot or
 * the activation, what is down stays so, and what is up by an older definition of ours keeps that.
 * @param fileOf The file that networkd has that definition from
 */
export function deferSteps(
  { stored: { files }, change, before, links, active = [] }: Activation,
  isManaged: (name: string) => boolean,
  fileOf: (name: string) => string,
): Step[] {
  return change.set
    .map(({ name }) => name)
    .filter((name) => isManaged(name) && !active.includes(name) && !own(files, markPath(name)))
    .flatMap((name) => {
      const had = own(before, name);
      if (!own(links, name)?.up || !had) return [markStep(name, leaveAlone(name))];
      const file = fileOf(name);
      const text = own(files, file)?.content;
      if (!had.ours || text === undefined) return [];
      const more = dropInsOf(files, file.replace(/^.*\//, '')).map((path) => files[path]!.content);
      return [markStep(name, [text, ...more].join('\n'))];
    });
}
