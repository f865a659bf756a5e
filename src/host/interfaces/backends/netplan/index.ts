import type { Backend } from '../backend.ts';
import { LABEL_RULES } from '../networkd/label.ts';
import { MARKS } from '../networkd/marks.ts';
import { LINKS_PROBE } from '../networkd/probe.ts';
import { activate, evidence, restore, restoreAtBoot } from './activate.ts';
import { globs } from './definitions.ts';
import { readProfiles } from './read.ts';
import { writeFiles } from './write.ts';

/** Installed without any file it is nobody's. */
const PROBE = `if [ -x /usr/sbin/netplan ] || [ -x /usr/bin/netplan ]; then
  active=no
  for file in ${globs.join(' ')}; do [ ! -f "$file" ] || active=yes; done
  echo "active $active"
  [ $active = no ] || {
${LINKS_PROBE}
  }
fi`;

/** netplan: YAML for systemd-networkd or NetworkManager. */
export const netplan: Backend = {
  name: 'netplan',
  globs: [...globs, MARKS, LABEL_RULES],
  probe: PROBE,
  parse: readProfiles,
  write: writeFiles,
  activate,
  restore,
  restoreAtBoot,
  evidence,
};
