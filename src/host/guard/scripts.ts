/**
 * What the steps of a restore run on the host: POSIX sh (dash, busybox), constant, values as arguments. Each looks
 * first and does only what is missing, goes on after a failure, and tells of it by its status at the end. Links that
 * are not there are passed over.
 */

/** LINK… that were not there before */
export const DELETE = `status=0
for link; do
  [ ! -e "/sys/class/net/$link" ] || ip link delete dev "$link" || status=1
done
exit $status`;

/** (LINK KIND PARENT PROTOCOL ID)…: deletes what has the name of one of these but is something else */
export const DELETE_OTHERS = `status=0
while [ $# -ge 5 ]; do
  if [ -e "/sys/class/net/$1" ]; then
    kind=
    while IFS== read -r key value; do
      [ "$key" != DEVTYPE ] || kind=$value
    done <"/sys/class/net/$1/uevent"
    right=$kind
    if [ "$kind" = vlan ]; then
      case $(ip -o -d link show dev "$1") in
        *" vlan protocol $4 id $5 "*) ;;
        *) right= ;;
      esac
      [ -e "/sys/class/net/$1/lower_$3" ] || right=
    fi
    [ "$right" = "$2" ] || ip link delete dev "$1" || status=1
  fi
  shift 5
done
exit $status`;

/** (LINK KIND PARENT PROTOCOL ID)…, lower ones first */
export const MAKE = `status=0
while [ $# -ge 5 ]; do
  if [ ! -e "/sys/class/net/$1" ]; then
    case $2 in
      vlan) ip link add link "$3" name "$1" type vlan protocol "$4" id "$5" ;;
      *) ip link add name "$1" type "$2" ;;
    esac || status=1
  fi
  shift 5
done
exit $status`;

/** (BOND MODE FAIL_OVER_MAC LACP_RATE)…: takes ports out and the bond down where the kernel demands it */
export const BOND_MODES = `status=0
while [ $# -ge 4 ]; do
  bond=/sys/class/net/$1/bonding
  if [ -e "$bond" ]; then
    read -r mode rest <"$bond/mode"
    read -r failover rest <"$bond/fail_over_mac"
    read -r lacp rest <"$bond/lacp_rate"
    if [ "$mode" != "$2" ] || [ "$failover" != "$3" ]; then
      read -r ports <"$bond/slaves"
      for port in $ports; do
        ip link set dev "$port" nomaster || status=1
      done
      ip link set dev "$1" down
      ip link set dev "$1" type bond mode "$2" fail_over_mac "$3" || status=1
    fi
    if [ "$2" = 802.3ad ] && [ "$lacp" != "$4" ]; then
      ip link set dev "$1" down
      ip link set dev "$1" type bond lacp_rate "$4" || status=1
    fi
  fi
  shift 4
done
exit $status`;

/** (LINK CONTROLLER)…, an empty one for none: takes ports out of controllers that are not theirs */
export const RELEASE = `status=0
while [ $# -ge 2 ]; do
  if [ -e "/sys/class/net/$1/master" ]; then
    [ -n "$2" ] && [ -e "/sys/class/net/$2/lower_$1" ] || ip link set dev "$1" nomaster || status=1
  fi
  shift 2
done
exit $status`;

/** (LINK CONTROLLER KIND MAC)…: a port joins a bond while it is down, with its own MAC, which the bond will remember */
export const JOIN = `status=0
while [ $# -ge 4 ]; do
  if [ -e "/sys/class/net/$1" ] && [ ! -e "/sys/class/net/$2/lower_$1" ]; then
    if [ "$3" = bond ]; then
      ip link set dev "$1" down
      [ -z "$4" ] || ip link set dev "$1" address "$4"
    fi
    ip link set dev "$1" master "$2" || status=1
  fi
  shift 4
done
exit $status`;

/** (PORT HAIRPIN GUARD ROOT_BLOCK FASTLEAVE LEARNING FLOOD MCAST_FLOOD ISOLATED)… of bridges, each on or off */
export const PORT_FLAGS = `status=0
while [ $# -ge 9 ]; do
  if [ -e "/sys/class/net/$1/brport" ]; then
    ip link set dev "$1" type bridge_slave hairpin "$2" guard "$3" root_block "$4" fastleave "$5" \\
      learning "$6" flood "$7" mcast_flood "$8" isolated "$9" || status=1
  fi
  shift 9
done
exit $status`;

/** (LINK MTU)…, lower ones first; twice, since a bond sets the MTU of its ports */
export const MTUS = `set_mtus() {
  status=0
  while [ $# -ge 2 ]; do
    if [ -e "/sys/class/net/$1" ]; then
      read -r have <"/sys/class/net/$1/mtu"
      [ "$have" = "$2" ] || ip link set dev "$1" mtu "$2" || status=1
    fi
    shift 2
  done
}
set_mtus "$@" 2>/dev/null
set_mtus "$@"
exit $status`;

/**
 * (LINK MAC)…, lower ones first; twice, since a bond sets the MAC of its ports. Some drivers take one only while the
 * link is down.
 */
export const MACS = `set_macs() {
  status=0
  while [ $# -ge 2 ]; do
    if [ -e "/sys/class/net/$1" ]; then
      read -r have <"/sys/class/net/$1/address"
      if [ "$have" != "$2" ] && ! ip link set dev "$1" address "$2" 2>/dev/null; then
        ip link set dev "$1" down
        ip link set dev "$1" address "$2" || status=1
      fi
    fi
    shift 2
  done
}
set_macs "$@" 2>/dev/null
set_macs "$@"
exit $status`;

/** (LINK LABEL on|off)… */
export const LABELS = `status=0
while [ $# -ge 3 ]; do
  [ ! -e "/sys/class/net/$1" ] || ip link set dev "$1" promisc "$3" alias "$2" || status=1
  shift 3
done
exit $status`;

/**
 * (LINK KEY VALUE)… of IPv6, which these links had. A link with a small MTU has none. One that got a larger MTU from a
 * bond that was deleted does not either, until it comes up or is given another MTU.
 */
export const SYSCTLS = `status=0
while [ $# -ge 3 ]; do
  file=/proc/sys/net/ipv6/conf/$1/$2
  if [ ! -e "\${file%/*}" ] && [ -d /proc/sys/net/ipv6 ] && read -r mtu <"/sys/class/net/$1/mtu" && [ "$mtu" -ge 1280 ]; then
    ip link set dev "$1" mtu $((mtu == 1280 ? 1281 : 1280))
    ip link set dev "$1" mtu "$mtu" || status=1
  fi
  if [ -e "$file" ]; then
    have=
    read -r have <"$file"
    [ "$have" = "$3" ] || printf %s "$3" >"$file" || status=1
  fi
  shift 3
done
exit $status`;

/** up|down LINK… */
export const UP_OR_DOWN = `status=0
state=$1
shift
for link; do
  [ ! -e "/sys/class/net/$link" ] || ip link set dev "$link" "$state" || status=1
done
exit $status`;

/** (add|del LINK VLANS self|'' pvid|'' untagged|'')… */
export const VLAN_TABLES = `status=0
while [ $# -ge 6 ]; do
  if [ -e "/sys/class/net/$2" ]; then
    bridge vlan "$1" dev "$2" vid "$3" \${4:+"$4"} \${5:+"$5"} \${6:+"$6"} || status=1
  fi
  shift 6
done
exit $status`;
