import type { Step } from '../../../../engine/module.ts';

/** Says nothing with its status, and where it fails prints a line. What is gone from the disk is unloaded. */
const LOAD = `out=$(LC_ALL=C nmcli connection load "$@" 2>&1)
status=$?
[ -n "$out" ] || exit $status
printf '%s\\n' "$out" >&2
journalctl -u NetworkManager -n 50 -o cat --no-pager 2>/dev/null | sed -n 's/.*failure to load "[^"]*": *//p' | tail -n 1 >&2
exit 1`;

/**
 * Lets NetworkManager take note of files. A connection that is new and starts by itself is started then; one whose
 * file is gone is deactivated, and a device that was made for it removed.
 */
export const load = (paths: readonly string[]): Step => ({
  title: `tell NetworkManager of ${paths.length === 1 ? paths[0]! : `${paths.length} files`}`,
  argv: ['sh', '-c', LOAD, 'sh', ...paths],
});

/** `up NAME UUID WAIT`. What is being activated already, since it was loaded, is waited for. */
const UP = `tries=0
while state=$(LC_ALL=C nmcli -g GENERAL.STATE connection show uuid "$2" 2>/dev/null) && [ "$state" = activating ]; do
  [ "$3" != 0 ] || exit 0
  tries=$((tries + 1))
  [ $tries -lt 40 ] || break
  sleep 0.1
done
[ "$state" = activated ] || nmcli --wait "$3" connection up uuid "$2"`;

/**
 * `reapply AGAIN NAME UUID WAIT KERNEL6 [PORT…]`. What cannot be changed in place (AGAIN, or what NetworkManager refuses) is started again. Where IPv6 is left to
 * the kernel (KERNEL6), NetworkManager takes the kernel's addresses and routes away all the same, and the kernel must
 * be told to make them again. Ports are those that no connection holds: who put them there (libvirt) would not know
 * that they are gone.
 */
const REAPPLY = `again=$1 name=$2 uuid=$3 wait=$4 kernel6=$5
shift 5
of_kernel() { ip -6 -br addr show dev "$name"; ip -6 route show dev "$name" proto kernel; ip -6 route show dev "$name" proto ra | sed 's/ expires.*//'; }
before=$(of_kernel)
if [ "$again" = no ] && nmcli device reapply "$name"; then
  off=/proc/sys/net/ipv6/conf/$name/disable_ipv6 tries=0
  [ "$kernel6" = yes ] && [ -n "$before" ] && [ "$(cat "$off")" = 0 ] || exit 0
  while [ "$(of_kernel)" = "$before" ]; do
    tries=$((tries + 1))
    [ $tries -lt 5 ] || exit 0
    sleep 0.1
  done
  echo 1 >"$off"
  echo 0 >"$off"
  exit
fi
nmcli --wait "$wait" connection up uuid "$uuid" || exit
for port; do
  [ -e "/sys/class/net/$name/brif/$port" ] || ip link set dev "$port" master "$name" || exit
done`;

interface Connected {
  readonly name: string;
  readonly uuid: string;
  /** Seconds; 0: does not wait for what may take long, which is verified later */
  readonly wait: number;
}

export const up = ({ name, uuid, wait }: Connected): Step => ({
  title: `activate ${name}`,
  argv: ['sh', '-c', UP, 'sh', name, uuid, String(wait)],
});

interface Reapplied extends Connected {
  /** IPv6 is left to the kernel */
  readonly kernel6: boolean;
  /** Ports that NetworkManager does not hold: taps of guests */
  readonly ports: readonly string[];
}

const reapplied = (again: boolean, { name, uuid, wait, kernel6, ports }: Reapplied): readonly string[] => {
  const yesNo = (flag: boolean): string => (flag ? 'yes' : 'no');
  return ['sh', '-c', REAPPLY, 'sh', yesNo(again), name, uuid, String(wait), yesNo(kernel6), ...ports];
};

export const reapply = (connection: Reapplied): Step => ({
  title: `apply what changed of ${connection.name}`,
  argv: reapplied(false, connection),
});

export const restart = (connection: Reapplied): Step => ({
  title: `start ${connection.name} again`,
  argv: reapplied(true, connection),
});

/** Of these, those that went down with something they stand on. */
const ENSURE = `active=$(LC_ALL=C nmcli -t -f UUID,STATE connection show --active)
wait=$1
shift
for uuid; do
  case $active in *"$uuid:activated"* | *"$uuid:activating"*) ;; *) nmcli --wait "$wait" connection up uuid "$uuid" || exit ;; esac
done`;

export const ensure = (names: readonly string[], uuids: readonly string[], wait: number): Step => ({
  title: `see that ${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} active`,
  argv: ['sh', '-c', ENSURE, 'sh', String(wait), ...uuids],
});

/** Not started by itself again before the next boot. For a device that others have configured, too. */
const DISCONNECT = `[ -e "/sys/class/net/$1" ] || exit 0
if [ -n "$2" ]; then nmcli connection down uuid "$2"; else nmcli device disconnect "$1"; fi
[ ! -e "/sys/class/net/$1" ] || ip link set dev "$1" down || [ ! -e "/sys/class/net/$1" ]`;

/** `uuid` of the connection that has made the device; undefined for one that stays, or that nobody has made. */
export const disconnect = (name: string, uuid: string | undefined): Step => ({
  title: `deactivate ${name}`,
  argv: ['sh', '-c', DISCONNECT, 'sh', name, uuid ?? ''],
});

const DELETE = `[ -z "$2" ] || nmcli connection down uuid "$2"
[ ! -e "/sys/class/net/$1" ] || ip link delete dev "$1" || [ ! -e "/sys/class/net/$1" ]`;

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
