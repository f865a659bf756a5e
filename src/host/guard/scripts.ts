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

/** (LINK KEY VALUE)… of IPv6, which a link with a small MTU does not have */
export const SYSCTLS = `status=0
while [ $# -ge 3 ]; do
  file=/proc/sys/net/ipv6/conf/$1/$2
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

/** LINK…: no IPv4 addresses and routes */
export const NO_IPV4 = `status=0
for link; do
  [ -e "/sys/class/net/$link" ] || continue
  ip -4 addr flush dev "$link" || status=1
  ip -4 route flush table all dev "$link" || status=1
done
exit $status`;

/** LINK…: no IPv6 addresses and routes but the kernel's own */
export const NO_IPV6 = `status=0
for link; do
  [ -e "/proc/sys/net/ipv6/conf/$link" ] || continue
  ip -6 addr flush dev "$link" scope global || status=1
  for by in boot static ra dhcp; do
    ip -6 route flush table all dev "$link" proto "$by" || status=1
  done
done
exit $status`;

/**
 * LINK -4|-6 N DYNAMIC… PERMANENT…: N addresses with a lifetime, then permanent ones in the order in which they are to
 * be added (IPv6 lists the latest first). Removing the first IPv4 address of a subnet may take the others along, so it
 * looks again after a change. Link-local addresses are the kernel's business unless they are wanted. IPv4 ones get the broadcast
 * address that everyone but a bare ip gives them.
 */
export const ADDRESSES = `set -f
dev=$1 family=$2 count=$3
shift 3
[ -e "/sys/class/net/$dev" ] || exit 0
nl='
'
dynamic=$nl
while [ "$count" -gt 0 ]; do
  dynamic=$dynamic$1$nl
  shift
  count=$((count - 1))
done
nodad=
[ "$family" = -4 ] || nodad=nodad
look() {
  ip -o "$family" addr show dev "$dev" | while read -r number name inet address rest; do
    case $rest in
      peer\\ *)
        rest=\${rest#peer }
        address="$address peer \${rest%% *}"
        ;;
    esac
    case " $rest " in
      *' dynamic '*) echo "dynamic $address" ;;
      *) echo "permanent $address" ;;
    esac
  done
}
add() {
  address=$1
  shift
  case $family$address in
    -6* | *peer* | */31 | */32) brd= ;;
    *) brd='brd +' ;;
  esac
  ip addr replace $address dev "$dev" $brd $nodad "$@" || status=1
}
wanted() {
  searched=$1
  shift
  for other; do
    [ "$other" != "$searched" ] || return 0
  done
  return 1
}
put_back() {
  changed=
  have=
  while read -r line; do
    if [ "$family" = -6 ]; then have=$line$nl$have; else have=$have$line$nl; fi
  done <<END
$(look)
END
  while read -r kind address; do
    [ -n "$address" ] || continue
    if [ "$address" = "\${1-}" ]; then
      shift
      [ "$kind" = permanent ] || ip addr replace $address dev "$dev"
      continue
    fi
    case $dynamic in *"$nl$address$nl"*) continue ;; esac
    case $address in fe80:*) wanted "$address" "$@" || continue ;; esac
    changed=1
    ip addr del $address dev "$dev" 2>/dev/null
  done <<END
$have
END
  for address; do
    changed=1
    add "$address"
  done
}
for round in 1 2 3 4; do
  status=0
  put_back "$@"
  [ -n "$changed" ] || break
done
have=$nl$(look)$nl
while read -r address; do
  [ -n "$address" ] || continue
  case $have in *"\${nl}dynamic $address$nl"*) continue ;; esac
  add "$address" valid_lft 3600 preferred_lft 3600
done <<END
$dynamic
END
exit $status`;

/**
 * LINK -4|-6 (TO VIA TABLE METRIC SRC p|l)…: permanent and learned routes. Takes away others that people or DHCP or
 * router advertisements brought, but not those of routing daemons. A learned IPv6 route gets a lifetime, as router
 * advertisements give it.
 */
export const ROUTES = `set -f
dev=$1 family=$2
shift 2
[ -e "/sys/class/net/$dev" ] || exit 0
nl='
'
status=0
if [ "$family" = -6 ]; then
  bits=128 usual=1024 learned='proto ra expires 1800'
else
  bits=32 usual=0 learned='proto dhcp'
fi
tables=$nl
set +f
for file in /usr/share/iproute2/rt_tables /usr/lib/iproute2/rt_tables /etc/iproute2/rt_tables \\
  /etc/iproute2/rt_tables.d/*.conf; do
  [ ! -r "$file" ] || while read -r number name rest; do
    tables="$tables$name $number$nl"
  done <"$file"
done
set -f
number_of() {
  number=$1
  case $tables in
    *"$nl$1 "*)
      number=\${tables#*"$nl$1 "}
      number=\${number%%"$nl"*}
      ;;
  esac
  [ "$number" != 254 ] || number=
}
look() {
  ip "$family" route show table all dev "$dev" | while read -r to rest; do
    case $to in
      default) ;;
      [!0-9a-f:]* | *[!0-9a-f:./]*) continue ;;
      */*) ;;
      *) to=$to/$bits ;;
    esac
    via= number= metric= src= by=boot
    set -- $rest
    while [ $# -ge 2 ]; do
      case $1 in
        via) via=$2 ;;
        table) number_of "$2" ;;
        metric) metric=$2 ;;
        src) src=$2 ;;
        proto) by=$2 ;;
        *)
          shift
          continue
          ;;
      esac
      shift 2
    done
    [ "$metric" != "$usual" ] || metric=
    case $by in
      kernel) continue ;;
      boot | static) kind=p ;;
      dhcp | ra) kind=l ;;
      *) kind=d ;;
    esac
    echo "$to|$via|$number|$metric|$src|$kind"
  done
}
list() {
  while [ $# -ge 6 ]; do
    echo "$1|$2|$3|$4|$5|$6"
    shift 6
  done
}
wanted=$nl$(list "$@")$nl
have=$nl$(look)$nl
while IFS='|' read -r to via table metric src kind; do
  [ -n "$to" ] && [ "$kind" != d ] || continue
  case $wanted in *"$nl$to|$via|$table|$metric|$src|$kind$nl"*) continue ;; esac
  ip "$family" route del "$to" \${via:+via "$via"} dev "$dev" \${table:+table "$table"} \\
    \${metric:+metric "$metric"} || status=1
done <<END
$have
END
while [ $# -ge 6 ]; do
  case $have in
    *"$nl$1|$2|$3|$4|$5|$6$nl"*) ;;
    *)
      by=
      [ "$6" = p ] || by=$learned
      onlink=
      for attempt in 1 2; do
        ip "$family" route replace "$1" \${2:+via "$2"} dev "$dev" \${3:+table "$3"} \${4:+metric "$4"} \\
          \${5:+src "$5"} $by $onlink && break
        [ "$attempt" = 1 ] && [ -n "$2" ] || {
          status=1
          break
        }
        onlink=onlink
      done
      ;;
  esac
  shift 6
done
exit $status`;

/** (LINK GATEWAY ADDRESS)…: forgets where neighbours were, and lets them and switches know where the address is */
export const NEIGHBOURS = `while [ $# -ge 3 ]; do
  if [ -e "/sys/class/net/$1" ]; then
    ip neigh flush dev "$1" 2>/dev/null
    [ -z "$3" ] || arping -q -U -c 1 -w 1 -I "$1" "$3" >/dev/null 2>&1 &
    [ -z "$2" ] || ping -c 1 -w 1 "$2" >/dev/null 2>&1 &
  fi
  shift 3
done
wait
exit 0`;
