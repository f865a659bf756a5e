import { EngineError } from '../../engine/errors.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import type { Link } from './link.ts';
import { describeOwner } from './owner.ts';

/**
 * An interface that a task names is not there: what there is instead, which of it may be the one that is meant, and
 * where the name is still defined. A host with very many links would drown the message.
 */
export function missing(
  { links, stored }: HostState,
  name: string,
  message: string,
  wantedMac?: string,
): EngineError {
  const definitions = own(stored.profiles, name) ?? [];
  const macs = [
    ...(wantedMac === undefined ? [] : [wantedMac]),
    ...definitions.flatMap(({ mac }) => mac ?? []),
  ];
  const all = Object.values(links).filter(({ kind }) => kind !== 'loopback');
  const alias = all.find((link) => link.altnames?.includes(name));
  const same = all.find((link) => macs.some((mac) => hasMac(link, mac)));
  const names = all.map((link) => link.name);
  const more = names.length > 12 ? `, and ${names.length - 12} more` : '';
  const has = `it has ${names.slice(0, 12).join(', ') || 'none'}${more}`;
  const [first] = definitions;
  const hints = [
    alias ? `${name} is another name of ${alias.name}: use that` : undefined,
    same && !alias ? `${same.name} has the MAC of ${name}, so it may be called that now` : undefined,
    has,
    first && `${name} is defined by ${describeOwner(first)}`,
  ];
  return new EngineError('REQUIREMENT', message, { hint: hints.filter(Boolean).join('; ') });
}

const hasMac = (link: Link, mac: string): boolean => link.mac === mac || link.permanentMac === mac;
