import type { Backend } from '../backend.ts';
import { activate, evidence, restore } from './activate.ts';
import { LABEL_RULES } from './label.ts';
import { PROBE } from './probe.ts';
import { readProfiles } from './read.ts';
import { writeFiles } from './write.ts';
import { FOLDERS } from './units.ts';

/** systemd-networkd: .network and .netdev files. */
export const networkd: Backend = {
  name: 'networkd',
  globs: [
    ...FOLDERS.flatMap((folder) => [
      `${folder}/*.network`,
      `${folder}/*.netdev`,
      `${folder}/*.network.d/*.conf`,
      `${folder}/*.netdev.d/*.conf`,
    ]),
    LABEL_RULES,
  ],
  probe: PROBE,
  parse: readProfiles,
  write: writeFiles,
  activate,
  restore,
  evidence,
};
