import { EngineError } from '../../../../engine/errors.ts';
import { own } from '../../../own.ts';
import type { Files, Place } from '../../profile.ts';
import { KINDS, ownPath } from './connections.ts';
import { brokenLine, parseKeyfile, unescapeValue } from './keyfile.ts';

/**
 * Before the file of an interface is written anew: what a person has made of it would be lost where it is no longer
 * the connection that Wirebook wrote.
 * @throws EngineError REQUIREMENT that names the line
 */
export function refuseBroken(files: Files, name: string): void {
  const file = ownPath(name);
  const content = own(files, file)?.content;
  const mistake = content === undefined ? undefined : mistakeIn(content, name);
  if (!mistake) return;
  throw new EngineError('REQUIREMENT', `${file}:${mistake.line}: ${mistake.what}`, {
    hint: 'mend the file, or move it away: it is left as it is',
  });
}

function mistakeIn(
  content: string,
  name: string,
): (Pick<Place, 'line'> & { readonly what: string }) | undefined {
  const line = brokenLine(content);
  if (line !== undefined) {
    return { line, what: `NetworkManager does not understand ${content.split('\n')[line - 1]!.trim()}` };
  }
  const entries = parseKeyfile(content).filter(({ section }) => section === 'connection');
  const head = content.split('\n').findIndex((text) => text.trim() === '[connection]');
  if (head < 0) return { line: 1, what: 'there is no section [connection]' };
  const type = entries.findLast(({ key }) => key === 'type');
  if (!type) return { line: head + 1, what: 'the connection has no type' };
  if (!Object.hasOwn(KINDS, type.value.trim())) {
    return { line: type.line, what: `the connection is of type ${type.value.trim()}` };
  }
  const device = entries.findLast(({ key }) => key === 'interface-name');
  if (!device) return { line: head + 1, what: 'the connection has no interface-name' };
  const other = unescapeValue(device.value.trim());
  return other === name ? undefined : { line: device.line, what: `the connection is for ${other}` };
}
