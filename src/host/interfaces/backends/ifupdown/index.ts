import type { Backend } from '../backend.ts';
import { activate, restore } from './activate.ts';
import { readProfiles } from './profiles.ts';
import { FOLDER, MAIN_FILE } from './stanzas.ts';
import { writeDefinitions } from './write.ts';

/**
 * `up` lists the interfaces that ifup has brought up. A `networking` that failed has met a definition it could not
 * bring up, and configures the others all the same. Without systemd, that ifup has kept a record since the host
 * booted says that it is in use: that it is installed, and its file there, does not.
 */
const PROBE = `if [ -x /sbin/ifup ] || [ -x /usr/sbin/ifup ]; then
  state=no
  if [ -f ${MAIN_FILE} ]; then
    case $services in
      *' networking=active '* | *' networking=failed '* | *' networking=activating '*) state=yes ;;
      *) [ -d /run/systemd/system ] || [ ! -e /run/network/ifstate ] || state=yes ;;
    esac
  fi
  printf 'active %s\\n' "$state"
  for hook in bridge ifenslave vlan; do
    [ ! -e "/etc/network/if-pre-up.d/$hook" ] || printf 'hook %s\\n' "$hook"
  done
  for hook in resolved resolvconf 000resolvconf; do
    [ ! -e "/etc/network/if-up.d/$hook" ] || printf 'dns %s\\n' "$hook"
  done
  for client in dhclient udhcpc dhcpcd; do
    [ ! -x "/sbin/$client" ] || printf 'dhcp %s\\n' "$client"
  done
  [ ! -d /usr/share/ifupdown2 ] || printf 'flavour ifupdown2\\n'
  if [ -r /run/network/ifstate ]; then
    while read -r line; do printf 'up %s\\n' "\${line%%=*}"; done </run/network/ifstate
  fi
fi`;

/** Debian's ifupdown: stanzas in /etc/network/interfaces and what that sources. */
export const ifupdown: Backend = {
  name: 'ifupdown',
  globs: [MAIN_FILE, `${FOLDER}/*`],
  probe: PROBE,
  parse: readProfiles,
  write: writeDefinitions,
  activate,
  restore,
  evidence: (names) => [
    ...['journalctl', '--no-pager', '-b', '-n', '20', '-o', 'cat', '-u', 'networking'],
    ...names.flatMap((name) => ['-u', `ifup@${name}`]),
  ],
};
