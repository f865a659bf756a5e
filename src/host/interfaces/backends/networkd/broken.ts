import { EngineError } from '../../../../engine/errors.ts';
import { own } from '../../../own.ts';
import type { Files } from '../../profile.ts';
import { parseUnit } from './unit.ts';
import { dropInsOf } from './units.ts';

/**
 * Before a file is written anew or taken along: what it says by a line that is not understood would be lost.
 * @throws EngineError REQUIREMENT that names the line, in the file or what is beside it
 */
export function refuseBroken(files: Files, path: string): void {
  for (const file of [path, ...dropInsOf(files, path.slice(path.lastIndexOf('/') + 1))]) {
    const content = own(files, file)?.content;
    const [mistake] = content === undefined ? [] : parseUnit(content, file).mistakes;
    if (!mistake) continue;
    const text = content!.split('\n')[mistake.line - 1]!.trim();
    throw new EngineError(
      'REQUIREMENT',
      `${file}:${mistake.line}: systemd-networkd does not understand ${text}`,
      {
        hint: 'mend the line, or take it out: the file is left as it is',
      },
    );
  }
}
