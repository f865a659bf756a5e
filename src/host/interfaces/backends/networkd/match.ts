import { entriesOf, type Section, wordsOf } from './unit.ts';
import { parseMac } from './values.ts';

/** A link of the host, as the probe found it. */
export interface HostLink {
  readonly name: string;
  readonly mac: string;
  /** Of the device itself, where it is a bond's port */
  readonly permanentMac: string;
  /** networkd's word: `ether`, `bridge`, `bond`, `vlan`, `wlan`, `loopback`, … */
  readonly type: string;
}

/** Lines of the probe: `NAME MAC ARPHRD DEVTYPE PERMANENT`, `-` for none. */
export const parseLinks = (lines: string): HostLink[] =>
  lines.split('\n').flatMap((line) => {
    const [name, mac = '-', number, devtype = '-', permanent = '-'] = line.split(' ');
    if (!name) return [];
    const type = devtype !== '-' ? devtype : number === '1' ? 'ether' : number === '772' ? 'loopback' : '-';
    return [{ name, mac, type, permanentMac: permanent === '-' ? mac : permanent }];
  });

/** Whether the [Match] section takes a link; of one that the host does not have only the name is known. */
export function matches(sections: readonly Section[], name: string, link: HostLink | undefined): boolean {
  const criteria = [...new Set(entriesOf(sections, 'Match').map(({ key }) => key))];
  // networkd ignores a file that does not say what it is for
  if (criteria.length === 0) return false;
  return criteria.every((key) => {
    const words = wordsOf(sections, 'Match', key);
    if (key === 'Name') return matchesGlobs(words, name);
    if (!link) return false;
    if (key === 'MACAddress') return words.some((word) => parseMac(word) === link.mac);
    if (key === 'PermanentMACAddress') return words.some((word) => parseMac(word) === link.permanentMac);
    // Whatever else there is to match by is not known here: such a file is left alone
    return key === 'Type' || key === 'Kind' ? matchesGlobs(words, link.type) : false;
  });
}

/** Names that it takes whether the host has such links or not. */
export const exactNames = (sections: readonly Section[]): string[] =>
  entriesOf(sections, 'Match').every(({ key }) => key === 'Name')
    ? wordsOf(sections, 'Match', 'Name').filter((word) => !isPattern(word))
    : [];

export const isPattern = (word: string): boolean => /[*?[\]!\\]/.test(word);

/** A list that starts with ! takes all but what it names. */
export function matchesGlobs(words: readonly string[], text: string): boolean {
  const inverted = words[0]?.startsWith('!') ?? false;
  const globs = inverted ? [words[0]!.slice(1), ...words.slice(1)] : words;
  return globs.some((glob) => toRegExp(glob).test(text)) !== inverted;
}

function toRegExp(glob: string): RegExp {
  const source = glob.replace(/\\(.)|\[(!?)([^\]]+)\]|[*?]|[.+^${}()|[\]\\]/g, (all, escaped, not, set) => {
    if (escaped !== undefined) return escapeRegExp(escaped);
    if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\\]^]/g, '\\$&')}]`;
    return all === '*' ? '.*' : all === '?' ? '.' : escapeRegExp(all);
  });
  return new RegExp(`^(?:${source})$`, 's');
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
