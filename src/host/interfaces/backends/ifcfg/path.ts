import { own } from '../../../own.ts';
import type { Files } from '../../profile.ts';

export const FOLDER = '/etc/sysconfig/network-scripts';
export const MARKER = '# Managed by wirebook';

/** Files of one definition, by what they hold. */
export const PARTS = ['ifcfg', 'route', 'route6', 'rule', 'rule6'] as const;
export type Part = (typeof PARTS)[number];

export const pathOf = (part: Part, name: string): string => `${FOLDER}/${part}-${name}`;

/** What comes after `ifcfg-`; undefined for other files, and for those that editors and packages leave behind. */
export function nameIn(path: string): string | undefined {
  const name = path.startsWith(`${FOLDER}/ifcfg-`) ? path.slice(FOLDER.length + '/ifcfg-'.length) : undefined;
  return name === undefined ||
    name === 'lo' ||
    /(~|\.(bak|orig|rpmnew|rpmorig|rpmsave|swp|tmp)|-range\d*)$/.test(name)
    ? undefined
    : name;
}

export const isOurs = (files: Files, name: string): boolean =>
  own(files, pathOf('ifcfg', name))?.content.startsWith(`${MARKER}\n`) === true;
