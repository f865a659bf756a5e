import { plainKey } from './options.ts';

/** Options that list the ports of a bridge or bond. */
export const isPortList = (key: string): boolean =>
  ['bridge-ports', 'bond-slaves', 'slaves'].includes(plainKey(key));

/** Ports by name; patterns cannot be told without the host. */
export function portNames(value: string): readonly string[] {
  const words = value.split(/\s+/).filter((word) => word !== '' && word !== 'none');
  return words.some((word) => ['all', 'regex', 'noregex'].includes(word)) ? [] : words;
}
