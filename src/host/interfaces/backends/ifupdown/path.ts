import { own } from '../../../own.ts';
import type { Files } from '../../profile.ts';
import { FOLDER } from './stanzas.ts';

export const MARKER = '# Managed by wirebook';

/** The file for a definition of ours: `source-directory` takes only letters, digits, `_` and `-` in its name. */
export function pathOf(name: string): string {
  const plain = name.replace(/[^a-zA-Z0-9-]/g, (char) => {
    return `_${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `${FOLDER}/wirebook-${plain}`;
}

export const isOurs = (files: Files, path: string, name: string): boolean =>
  path === pathOf(name) && own(files, path)?.content.startsWith(`${MARKER}\n`) === true;

/** That a device which ifup makes is `hotplug`: brought up at boot all the same. */
export const MADE_HOTPLUG = '# onboot hotplug';
