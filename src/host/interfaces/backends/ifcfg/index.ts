import type { Backend } from '../backend.ts';
import { activate, restore } from './activate.ts';
import { FOLDER, PARTS } from './path.ts';
import { readProfiles } from './read.ts';
import { writeDefinitions } from './write.ts';

/** `nm yes`: NetworkManager runs, and reads these files. */
const PROBE = `if [ -d ${FOLDER} ]; then
  nm=no
  case $services in
    *' NetworkManager=active '*)
      for plugin in /usr/lib*/NetworkManager/*/libnm-settings-plugin-ifcfg-rh.so /usr/lib/*/NetworkManager/*/libnm-settings-plugin-ifcfg-rh.so; do
        [ ! -e "$plugin" ] || nm=yes
      done ;;
  esac
  state=$nm
  case $services in *' network=active '*) state=yes ;; esac
  printf 'active %s\\nnm %s\\n' "$state" "$nm"
fi`;

/** Network scripts of Red Hat's distributions, read by NetworkManager too where its plug-in for them is there. */
export const ifcfg: Backend = {
  name: 'ifcfg',
  globs: PARTS.map((part) => `${FOLDER}/${part}-*`),
  probe: PROBE,
  parse: readProfiles,
  write: writeDefinitions,
  activate,
  restore,
  evidence: () => [
    ...['journalctl', '--no-pager', '-b', '-n', '20', '-o', 'cat'],
    ...['-u', 'network', '-u', 'NetworkManager'],
  ],
};
