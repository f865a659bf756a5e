import type { Step } from '../../../../engine/module.ts';

/** Says nothing with its status, and where it fails prints a line. What is gone from the disk is unloaded. */
const LOAD = `out=$(LC_ALL=C nmcli connection load "$@" 2>&1)
status=$?
[ -z "$out" ] || { printf '%s\\n' "$out" >&2; exit 1; }
exit $status`;

/**
 * Lets NetworkManager take note of files. A connection that is new and starts by itself is started then; one whose
 * file is gone is deactivated, and a device that was made for it removed.
 */
export const load = (paths: readonly string[]): Step => ({
  title: `tell NetworkManager of ${paths.length === 1 ? paths[0]! : `${paths.length} files`}`,
  argv: ['sh', '-c', LOAD, 'sh', ...paths],
});

/**
 * `up NAME UUID WAIT [PORT…]`. What is being activated already, since it was loaded, is waited for. Ports are those
 * that no connection holds: whoever put them there (libvirt) would not know that they are gone.
 */
const UP = `name=$1 uuid=$2 wait=$3
shift 3
tries=0
while state=$(LC_ALL=C nmcli -g GENERAL.STATE connection show uuid "$uuid" 2>/dev/null) && [ "$state" = activating ]; do
  [ "$wait" != 0 ] || exit 0
  tries=$((tries + 1))
  [ $tries -lt 40 ] || break
  sleep 0.1
done
[ "$state" = activated ] || nmcli --wait "$wait" connection up uuid "$uuid" || exit
`;

/** `reapply NAME UUID WAIT [PORT…]`. What cannot be changed in place is started again. */
const REAPPLY = `name=$1 uuid=$2 wait=$3
shift 3
nmcli device reapply "$name" && exit
nmcli --wait "$wait" connection up uuid "$uuid" || exit
for port; do
  [ -e "/sys/class/net/$name/brif/$port" ] || ip link set dev "$port" master "$name" || exit
done`;

interface Connected {
  readonly name: string;
  readonly uuid: string;
  /** Seconds; 0: does not wait for what may take long, which is verified later */
  readonly wait: number;
  /** Ports that NetworkManager does not hold: taps of guests */
  readonly ports: readonly string[];
}

export const up = ({ name, uuid, wait }: Connected): Step => ({
  title: `activate ${name}`,
  argv: ['sh', '-c', UP, 'sh', name, uuid, String(wait)],
});

export const reapply = ({ name, uuid, wait, ports }: Connected): Step => ({
  title: `apply what changed of ${name}`,
  argv: ['sh', '-c', REAPPLY, 'sh', name, uuid, String(wait), ...ports],
});

/** Not started by itself again before the next boot. For a device that others have configured, too. */
const DISCONNECT = `[ -e "/sys/class/net/$1" ] || exit 0
if [ -n "$2" ]; then nmcli connection down uuid "$2"; else nmcli device disconnect "$1"; fi
[ ! -e "/sys/class/net/$1" ] || ip link set dev "$1" down`;

/** `uuid` of the connection that has made the device; undefined for one that stays, or that nobody has made. */
export const disconnect = (name: string, uuid: string | undefined): Step => ({
  title: `deactivate ${name}`,
  argv: ['sh', '-c', DISCONNECT, 'sh', name, uuid ?? ''],
});

const DELETE = `[ -z "$2" ] || nmcli connection down uuid "$2"
[ ! -e "/sys/class/net/$1" ] || ip link delete dev "$1"`;

export const remove = (name: string, uuid: string | undefined): Step => ({
  title: `delete ${name}`,
  argv: ['sh', '-c', DELETE, 'sh', name, uuid ?? ''],
});

const EVIDENCE = `journalctl -u NetworkManager -n 300 --no-pager -o short |
{ if [ $# -gt 0 ]; then for name; do set -- "$@" -e "$name"; shift; done; grep -F "$@"; else cat; fi; } | tail -n 20`;

export const evidence = (names: readonly string[]): readonly string[] => [
  'sh',
  '-c',
  EVIDENCE,
  'sh',
  ...names,
];
