import { own } from '../../../own.ts';
import type { Files, Profile } from '../../profile.ts';
import type { FileChange } from '../backend.ts';

/** Run by NetworkManager for each device that comes up (NetworkManager-dispatcher(8)). */
export const DISPATCHER = '/etc/NetworkManager/dispatcher.d/50-wirebook';

const SCRIPT = `#!/bin/sh
# Managed by wirebook
# What NetworkManager has no key for, as it stands in [user] of the connection
[ "$2" = up ] || exit 0
case $CONNECTION_FILENAME in */wirebook-*.nmconnection) ;; *) exit 0 ;; esac
stated() { sed -n "s/^wirebook\\.$1=//p" "$CONNECTION_FILENAME"; }
label=$(stated label | sed 's/\\\\\\\\/\\x01/g; s/\\\\s/ /g; s/\\x01/\\\\/g')
[ -z "$label" ] || ip link set dev "$1" alias "$label"
case $(stated ipv6) in
  *autoconf:false*) [ ! -e "/proc/sys/net/ipv6/conf/$1/autoconf" ] || echo 0 >"/proc/sys/net/ipv6/conf/$1/autoconf" ;;
esac
`;

const needs = ({ ours, label, ipv6 }: Profile): boolean =>
  ours && (label !== undefined || ipv6?.autoconf === false);

/** The script is there while a definition of ours needs it. */
export function dispatcherChange(files: Files, after: readonly Profile[]): readonly FileChange[] {
  const have = own(files, DISPATCHER);
  if (!after.some(needs)) return have ? [{ path: DISPATCHER }] : [];
  const same = have?.content === SCRIPT && have.mode === 0o755;
  return same ? [] : [{ path: DISPATCHER, content: SCRIPT, mode: 0o755 }];
}
